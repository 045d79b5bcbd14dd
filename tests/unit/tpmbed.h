/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real swtpm for unit tests, with our banks and an attestation key. Needs root. */
#ifndef LAZARET_TPMBED_H
#define LAZARET_TPMBED_H

#include "common/ipc.h"
#include "vtpm/tpm.h"

struct tpmbed {
	char dir[64];
	struct swtpm tpm;
	TPMS_CONTEXT key;
	TPMT_PUBLIC public;
	uint8_t der[256];
	uint32_t der_len;
};

/* A cmocka setup and its teardown: *state is a struct tpmbed. */
int tpmbed_setup(void **state);
int tpmbed_teardown(void **state);

/* Ends it and starts it again, with the same state on disk. */
void tpmbed_restart(struct tpmbed *bed);

/* Extends a PCR of all banks with bytes that are all @byte. */
void tpmbed_extend(struct tpmbed *bed, uint32_t pcr, uint8_t byte);

/* Reads PCRs and quotes them, as the vtpm child does. */
void tpmbed_quote(struct tpmbed *bed, const uint8_t *nonce, struct ipc_tpm_quoted *out);

/* What the vtpm child would tell of it. */
void tpmbed_ready(struct tpmbed *bed, struct ipc_tpm_ready *out);

#endif
