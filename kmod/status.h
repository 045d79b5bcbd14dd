/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LZ_STATUS_H
#define LZ_STATUS_H

/**
 * lz_status_init() - make lazaret/status in securityfs
 *
 * The file has lines of «key: value», for people and scripts in the guest.
 * It is no evidence: dom0 does not read it.
 *
 * Return: 0 or a negative errno.
 */
int lz_status_init(void);

/**
 * lz_status_exit() - take it away again
 */
void lz_status_exit(void);

#endif /* LZ_STATUS_H */
