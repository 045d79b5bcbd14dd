/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "attest/prover.h"
#include "attest/spool.h"
#include "attest/verify.h"
#include "attest/wire.h"
#include "common/hex.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "vtpm/tpm.h"

#define NONCE_AGE_MS 30000 /* an answer that is not there by then is asked for anew */
#define LAG_AGE_MS   1000 /* the same, if the last quote explained too little */
#define PCR_LOG	     10 /* where IMA's log goes */

struct session {
	struct verifier verifier;
	struct wire_decoder decoder;
	struct channel *ch;
	uint64_t out_seq;
	uint64_t reported;
	uint64_t findings;
	uint64_t last_danger;
	int64_t received_ns;
	int64_t asked_ms; /* 0: no challenge is out */
	uint8_t nonce[LZ_NONCE_SIZE];
	bool greeted;
	struct prover *prover; /* NULL: the VM has no TPM */
	bool told; /* of tampering */
	bool answered; /* the guest's answer to the last challenge is in «state» */
	struct wire_state state;
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
	s->prover = tpm ? prover_new() : NULL;
	if (tpm && !s->prover) {
		verifier_destroy(&s->verifier);
		free(s);
		return NULL;
	}
	s->ch = ch;
	wire_decoder_init(&s->decoder, WIRE_GUEST);
	return s;
}

static const char *mode_name(uint32_t mode)
{
	return mode == LZ_IMA_BYPASS ? "bypass" : mode == LZ_IMA_NATIVE ? "native" : "unknown";
}

static const char *doorbell_name(uint32_t doorbell)
{
	static const char *const names[] = {"poll", "kprobe", "ftrace", "notifier"};

	return doorbell < sizeof(names) / sizeof(names[0]) ? names[doorbell] : "unknown";
}

static void on_hello(struct session *s, const struct wire_hello *hello)
{
	struct wire_resume resume = {.from = 0};
	struct ipc_hello out = {.records = hello->records, .early = hello->early};
	uint8_t frame[WIRE_RESUME_SIZE];

	s->greeted = true;
	hex_encode(out.boot, hello->boot_nonce, sizeof(hello->boot_nonce));
	snprintf(out.mode, sizeof(out.mode), "%s", mode_name(hello->ima_mode));
	snprintf(out.doorbell, sizeof(out.doorbell), "%s", doorbell_name(hello->doorbell));
	snprintf(out.module, sizeof(out.module), "%s", hello->module);
	snprintf(out.kernel, sizeof(out.kernel), "%s", hello->kernel);
	ipc_send(IPC_FD, IPC_HELLO, &out, sizeof(out));
	memcpy(resume.boot_nonce, hello->boot_nonce, sizeof(resume.boot_nonce));
	wire_expect(&s->decoder, resume.from);
	channel_write(s->ch, frame, wire_put_resume(frame, s->out_seq++, &resume));
}

/* «sha256:0123…» */
static void digest_text(char *out, size_t size, const char *alg, size_t alg_len, const uint8_t *d,
			size_t len)
{
	size_t n;

	out[0] = '\0';
	if (!d || alg_len + 2 + 2 * len > size)
		return;
	n = (size_t)snprintf(out, size, "%.*s:", (int)alg_len, alg ? alg : "");
	hex_encode(out + n, d, len);
}

static void copy_bytes(char *out, size_t size, const char *bytes, size_t len)
{
	if (len >= size)
		len = size - 1;
	if (bytes)
		memcpy(out, bytes, len);
	out[bytes ? len : 0] = '\0';
}

static void tell_finding(struct session *s, const struct finding *f, uint64_t guest_ns)
{
	struct ipc_finding out = {.index = f->index, .danger = f->action == ACTION_DANGER};

	out.guest_ns = (int64_t)(guest_ns & INT64_MAX);
	out.received_ns = s->received_ns;
	out.verdict_ns = time_now_ns();
	snprintf(out.class, sizeof(out.class), "%s", finding_class_name(f->class));
	snprintf(out.rule, sizeof(out.rule), "%s = %s", finding_class_name(f->class),
		 finding_action_name(f->action));
	copy_bytes(out.path, sizeof(out.path), f->path, f->path_len);
	digest_text(out.found, sizeof(out.found), f->alg, f->alg_len, f->found, f->found_len);
	if (f->expected_alg)
		digest_text(out.expected, sizeof(out.expected), f->expected_alg->name,
			    strlen(f->expected_alg->name), f->expected, f->expected_alg->size);
	copy_bytes(out.nearest, sizeof(out.nearest), f->nearest, f->nearest_len);
	snprintf(out.reason, sizeof(out.reason), "%s", f->reason ? f->reason : "");
	ipc_send(IPC_FD, IPC_FINDING, &out, sizeof(out));
}

static void on_record(struct session *s, const struct wire_record *record)
{
	struct finding f;
	enum finding_action action = verify_record(&s->verifier, record->data, record->len, &f);

	spool_add(record->data, record->len);
	if (s->prover && prover_record(s->prover, s->verifier.replay) < 0)
		fatalx("no memory for the log's PCRs");
	if (action == ACTION_DANGER)
		s->last_danger = f.index;
	/* «No pack» is one fact about the VM, not one about each record. */
	if (action < ACTION_WARN || f.class == FINDING_NO_PACK)
		return;
	if (action == ACTION_DANGER ? s->findings >= SESSION_FINDINGS_MAX
				    : s->findings >= SESSION_FINDINGS_MAX / 2)
		return;
	s->findings++;
	tell_finding(s, &f, record->time_ns);
}

