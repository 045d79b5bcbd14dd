/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One record of IMA's binary list: its frame, not yet the fields of its template. */
#ifndef LAZARET_RECORD_H
#define LAZARET_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the template hash that each record carries, whatever the banks: SHA-1. */
#define IMA_TEMPLATE_HASH_SIZE 20

/* PCRs of a TPM 2.0 (TCG PC Client Platform TPM Profile, «PCR Requirements»). */
#define IMA_PCR_COUNT 24

/**
 * struct ima_record - one record, pointing into the buffer it was read from
 * @pcr:	PCR it was extended into, below IMA_PCR_COUNT
 * @hash:	IMA_TEMPLATE_HASH_SIZE bytes: SHA-1 of the template data, or zeros
 * @violation:	@hash is all zeros: IMA could not vouch for what was read
 * @name:	template's name or format, @name_len bytes, no NUL, printable ASCII
 * @name_len:	1 to LZ_TEMPLATE_NAME_MAX - 1
 * @bare:	the «ima» template: @data is digest[20], u32 len, name[len]; every
 *		other template's data is a row of { u32 len, bytes[len] }
 * @data:	template data, @data_len bytes; what they mean is unchecked
 * @data_len:	at most LZ_RECORD_MAX
 * @size:	bytes of the whole record in the buffer
 */
struct ima_record {
	uint32_t pcr;
	const uint8_t *hash;
	bool violation;
	const char *name;
	uint32_t name_len;
	bool bare;
	const uint8_t *data;
	uint32_t data_len;
	size_t size;
};

enum record_status {
	RECORD_OK = 0,
	RECORD_SHORT, /* the buffer ends within the record: not wrong so far */
	RECORD_BAD, /* no bytes that follow could make it a record */
};

/**
 * record_parse() - read the record at the start of a buffer
 * @untrusted_buf: private copy of a guest's bytes; must outlive @out
 * @len:	bytes in @untrusted_buf; more than one record is fine
 * @out:	filled if RECORD_OK is returned; holds no references of its own
 * @reason:	what is wrong, a static string; set unless RECORD_OK is returned
 *
 * The format is that of binary_runtime_measurements (kernel:
 * security/integrity/ima/ima_fs.c, ima_measurements_show), little-endian.
 * Limits are those of include/uapi/lazaret.h.
 *
 * Return: enum record_status.
 */
enum record_status record_parse(const uint8_t *untrusted_buf, size_t len, struct ima_record *out,
				const char **reason);

#endif
