/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building one TPM command and reading its response; private to controller/vtpm/. */
#ifndef LAZARET_TPMMSG_H
#define LAZARET_TPMMSG_H

#include <stdbool.h>

#include <tss2/tss2_mu.h>

#include "vtpm/swtpm.h"

struct tpmmsg {
	uint8_t buf[SWTPM_BUFFER_SIZE];
	size_t len; /* of what is in it */
	size_t at; /* next to be read, in a response */
	TSS2_RC bad; /* something did not fit, or was no such structure */
};

/* Begins a command; @sessions: it will have an authorization. */
void tpmmsg_begin(struct tpmmsg *m, TPM2_CC code, bool sessions);

/* The authorization area with the empty password, after the handles. */
void tpmmsg_password(struct tpmmsg *m);

void tpmmsg_u16(struct tpmmsg *m, UINT16 value);
void tpmmsg_u32(struct tpmmsg *m, UINT32 value);

/* Marshals with a function of tss2-mu. */
#define TPMMSG_PUT(m, type, value)                                                               \
	do {                                                                                     \
		if (!(m)->bad)                                                                   \
			(m)->bad = Tss2_MU_##type##_Marshal((value), (m)->buf, sizeof((m)->buf), \
							    &(m)->len);                          \
	} while (0)

/* Reads with a function of tss2-mu from a response. */
#define TPMMSG_GET(m, type, value)                                                                 \
	do {                                                                                       \
		if (!(m)->bad)                                                                     \
			(m)->bad =                                                                 \
				Tss2_MU_##type##_Unmarshal((m)->buf, (m)->len, &(m)->at, (value)); \
	} while (0)

/**
 * tpmmsg_run() - send it; it becomes the response
 * @handle:	filled with the response's handle, if that has one; NULL: it has none
 *
 * Return: 0, with the response's parameters next to be read; the TPM's code; or -1.
 */
int tpmmsg_run(struct tpmmsg *m, const struct swtpm *tpm, TPM2_HANDLE *handle);

/* Return: 0 if all that was read was there, else -1. */
int tpmmsg_end(const struct tpmmsg *m);

#endif
