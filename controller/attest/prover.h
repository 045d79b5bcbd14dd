/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does the VM's TPM say what its log says? A quote over a nonce of ours decides.
 *
 * The TPM may be ahead of the stream or behind it by some records: any prefix of the log may
 * explain PCR 10, as long as there is progress. What no prefix explains for PROVER_PATIENCE_MS is
 * tampering. A TPM that is rebuilt does not end that time: a guest could cause it. Neither does a new
 * connection, but that is for the parent to add up: see vm/doubt.h.
 */
#ifndef LAZARET_PROVER_H
#define LAZARET_PROVER_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/replay.h"
#include "attest/verify.h"
#include "common/ipc.h"
#include "vtpm/tpm.h"

#define PROVER_PATIENCE_MS 20000
#define PROVER_LOG_PCR	   VERIFY_PCR

/* Records after the last that a quote explained, at most: 52 bytes for each are kept. */
#define PROVER_POINTS_MAX (1U << 20)

struct prover;

enum prover_state {
	PROVER_WAITING, /* for the TPM, a quote or records */
	PROVER_PROVEN, /* the quote asked for last is explained */
	PROVER_TAMPERED,
};

/* Return: NULL without memory. */
struct prover *prover_new(void);

void prover_free(struct prover *p);

/* The TPM is up, or up again. Return: NULL, or why it can't be used. */
const char *prover_tpm(struct prover *p, const struct ipc_tpm_ready *ready);

/* What the measured start leads to. Return: NULL if it was not measured. */
const tpm_pcrs *prover_boot(const struct prover *p);

/* Is there a TPM to ask? */
bool prover_has_tpm(const struct prover *p);

/* One more record was replayed. @replay has TPM_BANKS. Return: 0; -1 without memory. */
int prover_record(struct prover *p, const struct replay *replay);

/* A quote over @nonce was asked for. */
void prover_asked(struct prover *p, const uint8_t *nonce);

/* The answer came. */
void prover_quoted(struct prover *p, const struct ipc_tpm_quoted *untrusted_quoted, int64_t now_ms);

/**
 * prover_state() - what is known now
 * @why:	set if tampered
 */
enum prover_state prover_state(struct prover *p, int64_t now_ms, const char **why);

/* Must a quote be asked for again before long, because the last one explained too little? */
bool prover_lags(const struct prover *p);

/* Records that the TPM is known to hold. */
uint64_t prover_committed(const struct prover *p);

/* Why quotes explain too little at present; NULL: they do not. */
const char *prover_doubt(const struct prover *p);

/* No more records, please, until a quote explains some: PROVER_POINTS_MAX are waiting. */
bool prover_full(const struct prover *p);

#endif