static uint64_t count_action(const struct verifier *v, enum finding_action action)
{
	uint64_t n = 0;

	for (int i = 0; i < FINDING_CLASSES; i++)
		if (v->action[i] == action)
			n += v->count[i];
	return n;
}

static void bank_text(const struct session *s, size_t bank, char *out, size_t size)
{
	const struct alg *alg = replay_bank(s->verifier.replay, bank);

	out[0] = '\0';
	if ((size_t)alg->size * 2 + 1 <= size)
		hex_encode(out, replay_pcr(s->verifier.replay, bank, PCR_LOG), alg->size);
}

/* Only called when every record that the guest counted has been read: see on_state(). */
static void tell_proof(struct session *s, const struct wire_state *state)
{
	struct ipc_proof out = {.records = s->verifier.records,
				.lost = state->lost,
				.late = state->late,
				.danger = count_action(&s->verifier, ACTION_DANGER),
				.last_danger = s->last_danger,
				.warned = count_action(&s->verifier, ACTION_WARN),
				.golden = s->verifier.shelf && s->verifier.worst != ACTION_UNKNOWN};

	bank_text(s, 0, out.sha1, sizeof(out.sha1));
	bank_text(s, 1, out.sha256, sizeof(out.sha256));
	snprintf(out.doorbell, sizeof(out.doorbell), "%s", doorbell_name(state->doorbell));
	out.quoted = s->prover != NULL;
	ipc_send(IPC_FD, IPC_PROOF, &out, sizeof(out));
}

static const char *on_state(struct session *s, const struct wire_state *state)
{
	/* An answer to an older nonce proves nothing now, but a slow guest may well send one. */
	if (!s->asked_ms || memcmp(state->nonce, s->nonce, LZ_NONCE_SIZE))
		return NULL;
	if (state->records > s->verifier.records)
		return "the guest says it sent records that never came";
	s->state = *state;
	s->answered = true;
	session_report(s);
	session_tick(s);
	return NULL;
}

/* Both must have answered: the guest's module, and its TPM over the same nonce. */
static bool both_answered(struct session *s)
{
	const char *why;

	return s->answered &&
	       (!s->prover || prover_state(s->prover, time_mono_ms(), &why) == PROVER_PROVEN);
}

static void tell_tamper(struct session *s, const char *why)
{
	struct ipc_text text = {0};

	snprintf(text.text, sizeof(text.text), "%s", why);
	ipc_send(IPC_FD, IPC_TAMPER, &text, sizeof(text));
	s->told = true;
}

void session_tick(struct session *s)
{
	const char *why = NULL;

	if (s->prover && !s->told &&
	    prover_state(s->prover, time_mono_ms(), &why) == PROVER_TAMPERED)
		tell_tamper(s, why);
	if (!s->asked_ms || !both_answered(s))
		return;
	s->asked_ms = 0;
	if (s->verifier.records > 0)
		tell_proof(s, &s->state);
}

const char *session_tpm(struct session *s, const struct ipc_tpm_ready *ready)
{
	s->asked_ms = 0; /* what the TPM before was asked is not answered any more */
	return s->prover ? prover_tpm(s->prover, ready) : NULL;
}

void session_quoted(struct session *s, const struct ipc_tpm_quoted *quoted)
{
	if (!s->prover)
		return;
	prover_quoted(s->prover, quoted, time_mono_ms());
	session_tick(s);
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
		return "the guest said goodbye: its module or its kernel goes down";
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

bool session_greeted(const struct session *s)
{
	return s->greeted;
}

void session_challenge(struct session *s)
{
	struct wire_challenge challenge;
	uint8_t frame[WIRE_CHALLENGE_SIZE];
	int64_t now = time_mono_ms();
	int64_t patience = s->prover && prover_lags(s->prover) ? LAG_AGE_MS : NONCE_AGE_MS;

	if (!s->greeted || (s->asked_ms && now - s->asked_ms < patience) ||
	    (s->prover && !prover_has_tpm(s->prover)))
		return;
	if (getrandom(challenge.nonce, sizeof(challenge.nonce), 0) != sizeof(challenge.nonce))
		return;
	if (channel_write(s->ch, frame, wire_put_challenge(frame, s->out_seq, &challenge)) < 0)
		return;
	s->out_seq++;
	s->asked_ms = now;
	s->answered = false;
	memcpy(s->nonce, challenge.nonce, sizeof(s->nonce));
	if (s->prover) {
		prover_asked(s->prover, s->nonce);
		ipc_send(IPC_FD, IPC_TPM_QUOTE, s->nonce, sizeof(s->nonce));
	}
}

void session_report(struct session *s)
{
	struct ipc_reading out = {.done = s->verifier.records,
				  .danger = count_action(&s->verifier, ACTION_DANGER),
				  .last_danger = s->last_danger};

	if (s->reported == s->verifier.records)
		return;
	s->reported = s->verifier.records;
	spool_flush();
	ipc_send(IPC_FD, IPC_PROGRESS, &out, sizeof(out));
}
