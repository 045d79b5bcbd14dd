/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LZ_MODE_H
#define LZ_MODE_H

#include <linux/types.h>
#include <uapi/lazaret.h>

/**
 * lz_mode_of_first() - did IMA have a TPM when it started?
 * @record:	the list's first record (boot_aggregate), binary form
 * @len:	its bytes
 *
 * Without a TPM the digest in boot_aggregate is all zero, and IMA will not
 * extend anything until the next boot (kernel: ima_init.c,
 * ima_add_boot_aggregate).  A list that begins with another record was trimmed,
 * and tells nothing.
 *
 * Return: LZ_IMA_BYPASS, LZ_IMA_NATIVE, or LZ_IMA_UNKNOWN if the record is not
 * boot_aggregate, or its template's first field is not a digest that we can
 * tell.
 */
enum lz_ima_mode lz_mode_of_first(const u8 *record, size_t len);

#endif /* LZ_MODE_H */
