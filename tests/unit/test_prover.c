/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a TPM say what a log says? With a real TPM, and logs that lie. */
#include <stdlib.h>
#include <string.h>

#include "attest/prover.h"
#include "imalog.h"
#include "tpmbed.h"
#include "unit.h"
#include "vtpm/eventlog.h"

#define T0 1000

struct bench {
	struct tpmbed *bed;
	struct prover *prover;
	struct replay *replay;
	struct ipc_tpm_ready ready;
	uint8_t nonce[TPM_NONCE_SIZE];
};

static void begin(struct bench *b, void **state)
{
	memset(b, 0, sizeof(*b));
	b->bed = *state;
	b->prover = prover_new();
	b->replay = replay_new(TPM_BANK_NAMES);
	assert_non_null(b->prover);
	assert_false(prover_has_tpm(b->prover));
	tpmbed_ready(b->bed, &b->ready);
	assert_null(prover_tpm(b->prover, &b->ready));
	assert_true(prover_has_tpm(b->prover));
}

static void end(struct bench *b)
{
	prover_free(b->prover);
	replay_free(b->replay);
}

/* A violation extends all ones, which needs no record's content. */
static void log_violation(struct bench *b)
{
	static const uint8_t data[4];
	struct ima_record rec = {.pcr = 10, .violation = true, .data = data, .data_len = 4};

	assert_int_equal(replay_extend(b->replay, &rec), REPLAY_VIOLATION);
	assert_int_equal(prover_record(b->prover, b->replay), 0);
}

static void commit(struct bench *b)
{
	tpmbed_extend(b->bed, 10, 0xff);
}

static struct ipc_tpm_quoted ask(struct bench *b)
{
	struct ipc_tpm_quoted q;

	b->nonce[0]++;
	prover_asked(b->prover, b->nonce);
	tpmbed_quote(b->bed, b->nonce, &q);
	return q;
}

static enum prover_state state_at(struct bench *b, int64_t now, const char **why)
{
	return prover_state(b->prover, now, why);
}

static void in_step(void **state)
{
	const char *why;
	struct bench b;

	begin(&b, state);
	for (int i = 0; i < 600; i++) {
		commit(&b);
		log_violation(&b);
		if (i % 100 == 50) {
			struct ipc_tpm_quoted q = ask(&b);

			assert_int_equal(state_at(&b, T0, &why), PROVER_WAITING);
			prover_quoted(b.prover, &q, T0);
			assert_int_equal(state_at(&b, T0, &why), PROVER_PROVEN);
			assert_int_equal(prover_committed(b.prover), i + 1);
		}
	}
	end(&b);
}

static void tpm_ahead(void **state)
{
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	for (int i = 0; i < 3; i++)
		commit(&b);
	log_violation(&b);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_WAITING);
	log_violation(&b);
	assert_int_equal(state_at(&b, T0, &why), PROVER_WAITING);
	log_violation(&b);
	assert_int_equal(state_at(&b, T0, &why), PROVER_PROVEN);
	assert_int_equal(prover_committed(b.prover), 3);
	end(&b);
}

/* A record that was streamed and never committed: invented, or the module does not extend. */
static void never_committed(void **state)
{
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	commit(&b);
	log_violation(&b);
	log_violation(&b);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_WAITING);
	assert_true(prover_lags(b.prover));
	q = ask(&b);
	prover_quoted(b.prover, &q, T0 + PROVER_PATIENCE_MS);
	assert_int_equal(state_at(&b, T0 + PROVER_PATIENCE_MS, &why), PROVER_WAITING);
	assert_int_equal(state_at(&b, T0 + PROVER_PATIENCE_MS + 1, &why), PROVER_TAMPERED);
	assert_non_null(strstr(why, "never committed"));
	end(&b);
}

/* A late commit gets there: no harm. */
static void committed_late(void **state)
{
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	for (int i = 0; i < 5; i++)
		log_violation(&b);
	for (int i = 0; i < 5; i++) {
		commit(&b);
		q = ask(&b);
		prover_quoted(b.prover, &q, T0 + i * (PROVER_PATIENCE_MS - 1));
		assert_int_equal(state_at(&b, T0 + i * (PROVER_PATIENCE_MS - 1), &why),
				 i < 4 ? PROVER_WAITING : PROVER_PROVEN);
	}
	end(&b);
}

/* A record left out of the stream, or PCR 10 extended by the guest itself. */
static void unexplained(void **state)
{
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	commit(&b);
	tpmbed_extend(b.bed, 10, 0x11);
	log_violation(&b);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0 + PROVER_PATIENCE_MS, &why), PROVER_WAITING);
	assert_int_equal(state_at(&b, T0 + PROVER_PATIENCE_MS + 1, &why), PROVER_TAMPERED);
	assert_non_null(strstr(why, "no prefix"));
	end(&b);
}

