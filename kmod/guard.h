/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Without module_exit() and with a reference of its own, a module can still be
 * unloaded by force (CONFIG_MODULE_FORCE_UNLOAD, which Debian has).
 */
#ifndef LZ_GUARD_H
#define LZ_GUARD_H

/**
 * lz_guard_init() - hear of it when somebody unloads us by force
 *
 * Then PCR 10 gets a value that no list explains, dom0 is told, and who does it
 * never comes back from it, so that this module's text is never freed.
 *
 * Return: 0 or a negative errno.
 */
int lz_guard_init(void);

/**
 * lz_guard_exit() - undo it: in an init that fails, before it returns
 */
void lz_guard_exit(void);

#endif /* LZ_GUARD_H */
