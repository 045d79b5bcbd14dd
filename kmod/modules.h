/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel module that a program hands over from memory, by init_module(2), is
 * not measured by IMA: Linux 6.1 and 6.12, security/integrity/ima/ima_main.c,
 * ima_load_data().
 */
#ifndef LZ_MODULES_H
#define LZ_MODULES_H

/**
 * lz_modules_watch() - refuse such modules from now on, unless the kernel knows who signed them
 *
 * With modules=any nothing is refused.  Process context; cannot be undone.
 */
#ifdef CONFIG_MODULES
void lz_modules_watch(void);
#else
static inline void lz_modules_watch(void)
{
}
#endif

#endif /* LZ_MODULES_H */
