/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that streams another log than it committed: each way to do so, against a real TPM. */
#include <string.h>

#include <openssl/evp.h>

#include "attest/prover.h"
#include "attest/record.h"
#include "imalog.h"
#include "tpmbed.h"
#include "unit.h"

#define COMMITTED 6 /* records that the TPM has */
#define OTHER	  6 /* one that it does not have */
#define RECORDS	  7
#define END	  (-1)
#define NOW_MS	  1000

#define NO_PREFIX "no prefix"
#define NEVER	  "never committed"

static const struct lie {
	const char *name;
	const char *why; /* what it must be told as; NULL: it is none */
	int stream[RECORDS + 2]; /* records that come instead of 0 to COMMITTED - 1 */
} lies[] = {
	{"the truth", NULL, {0, 1, 2, 3, 4, 5, END}},
	{"one dropped", NO_PREFIX, {0, 1, 3, 4, 5, END}},
	{"the first dropped", NO_PREFIX, {1, 2, 3, 4, 5, END}},
	{"one altered", NO_PREFIX, {0, 1, OTHER, 3, 4, 5, END}},
	{"the last altered", NO_PREFIX, {0, 1, 2, 3, 4, OTHER, END}},
	{"one doubled", NO_PREFIX, {0, 1, 2, 2, 3, 4, 5, END}},
	{"two in another order", NO_PREFIX, {0, 1, 3, 2, 4, 5, END}},
	{"one invented", NO_PREFIX, {0, 1, 2, OTHER, 3, 4, 5, END}},
	{"one invented at the end", NEVER, {0, 1, 2, 3, 4, 5, OTHER, END}},
	{"the last doubled", NEVER, {0, 1, 2, 3, 4, 5, 5, END}},
	{"the stream stopped", NO_PREFIX, {0, 1, 2, END}},
};

static struct ima_record parsed(const struct imalog *log, int i)
{
	struct ima_record rec;
	const char *why;
	size_t len;
	const uint8_t *bytes = imalog_record(log, (size_t)i, &len);

	assert_int_equal(record_parse(bytes, len, &rec, &why), RECORD_OK);
	return rec;
}

/* As IMA does it: the hash of the record's data in each bank. */
static void commit(struct tpmbed *tpm, const struct imalog *log, int i)
{
	TPML_DIGEST_VALUES values = {.count = TPM_BANKS};
	struct ima_record rec = parsed(log, i);

	for (int b = 0; b < TPM_BANKS; b++) {
		values.digests[b].hashAlg = tpm_bank[b];
		assert_int_equal(EVP_Digest(rec.data, rec.data_len,
					    (uint8_t *)&values.digests[b].digest, NULL,
					    b ? EVP_sha256() : EVP_sha1(), NULL),
				 1);
	}
	assert_int_equal(tpm_extend(&tpm->tpm, PROVER_LOG_PCR, &values), 0);
}

static void make_log(struct imalog *log)
{
	char path[32];

	imalog_init(log);
	for (int i = 0; i < RECORDS; i++) {
		snprintf(path, sizeof(path), "/usr/bin/program%d", i);
		imalog_add(log, &(struct imalog_entry){.path = path});
	}
}

static void stream(struct prover *prover, const struct imalog *log, const struct lie *lie)
{
	struct replay *replay = replay_new(TPM_BANK_NAMES);

	assert_non_null(replay);
	for (const int *i = lie->stream; *i != END; i++) {
		struct ima_record rec = parsed(log, *i);

		assert_int_equal(replay_extend(replay, &rec), REPLAY_OK);
		assert_int_equal(prover_record(prover, replay), 0);
	}
	replay_free(replay);
}

/* The verdict once the guest has had its time to explain itself. */
static void judge(struct tpmbed *tpm, const struct imalog *log, const struct lie *lie)
{
	static uint8_t nonce[TPM_NONCE_SIZE];
	struct prover *prover = prover_new();
	struct ipc_tpm_ready ready;
	struct ipc_tpm_quoted quoted;
	enum prover_state got;
	const char *why = NULL;

	assert_non_null(prover);
	tpmbed_ready(tpm, &ready);
	assert_null(prover_tpm(prover, &ready));
	stream(prover, log, lie);
	nonce[0]++;
	prover_asked(prover, nonce);
	tpmbed_quote(tpm, nonce, &quoted);
	prover_quoted(prover, &quoted, NOW_MS);
	got = prover_state(prover, NOW_MS + PROVER_PATIENCE_MS + 1, &why);
	if (got != (lie->why ? PROVER_TAMPERED : PROVER_PROVEN) ||
	    (lie->why && !strstr(why, lie->why)))
		fail_msg("%s: state %d, «%s»", lie->name, got, why ? why : "");
	prover_free(prover);
}

static void every_lie(void **state)
{
	struct tpmbed *tpm = *state;
	struct imalog log;

	make_log(&log);
	for (int i = 0; i < COMMITTED; i++)
		commit(tpm, &log, i);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		judge(tpm, &log, &lies[i]);
	imalog_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_lie, tpmbed_setup, tpmbed_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
