/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/session.h"

#include <stdlib.h>
#include <string.h>

#include "attest/bootagg.h"
#include "attest/challenge.h"
#include "attest/findings.h"
#include "attest/imapolicy.h"
#include "attest/prover.h"
#include "attest/spool.h"
#include "attest/tell.h"
#include "attest/verify.h"
#include "attest/wire.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "vtpm/tpm.h"

struct session {
	struct verifier verifier;
	struct wire_decoder decoder;
	struct channel *ch;
	struct imapolicy imapolicy;
	uint64_t out_seq;
	uint64_t reported;
	struct findings findings;
	int64_t received_ns;
	struct challenge challenge;
	bool greeted;
	struct prover *prover; /* NULL: the VM has no TPM */
	bool told; /* of tampering */
	const char *doubted; /* what the parent was told of doubts last */
	uint8_t commit; /* enum lz_commit_state, as told */
};

struct session *session_new(const struct policy *policy, struct channel *ch, bool tpm)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s || verifier_init(&s->verifier, policy ? &policy->shelf : NULL, TPM_BANK_NAMES) < 0) {
		free(s);
		return NULL;
	}
	if (policy)
		policy_apply(policy, &s->verifier);
	s->imapolicy.path = policy ? policy->shelf.ima_policy : NULL;
	s->prover = tpm ? prover_new() : NULL;
	if (tpm && !s->prover) {
		session_free(s);
		return NULL;
	}
	s->ch = ch;
	wire_decoder_init(&s->decoder, WIRE_GUEST);
	return s;
}

void session_free(struct session *s)
{
	if (s->prover)
		prover_free(s->prover);
	verifier_destroy(&s->verifier);
	free(s);
}

static void on_hello(struct session *s, const struct wire_hello *hello)
{
	struct wire_resume resume = {.from = 0};
	uint8_t frame[WIRE_RESUME_SIZE];

	s->greeted = true;
	tell_hello(hello);
	memcpy(resume.boot_nonce, hello->boot_nonce, sizeof(resume.boot_nonce));
	wire_expect(&s->decoder, resume.from);
	channel_write(s->ch, frame, wire_put_resume(frame, s->out_seq++, &resume));
}

static void on_record(struct session *s, const struct wire_record *record)
{
	struct finding f;

	verify_record(&s->verifier, record->data, record->len, &f);
	imapolicy_record(&s->imapolicy, &f);
	spool_add(record->data, record->len);
	if (s->prover && prover_record(s->prover, s->verifier.replay) < 0)
		fatalx("no memory for the log's PCRs");
	if (finding_is_suspicious(&f))
		s->challenge.suspicious = true;
	if (findings_judged(&s->findings, &f))
		tell_finding(&f, record->time_ns, s->received_ns);
}

/* The guest accuses itself: nothing is proven by that, but it says what to look for. */
static void hear_commit(struct session *s, uint8_t state)
{
	if (s->commit == state)
		return;
	s->commit = state;
	if (state == LZ_COMMIT_INCONSISTENT)
		tell_text(IPC_HINT,
			  "the guest's module commits nothing any more: PCR 10 of its TPM "
			  "is not what its list leads to");
	else if (state == LZ_COMMIT_WITHDRAWN)
		tell_text(IPC_HINT,
			  "the guest's module commits nothing any more: its TPM went away");
}

static const char *on_state(struct session *s, const struct wire_state *state)
{
	/* A slow guest may well answer an older one. */
	if (!challenge_is_about(&s->challenge, state))
		return NULL;
	if (state->records > s->verifier.records)
		return "the guest says it sent records that never came";
	s->challenge.state = *state;
	hear_commit(s, state->commit_state);
	s->challenge.answered = true;
	session_report(s);
	session_tick(s);
	return NULL;
}

/* Both must have answered: the guest's module, and its TPM over the same nonce. */
static bool both_answered(struct session *s)
{
	const char *why;

	return s->challenge.answered &&
	       (!s->prover || prover_state(s->prover, time_mono_ms(), &why) == PROVER_PROVEN);
}

static void look_for_tampering(struct session *s, int64_t now)
{
	const char *why;

	if (!s->prover)
		return;
	switch (prover_state(s->prover, now, &why)) {
	case PROVER_TAMPERED:
		if (!s->told)
			tell_text(IPC_TAMPER, why);
		s->told = true;
		break;
	case PROVER_PROVEN:
		s->told = false; /* what comes next is another story */
		break;
	case PROVER_WAITING:
		break;
	}
}

