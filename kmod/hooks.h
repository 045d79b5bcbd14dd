/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks at integrity_audit_msg(), which IMA calls right after each append:
 * where it does not tell of it by itself.  With the first one, ftrace cannot be
 * switched off any more.
 */
#ifndef LZ_HOOKS_H
#define LZ_HOOKS_H

#include <linux/errno.h>

#ifdef LZ_HOOKS

/**
 * lz_hooks_ftrace() - let lz_doorbell_ring() be called there, in the measuring task
 *
 * Return: 0; -EOPNOTSUPP if this kernel has no direct calls; another negative errno.
 */
int lz_hooks_ftrace(void);

/**
 * lz_hooks_kprobe() - let lz_doorbell_touch() be called there
 *
 * Return: 0 or a negative errno.
 */
int lz_hooks_kprobe(void);

/**
 * lz_hooks_trampoline() - assembly; stands in front of integrity_audit_msg()
 */
void lz_hooks_trampoline(void);

#else /* LZ_HOOKS */

static inline int lz_hooks_ftrace(void)
{
	return -EOPNOTSUPP;
}

static inline int lz_hooks_kprobe(void)
{
	return -EOPNOTSUPP;
}

#endif /* LZ_HOOKS */

#endif /* LZ_HOOKS_H */
