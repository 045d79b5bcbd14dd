/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/tell.h"

#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/ipc.h"
#include "common/timefmt.h"

_Static_assert(IPC_VERSION >= FINDING_VERSION_MAX, "versions");

/* Texts of an enum's values; what a later version may say is «unknown». */
#define NAME_OF(names, value) \
	((value) < sizeof(names) / sizeof((names)[0]) ? (names)[value] : "unknown")

static const char *mode_name(uint32_t mode)
{
	return mode == LZ_IMA_BYPASS ? "bypass" : mode == LZ_IMA_NATIVE ? "native" : "unknown";
}

static const char *doorbell_name(uint32_t doorbell)
{
	static const char *const names[] = {"poll", "kprobe", "ftrace", "notifier"};

	return NAME_OF(names, doorbell);
}

static const char *commit_name(uint8_t state)
{
	static const char *const names[] = {"",	       "off",	       "native",   "waiting",
					    "running", "inconsistent", "withdrawn"};

	return NAME_OF(names, state);
}

static const char *policy_name(uint8_t policy)
{
	static const char *const names[] = {"", "lenient", "strict"};

	return NAME_OF(names, policy);
}

void tell_hello(const struct wire_hello *hello)
{
	struct ipc_hello out = {.records = hello->records, .early = hello->early};

	hex_encode(out.boot, hello->boot_nonce, sizeof(hello->boot_nonce));
	snprintf(out.mode, sizeof(out.mode), "%s", mode_name(hello->ima_mode));
	snprintf(out.doorbell, sizeof(out.doorbell), "%s", doorbell_name(hello->doorbell));
	snprintf(out.module, sizeof(out.module), "%s", hello->module);
	snprintf(out.kernel, sizeof(out.kernel), "%s", hello->kernel);
	ipc_send(IPC_FD, IPC_HELLO, &out, sizeof(out));
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

void tell_finding(const struct finding *f, uint64_t guest_ns, int64_t received_ns)
{
	struct ipc_finding out = {.index = f->index, .danger = f->action == ACTION_DANGER};

	out.guest_ns = (int64_t)(guest_ns & INT64_MAX);
	out.received_ns = received_ns;
	out.verdict_ns = time_now_ns();
	snprintf(out.class, sizeof(out.class), "%s", finding_class_name(f->class));
	snprintf(out.rule, sizeof(out.rule), "%s = %s", finding_class_name(f->class),
		 finding_action_name(f->action));
	copy_bytes(out.path, sizeof(out.path), f->path, f->path_len);
	digest_text(out.found, sizeof(out.found), f->alg, f->alg_len, f->found, f->found_len);
	if (f->expected_alg)
		digest_text(out.expected, sizeof(out.expected), f->expected_alg->name,
			    strlen(f->expected_alg->name), f->expected, f->expected_alg->size);
	finding_expected_version(f, out.expected_version);
	finding_known_version(f, out.known_version);
	copy_bytes(out.nearest, sizeof(out.nearest), f->nearest, f->nearest_len);
	snprintf(out.reason, sizeof(out.reason), "%s", f->reason ? f->reason : "");
	ipc_send(IPC_FD, IPC_FINDING, &out, sizeof(out));
}

static uint64_t count_action(const struct verifier *v, enum finding_action action)
{
	uint64_t n = 0;

	for (int i = 0; i < FINDING_CLASSES; i++)
		if (v->action[i] == action)
			n += v->count[i];
	return n;
}

static void bank_text(const struct replay *replay, size_t bank, char *out, size_t size)
{
	const struct alg *alg = replay_bank(replay, bank);

	out[0] = '\0';
	if ((size_t)alg->size * 2 + 1 <= size)
		hex_encode(out, replay_pcr(replay, bank, VERIFY_PCR), alg->size);
}

void tell_proof(const struct verifier *v, const struct wire_state *state, uint64_t last_danger,
		bool quoted, bool ima_policy)
{
	struct ipc_proof out = {.records = v->records,
				.lost = state->lost,
				.late = state->late,
				.danger = count_action(v, ACTION_DANGER),
				.last_danger = last_danger,
				.warned = count_action(v, ACTION_WARN),
				.golden = v->shelf && v->worst != ACTION_UNKNOWN};

	bank_text(v->replay, 0, out.sha1, sizeof(out.sha1));
	bank_text(v->replay, 1, out.sha256, sizeof(out.sha256));
	snprintf(out.doorbell, sizeof(out.doorbell), "%s", doorbell_name(state->doorbell));
	snprintf(out.commit, sizeof(out.commit), "%s", commit_name(state->commit_state));
	snprintf(out.commit_policy, sizeof(out.commit_policy), "%s",
		 policy_name(state->commit_policy));
	out.quoted = quoted;
	out.no_ima_policy = !ima_policy;
	ipc_send(IPC_FD, IPC_PROOF, &out, sizeof(out));
}

void tell_reading(const struct verifier *v, uint64_t last_danger)
{
	struct ipc_reading out = {.done = v->records,
				  .danger = count_action(v, ACTION_DANGER),
				  .last_danger = last_danger};

	ipc_send(IPC_FD, IPC_PROGRESS, &out, sizeof(out));
}

void tell_doubt(uint64_t committed, uint64_t records, const char *why)
{
	struct ipc_doubt out = {.committed = committed, .records = records};

	snprintf(out.why, sizeof(out.why), "%s", why ? why : "");
	ipc_send(IPC_FD, IPC_DOUBT, &out, sizeof(out));
}

void tell_text(enum ipc_type type, const char *what)
{
	struct ipc_text text = {0};

	snprintf(text.text, sizeof(text.text), "%s", what);
	ipc_send(IPC_FD, type, &text, sizeof(text));
}