/* The parent adds up doubts of all connections; it hears of each quote, and of what ends it. */
static void tell_doubts(struct session *s)
{
	const char *why = s->prover ? prover_doubt(s->prover) : NULL;

	if (!why && !s->doubted)
		return;
	s->doubted = why;
	tell_doubt(prover_committed(s->prover), s->verifier.records, why);
}

void session_tick(struct session *s)
{
	int64_t now = time_mono_ms();

	look_for_tampering(s, now);
	if (s->doubted && !prover_doubt(s->prover))
		tell_doubts(s);
	if (s->challenge.asked_ms && both_answered(s)) {
		s->challenge.asked_ms = 0;
		if (s->verifier.records > 0)
			tell_proof(&s->verifier, &s->challenge.state, s->findings.last_danger,
				   s->prover, imapolicy_loaded(&s->imapolicy));
	}
	if (challenge_is_due(&s->challenge, now))
		session_challenge(s);
}

/* IMA with a TPM of its own has measured our measured start; that is its log's first record. */
static const char *expect_boot(struct session *s)
{
	const tpm_pcrs *pcrs = prover_boot(s->prover);
	struct verify_boot boot;

	if (!pcrs || s->verifier.boot.known)
		return NULL;
	if (s->verifier.count[FINDING_BOOT_AGGREGATE])
		return "its TPM came up after its log was begun: it is read again";
	bootagg_expect(*pcrs, &boot);
	verifier_set_boot(&s->verifier, &boot);
	return NULL;
}

const char *session_tpm(struct session *s, const struct ipc_tpm_ready *ready)
{
	const char *why;

	s->challenge.asked_ms = 0; /* what the TPM before was asked is not answered any more */
	if (!s->prover)
		return NULL;
	why = prover_tpm(s->prover, ready);
	return why ? why : expect_boot(s);
}

void session_quoted(struct session *s, const struct ipc_tpm_quoted *quoted)
{
	if (!s->prover)
		return;
	prover_quoted(s->prover, quoted, time_mono_ms());
	tell_doubts(s);
	session_tick(s);
}

static const char *goodbye(const struct wire_bye *bye)
{
	if (bye->reason == LZ_BYE_UNLOAD)
		return "the guest tried to unload its module by force";
	return "the guest said goodbye: its module or its kernel goes down";
}

static const char *on_frame(struct session *s, const struct wire_frame *frame)
{
	switch (frame->type) {
	case LZ_FRAME_HELLO:
		on_hello(s, &frame->hello);
		return NULL;
	case LZ_FRAME_RECORD:
		on_record(s, &frame->record);
		return NULL;
	case LZ_FRAME_STATE:
		return on_state(s, &frame->state);
	default:
		return goodbye(&frame->bye);
	}
}

uint8_t *session_room(struct session *s, size_t *room)
{
	return wire_room(&s->decoder, room);
}

static const char *refuse(struct session *s)
{
	uint8_t frame[WIRE_BYE_SIZE];

	channel_write(s->ch, frame, wire_put_bye(frame, s->out_seq++, s->decoder.bye));
	return s->decoder.error;
}

const char *session_fed(struct session *s, size_t len)
{
	struct wire_frame frame;
	enum wire_status status;

	s->received_ns = time_now_ns();
	wire_fed(&s->decoder, len);
	while ((status = wire_next(&s->decoder, &frame)) == WIRE_FRAME) {
		const char *why = on_frame(s, &frame);

		if (why)
			return why;
	}
	return status == WIRE_ERROR ? refuse(s) : NULL;
}

bool session_hurries(const struct session *s)
{
	return s->prover && prover_lags(s->prover);
}

bool session_full(const struct session *s)
{
	return s->prover && prover_full(s->prover);
}

bool session_greeted(const struct session *s)
{
	return s->greeted;
}

void session_challenge(struct session *s)
{
	struct challenge *c = &s->challenge;
	int64_t now = time_mono_ms();

	if (!s->greeted || !challenge_may(c, now, s->prover && prover_lags(s->prover)) ||
	    (s->prover && !prover_has_tpm(s->prover)))
		return;
	if (challenge_send(c, s->ch, s->out_seq, now) < 0)
		return;
	s->out_seq++;
	if (s->prover) {
		prover_asked(s->prover, c->nonce);
		ipc_send(IPC_FD, IPC_TPM_QUOTE, c->nonce, sizeof(c->nonce));
	}
}

void session_report(struct session *s)
{
	if (s->reported == s->verifier.records)
		return;
	s->reported = s->verifier.records;
	spool_flush();
	tell_reading(&s->verifier, s->findings.last_danger);
}
