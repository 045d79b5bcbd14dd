/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/prover.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "attest/quote.h"
#include "vtpm/eventlog.h"

#define POINTS_MIN 256

/* PCR 10 after some record. */
struct point {
	uint8_t sha1[TPM2_SHA1_DIGEST_SIZE];
	uint8_t sha256[TPM2_SHA256_DIGEST_SIZE];
};

struct prover {
	EVP_PKEY *key; /* NULL: no TPM yet */
	struct quote_clock clock;
	tpm_pcrs boot; /* that the measured start leads to */
	bool measured;
	/* After each record from the last that a quote explained: points[i] is after base + i. */
	struct point *points;
	size_t count, room;
	uint64_t base;
	uint8_t nonce[TPM_NONCE_SIZE];
	bool asked;
	uint64_t asked_at; /* records there were then */
	bool open; /* a good quote whose PCR 10 is still to be explained */
	struct point quoted;
	bool proven;
	int64_t trouble_ms; /* since when quotes explain too little; 0: they do not */
	const char *trouble;
	const char *tampered;
};

struct prover *prover_new(void)
{
	struct prover *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->points = calloc(POINTS_MIN, sizeof(*p->points));
	p->room = POINTS_MIN;
	p->count = 1; /* before the first record all is zero */
	if (p->points)
		return p;
	free(p);
	return NULL;
}

void prover_free(struct prover *p)
{
	EVP_PKEY_free(p->key);
	free(p->points);
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
	p->trouble_ms = 0;
	if (p->measured && eventlog_replay(ready->log, ready->log_len, p->boot, &why) < 0)
		return why;
	return NULL;
}

bool prover_has_tpm(const struct prover *p)
{
	return p->key != NULL;
}

static int make_room(struct prover *p)
{
	struct point *more;

	if (p->count < p->room)
		return 0;
	more = realloc(p->points, 2 * p->room * sizeof(*more));
	if (!more)
		return -1;
	p->points = more;
	p->room *= 2;
	return 0;
}

static void drop_before(struct prover *p, size_t i)
{
	struct point *less;

	memmove(p->points, p->points + i, (p->count - i) * sizeof(*p->points));
	p->count -= i;
	p->base += i;
	if (p->room <= POINTS_MIN || p->count > p->room / 4)
		return;
	less = realloc(p->points, p->room / 2 * sizeof(*less));
	if (less) {
		p->points = less;
		p->room /= 2;
	}
}

/* Record base + @i explains the quote. */
static void explained(struct prover *p, size_t i)
{
	bool progress = i > 0;

	p->open = false;
	drop_before(p, i);
	if (p->base >= p->asked_at) {
		p->proven = true;
		p->trouble_ms = 0;
	} else if (progress) {
		p->trouble_ms = 0; /* it gets there */
	}
}

static bool same(const struct point *a, const struct point *b)
{
	return !memcmp(a, b, sizeof(*a));
}

int prover_record(struct prover *p, const struct replay *replay)
{
	struct point *now;

	if (make_room(p) < 0)
		return -1;
	now = &p->points[p->count++];
	memcpy(now->sha1, replay_pcr(replay, 0, PROVER_LOG_PCR), sizeof(now->sha1));
	memcpy(now->sha256, replay_pcr(replay, 1, PROVER_LOG_PCR), sizeof(now->sha256));
	if (p->open && same(now, &p->quoted))
		explained(p, p->count - 1);
	return 0;
}

void prover_asked(struct prover *p, const uint8_t *nonce)
{
	memcpy(p->nonce, nonce, sizeof(p->nonce));
	p->asked = true;
	p->open = false;
	p->proven = false;
	/* What was asked for is to be reached first, however fast the log grows. */
	if (!p->trouble_ms)
		p->asked_at = p->base + p->count - 1;
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
	for (size_t i = p->count; i-- > 0;)
		if (same(&p->points[i], &p->quoted)) {
			explained(p, i);
			return;
		}
	p->open = true;
}

static void begin_trouble(struct prover *p, const char *what, int64_t now_ms)
{
	if (!p->trouble_ms)
		p->trouble_ms = now_ms;
	p->trouble = what;
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
	if (!p->tampered && p->trouble_ms && now_ms - p->trouble_ms > PROVER_PATIENCE_MS)
		p->tampered = p->trouble;
	*why = p->tampered;
	if (p->tampered)
		return PROVER_TAMPERED;
	return p->proven ? PROVER_PROVEN : PROVER_WAITING;
}

bool prover_lags(const struct prover *p)
{
	return p->trouble_ms && !p->asked;
}

uint64_t prover_committed(const struct prover *p)
{
	return p->base;
}
