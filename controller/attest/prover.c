/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/prover.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "attest/points.h"
#include "attest/quote.h"
#include "vtpm/eventlog.h"

struct prover {
	EVP_PKEY *key; /* NULL: no TPM yet */
	struct quote_clock clock;
	tpm_pcrs boot; /* that the measured start leads to */
	bool measured;
	/*
	 * From the last that a quote explained. While a quote is open there is but the newest: what
	 * is not the open quote is none that comes after it.
	 */
	struct points points;
	uint64_t committed; /* records that a quote explained */
	uint8_t nonce[TPM_NONCE_SIZE];
	bool asked;
	uint64_t asked_at; /* records there were then */
	bool open; /* a good quote whose PCR 10 is still to be explained */
	struct point quoted;
	bool proven;
	const char *trouble; /* why quotes explain too little; NULL: they do not */
	int64_t trouble_ms; /* since when, while this TPM has been up; 0: no quote of it yet */
	int64_t last_ms; /* of the last such quote */
	int64_t spent_ms; /* how long they did before it was rebuilt */
	const char *tampered;
};

struct prover *prover_new(void)
{
	struct prover *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (points_init(&p->points) == 0)
		return p;
	free(p);
	return NULL;
}

void prover_free(struct prover *p)
{
	EVP_PKEY_free(p->key);
	points_free(&p->points);
	free(p);
}

const char *prover_tpm(struct prover *p, const struct ipc_tpm_ready *ready)
{
	EVP_PKEY *key = quote_key(ready->ak, ready->ak_len);
	const char *why = "its attestation key can't be read";

	if (!key)
		return why;
	EVP_PKEY_free(p->key);
	p->key = key;
	p->measured = ready->measured;
	p->clock = (struct quote_clock){ready->clock_ms, ready->reset_count, ready->restart_count};
	p->asked = p->open = p->proven = false;
	/* The time that it was away is nobody's fault; the time before that stays. */
	if (p->trouble_ms)
		p->spent_ms += p->last_ms - p->trouble_ms;
	p->trouble_ms = 0;
	if (p->measured && eventlog_replay(ready->log, ready->log_len, p->boot, &why) < 0)
		return why;
	return NULL;
}

const tpm_pcrs *prover_boot(const struct prover *p)
{
	return p->measured ? &p->boot : NULL;
}

bool prover_has_tpm(const struct prover *p)
{
	return p->key != NULL;
}

static void end_trouble(struct prover *p)
{
	p->trouble = NULL;
	p->trouble_ms = p->spent_ms = 0;
}

/* Record base + @i explains the quote. */
static void explained(struct prover *p, size_t i)
{
	bool progress = p->points.base + i > p->committed;

	p->open = false;
	points_drop(&p->points, i);
	p->committed = p->points.base;
	p->proven = p->committed >= p->asked_at;
	if (p->proven || progress) /* it gets there */
		end_trouble(p);
}

int prover_record(struct prover *p, const struct replay *replay)
{
	struct point *now = points_add(&p->points);

	if (!now)
		return -1;
	memcpy(now->sha1, replay_pcr(replay, 0, PROVER_LOG_PCR), sizeof(now->sha1));
	memcpy(now->sha256, replay_pcr(replay, 1, PROVER_LOG_PCR), sizeof(now->sha256));
	if (p->open && point_same(now, &p->quoted))
		explained(p, p->points.count - 1);
	else if (p->open)
		points_drop(&p->points, p->points.count - 1);
	return 0;
}

void prover_asked(struct prover *p, const uint8_t *nonce)
{
	memcpy(p->nonce, nonce, sizeof(p->nonce));
	p->asked = true;
	p->open = false;
	p->proven = false;
	/* What was asked for is to be reached first, however fast the log grows. */
	if (!p->trouble)
		p->asked_at = p->points.base + p->points.count - 1;
}

static const char *check_boot(const struct prover *p, const tpm_pcrs pcrs)
{
	if (!p->measured)
		return NULL;
	for (int b = 0; b < TPM_BANKS; b++)
		for (int i = 0; i < PROVER_LOG_PCR; i++)
			if (memcmp(pcrs[b][i], p->boot[b][i], tpm_bank_size[b]))
				return "PCR 0-9 are not those of the measured start: the guest "
				       "extended one of them";
	return NULL;
}

static void look_up(struct prover *p)
{
	ssize_t i = points_find(&p->points, &p->quoted);

	if (i >= 0) {
		explained(p, (size_t)i);
		return;
	}
	p->open = true;
	points_drop(&p->points, p->points.count - 1);
}

static void begin_trouble(struct prover *p, const char *what, int64_t now_ms)
{
	if (!p->trouble_ms)
		p->trouble_ms = now_ms;
	p->last_ms = now_ms;
	p->trouble = what;
}

static int64_t trouble_age(const struct prover *p, int64_t now_ms)
{
	return p->spent_ms + (p->trouble_ms ? now_ms - p->trouble_ms : 0);
}

static const char *verify(struct prover *p, const struct ipc_tpm_quoted *q)
{
	struct quote_clock clock;
	enum quote_verdict verdict;
	const char *why;

	if (q->attest_len > sizeof(q->attest) || q->sig_len > sizeof(q->sig))
		return quote_reason(QUOTE_MALFORMED);
	verdict = quote_check(p->key, p->nonce, q->attest, q->attest_len, q->sig, q->sig_len,
			      q->pcr, &clock);
	if (verdict != QUOTE_OK)
		return quote_reason(verdict);
	why = quote_clock_check(&p->clock, &clock);
	if (!why)
		p->clock = clock;
	return why ? why : check_boot(p, q->pcr);
}

void prover_quoted(struct prover *p, const struct ipc_tpm_quoted *untrusted_quoted, int64_t now_ms)
{
	const struct ipc_tpm_quoted *q = untrusted_quoted;

	/* An answer to a question that is not asked any more, or an error: it is asked again. */
	if (!p->key || !p->asked || memcmp(q->nonce, p->nonce, sizeof(p->nonce)))
		return;
	p->asked = false;
	if (q->rc)
		return;
	p->tampered = verify(p, q);
	if (p->tampered)
		return;
	memcpy(p->quoted.sha1, q->pcr[0][PROVER_LOG_PCR], sizeof(p->quoted.sha1));
	memcpy(p->quoted.sha256, q->pcr[1][PROVER_LOG_PCR], sizeof(p->quoted.sha256));
	look_up(p);
	if (p->open)
		begin_trouble(
			p,
			"PCR 10 is explained by no prefix of the log: a record was left out or "
			"altered, or something else was extended",
			now_ms);
	else if (!p->proven)
		begin_trouble(p, "records of the log were never committed to the TPM", now_ms);
}

enum prover_state prover_state(struct prover *p, int64_t now_ms, const char **why)
{
	if (!p->tampered && p->trouble && trouble_age(p, now_ms) > PROVER_PATIENCE_MS)
		p->tampered = p->trouble;
	*why = p->tampered;
	if (p->tampered)
		return PROVER_TAMPERED;
	return p->proven ? PROVER_PROVEN : PROVER_WAITING;
}

bool prover_lags(const struct prover *p)
{
	return p->trouble && !p->asked;
}

uint64_t prover_committed(const struct prover *p)
{
	return p->committed;
}

const char *prover_doubt(const struct prover *p)
{
	return p->trouble;
}

bool prover_full(const struct prover *p)
{
	return p->points.count >= PROVER_POINTS_MAX;
}
