/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header that starts each TPM command and response: u16 tag, u32 size of all, u32 command code
 * or response code, big-endian (TPM 2.0 Part 1, 18).
 */
#ifndef LAZARET_TPMHDR_H
#define LAZARET_TPMHDR_H

#include <stdint.h>
#include <string.h>

#include <tss2/tss2_tpm2_types.h>

#define TPM_HEADER_SIZE 10

static inline uint32_t tpm_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t tpm_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint16_t tpm_tag(const uint8_t *message)
{
	return tpm_get16(message);
}

static inline uint32_t tpm_size(const uint8_t *message)
{
	return tpm_get32(message + 2);
}

/* Command code or response code. */
static inline uint32_t tpm_code(const uint8_t *message)
{
	return tpm_get32(message + 6);
}

/* A response of TPM_HEADER_SIZE bytes that is an error and nothing else. */
static inline void tpm_put_error(uint8_t *rsp, uint32_t rc)
{
	const uint8_t error[TPM_HEADER_SIZE] = {
		TPM2_ST_NO_SESSIONS >> 8,
		TPM2_ST_NO_SESSIONS & 0xff,
		0,
		0,
		0,
		TPM_HEADER_SIZE,
		(uint8_t)(rc >> 24),
		(uint8_t)(rc >> 16),
		(uint8_t)(rc >> 8),
		(uint8_t)rc,
	};

	memcpy(rsp, error, sizeof(error));
}

#endif
