/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TPM chip that the kernel sees.  Once registered, it stays: IMA, user
 * space and our own commit hold on to it while rings come and go (suspend,
 * migration, a backend that restarts).
 */
#ifndef LZ_CHIP_H
#define LZ_CHIP_H

#include <linux/types.h>

struct device;

/**
 * lz_chip_init() - name the device that the chip will belong to
 * @parent:	outlives every ring
 */
void lz_chip_init(struct device *parent);

/**
 * lz_chip_introduce() - a session began: register the chip, let it be extended
 *
 * From a work item, since registering sends commands and waits for answers; if
 * it fails it is tried again while the ring is served.
 */
void lz_chip_introduce(void);

/**
 * lz_chip_unextended() - IMA could not extend its TPM, perhaps because it had no memory to ask
 *
 * Any context.  If that is ours, we extend from now on: lz_commit_take_over().
 */
void lz_chip_unextended(void);

/**
 * lz_chip_ready() - is it registered?
 */
bool lz_chip_ready(void);

#endif /* LZ_CHIP_H */
