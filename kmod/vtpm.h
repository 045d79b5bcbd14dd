/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frontend of the TPM 2.0 that dom0 keeps for this guest: xenbus device
 * type «vtpm2».  The kernel sees a TPM chip like any other.
 */
#ifndef LZ_VTPM_H
#define LZ_VTPM_H

struct device;
struct tpm_chip;

/**
 * lz_vtpm_init() - watch for the device
 * @parent:	device that the chip belongs to; it outlives every ring
 *
 * Return: 0 or a negative errno.
 */
int lz_vtpm_init(struct device *parent);

/**
 * lz_vtpm_exit() - undo it, before a chip was registered
 */
void lz_vtpm_exit(void);

/**
 * lz_vtpm_name() - «none», «connecting», «ready» or «closed», for people
 */
const char *lz_vtpm_name(void);

#endif /* LZ_VTPM_H */
