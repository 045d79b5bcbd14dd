/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LZ_POWER_H
#define LZ_POWER_H

struct device;

/**
 * lz_power_init() - hear of suspend, resume, migration and shutdown
 *
 * A platform device's callbacks run while xenstore still answers, on both
 * sides of a save; Xen's own resume notifier runs before it does.
 *
 * Return: 0 or a negative errno.
 */
int lz_power_init(void);

/**
 * lz_power_device() - our platform device, which stays for ever
 */
struct device *lz_power_device(void);

/**
 * lz_power_exit() - hear of them no more
 */
void lz_power_exit(void);

#endif /* LZ_POWER_H */
