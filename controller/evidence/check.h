/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is evidence true? Everything a stranger can check, without a daemon and without secrets. */
#ifndef LAZARET_EVIDENCE_CHECK_H
#define LAZARET_EVIDENCE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "evidence/bundle.h"
#include "vtpm/tpm.h"

#define CHECK_TEXT 256

/* What was found out; texts are for people. */
struct check {
	char vm[64]; /* UUID, as the attestation key's certificate has it */
	uint8_t nonce[TPM_NONCE_SIZE];
	bool ca_given; /* the authority was known before, not taken from the archive */
	bool measured; /* there is an event log of the start, and it explains PCR 0-9 */
	uint64_t records; /* in IMA's list */
	uint64_t committed; /* of these, explained by the quote */
	uint32_t resets;
	char failed[CHECK_TEXT]; /* "" or the first thing that is not as it should be */
};

/**
 * check_evidence() - verify a whole archive
 * @untrusted_data: the file
 * @nonce:	that was asked with; NULL: the archive's own is taken, and tells nothing of its age
 * @ca:		the authority's certificate as PEM; NULL: the archive's own is taken
 *
 * Return: 0, or -1 with out->failed.
 */
int check_evidence(const uint8_t *untrusted_data, size_t len, const uint8_t *nonce, const char *ca,
		   struct check *out);

#endif