/* A guest that has its TPM rebuilt, or whose TPM is, has not explained anything by that. */
static void rebuilt(void **state)
{
	const int64_t half = PROVER_PATIENCE_MS / 2, away = 10 * PROVER_PATIENCE_MS;
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	tpmbed_extend(b.bed, 10, 0x11);
	log_violation(&b);
	for (int i = 0; i < 2; i++) {
		q = ask(&b);
		prover_quoted(b.prover, &q, T0 + i * half);
	}
	assert_non_null(prover_doubt(b.prover));
	assert_null(prover_tpm(b.prover, &b.ready));
	/* The time without a TPM is not held against it. */
	assert_int_equal(state_at(&b, T0 + half + away, &why), PROVER_WAITING);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0 + half + away);
	assert_int_equal(state_at(&b, T0 + 2 * half + away, &why), PROVER_WAITING);
	assert_int_equal(state_at(&b, T0 + 2 * half + away + 1, &why), PROVER_TAMPERED);
	end(&b);
}

/* Neither a guest nor the silence of a TPM makes us keep points without end. */
static void bounded(void **state)
{
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	commit(&b);
	log_violation(&b);
	q = ask(&b);
	for (uint32_t i = 2; i < PROVER_POINTS_MAX; i++) {
		assert_false(prover_full(b.prover));
		log_violation(&b);
	}
	assert_true(prover_full(b.prover));
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(prover_committed(b.prover), 1);
	/* One that is ahead of all: nothing before it needs to be kept. */
	for (int i = 0; i < 2; i++)
		tpmbed_extend(b.bed, 10, 0x11);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_false(prover_full(b.prover));
	assert_int_equal(state_at(&b, T0, &why), PROVER_WAITING);
	assert_int_equal(prover_committed(b.prover), 1);
	end(&b);
}

static void forged(void **state)
{
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	q = ask(&b);
	q.sig[20] ^= 1;
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_TAMPERED);
	end(&b);
	begin(&b, state);
	q = ask(&b);
	q.attest_len = sizeof(q.attest) + 1;
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_TAMPERED);
	end(&b);
}

static void error_and_old_answer(void **state)
{
	struct ipc_tpm_quoted old, q;
	const char *why;
	struct bench b;

	begin(&b, state);
	old = ask(&b);
	q = ask(&b);
	prover_quoted(b.prover, &old, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_WAITING);
	q.rc = 0x922;
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_WAITING);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_PROVEN);
	end(&b);
}

static void reset(void **state)
{
	struct ipc_tpm_quoted q;
	const char *why;
	struct bench b;

	begin(&b, state);
	tpmbed_restart(b.bed);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_TAMPERED);
	assert_string_equal(why, "the TPM was reset");
	end(&b);
}

/* PCR 0-9 as the event log of the start says, and one of them extended once more. */
static void measured_start(void **state)
{
	static const eventlog_digests ones = {{1}, {1}};
	TPML_DIGEST_VALUES values = {.count = TPM_BANKS};
	struct ipc_tpm_quoted q;
	struct eventlog log;
	const char *why;
	struct bench b;

	begin(&b, state);
	eventlog_begin(&log);
	assert_int_equal(eventlog_add(&log, 4, EV_IPL, ones, "kernel", 6), 0);
	memcpy(b.ready.log, log.data, log.len);
	b.ready.log_len = (uint32_t)log.len;
	b.ready.measured = 1;
	assert_null(prover_tpm(b.prover, &b.ready));
	for (int i = 0; i < TPM_BANKS; i++) {
		values.digests[i].hashAlg = tpm_bank[i];
		memcpy(&values.digests[i].digest, ones[i], tpm_bank_size[i]);
	}
	assert_int_equal(tpm_extend(&b.bed->tpm, 4, &values), 0);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_PROVEN);
	tpmbed_extend(b.bed, 9, 1);
	q = ask(&b);
	prover_quoted(b.prover, &q, T0);
	assert_int_equal(state_at(&b, T0, &why), PROVER_TAMPERED);
	assert_non_null(strstr(why, "PCR 0-9"));
	b.ready.log[40] ^= 1;
	assert_non_null(prover_tpm(b.prover, &b.ready));
	end(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tpmbed_setup, tpmbed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_step),	      TEST(tpm_ahead),	    TEST(never_committed),
		TEST(committed_late), TEST(unexplained),    TEST(forged),
		TEST(reset),	      TEST(measured_start), TEST(error_and_old_answer),
		TEST(rebuilt),	      TEST(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
