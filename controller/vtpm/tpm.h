/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few commands that the controller itself sends to a VM's TPM (TPM 2.0 Part 3). All of them
 * authorise with the empty password; none leaves an object or a session behind.
 *
 * Each returns 0, the TPM's code (> 0), or -1 if the TPM does not answer or answers nonsense.
 */
#ifndef LAZARET_TPM_H
#define LAZARET_TPM_H

#include <stddef.h>
#include <stdint.h>

#include <tss2/tss2_tpm2_types.h>

#include "vtpm/swtpm.h"

#define TPM_PCRS       24
#define TPM_QUOTE_PCRS 16 /* a quote is of PCRs 0 to 15 */
#define TPM_NONCE_SIZE 32
#define TPM_DIGEST_MAX 32

/* The banks that our TPMs have, in this order: what IMA's tools replay, and what can be trusted. */
#define TPM_BANKS 2
extern const TPMI_ALG_HASH tpm_bank[TPM_BANKS];
extern const size_t tpm_bank_size[TPM_BANKS];
#define TPM_BANK_NAMES "sha1,sha256"

/* The values of all PCRs, bank by bank. */
typedef uint8_t tpm_pcrs[TPM_BANKS][TPM_PCRS][TPM_DIGEST_MAX];

/* Commands that it has (TPM_CAP_COMMANDS). */
int tpm_commands(const struct swtpm *tpm, TPML_CCA *out);

/* Clock and reset counters (TPM2_ReadClock). */
int tpm_clock(const struct swtpm *tpm, TPMS_TIME_INFO *out);

/* Tells it that its end comes in order (TPM2_Shutdown(CLEAR)): its state is on disk then. */
int tpm_shutdown(const struct swtpm *tpm);

/* Makes TPM_BANKS the banks that it has from its next start on (TPM2_PCR_Allocate). */
int tpm_allocate(const struct swtpm *tpm);

/* Makes a primary key; it stays in the TPM until tpm_flush(). */
int tpm_create_primary(const struct swtpm *tpm, TPM2_HANDLE hierarchy, const TPM2B_PUBLIC *template,
		       TPMT_PUBLIC *public, TPM2_HANDLE *handle);

/**
 * tpm_attestation_key() - the key that quotes are signed with
 *
 * A restricted P-256 signing key, primary in the platform's hierarchy: a guest can't use or remove
 * it there, a quote by it tells the counters as they are (Part 1, 36.7), and the same TPM makes the
 * same key each time.
 *
 * @context: the key, to be loaded with tpm_quote(); good until the TPM is started again
 */
int tpm_attestation_key(const struct swtpm *tpm, TPMT_PUBLIC *public, TPMS_CONTEXT *context);

/* Takes an object out of the TPM. */
int tpm_flush(const struct swtpm *tpm, TPM2_HANDLE handle);

int tpm_extend(const struct swtpm *tpm, uint32_t pcr, const TPML_DIGEST_VALUES *digests);
int tpm_reset(const struct swtpm *tpm, uint32_t pcr);
int tpm_read_pcrs(const struct swtpm *tpm, tpm_pcrs out);

/* A quote's two parts as the TPM marshalled them. */
struct tpm_quote {
	uint8_t attest[sizeof(TPMS_ATTEST)];
	size_t attest_len;
	uint8_t sig[sizeof(TPMT_SIGNATURE)];
	size_t sig_len;
};

/**
 * tpm_quote() - quote PCRs 0 to 15 of all banks
 * @key:	from tpm_attestation_key()
 *
 * If the guest has filled all places for objects, one of its own makes room meanwhile.
 */
int tpm_quote(const struct swtpm *tpm, const TPMS_CONTEXT *key, const uint8_t *nonce,
	      struct tpm_quote *out);

/* PCRs 0 to 15 of TPM_BANKS. */
void tpm_quote_selection(TPML_PCR_SELECTION *out);

#endif
