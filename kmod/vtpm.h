/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frontend of the TPM 2.0 that dom0 keeps for this guest: xenbus device
 * type «vtpm2».  The kernel sees a TPM chip like any other.
 */
#ifndef LZ_VTPM_H
#define LZ_VTPM_H

/**
 * lz_vtpm_init() - watch for the device, for good
 *
 * After lz_chip_init().
 *
 * Return: 0 or a negative errno.
 */
int lz_vtpm_init(void);

/**
 * lz_vtpm_await() - if dom0 has a TPM for us, wait until the kernel has it; bounded
 *
 * After lz_vtpm_init(), while the guest starts.
 */
void lz_vtpm_await(void);

/**
 * lz_vtpm_suspend() - the guest may wake up elsewhere: let nothing over the ring
 */
void lz_vtpm_suspend(void);

/**
 * lz_vtpm_thaw() - it did not even sleep: go on with the ring
 */
void lz_vtpm_thaw(void);

/**
 * lz_vtpm_restore() - it woke up, perhaps elsewhere: the ring is nobody's
 *
 * Before or after xenbus resumes the device; also if it cannot, because the
 * nodes are not there yet.
 */
void lz_vtpm_restore(void);

/**
 * lz_vtpm_name() - «none», «connecting», «ready» or «closed», for people
 */
const char *lz_vtpm_name(void);

#endif /* LZ_VTPM_H */
