/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>

#include "attest/replay.h"
#include "common/hex.h"
#include "imalog.h"

static enum replay_status extend(struct replay *r, const uint8_t *buf, size_t len)
{
	struct ima_record rec;
	const char *reason;

	assert_int_equal(record_parse(buf, len, &rec, &reason), RECORD_OK);
	return replay_extend(r, &rec);
}

static enum replay_status extend_at(struct replay *r, const struct imalog *l, size_t i)
{
	size_t len;
	const uint8_t *p = imalog_record(l, i, &len);

	return extend(r, p, len);
}

static void assert_pcrs(const struct replay *r, const struct imalog *l)
{
	for (uint32_t pcr = 0; pcr < IMA_PCR_COUNT; pcr++) {
		assert_memory_equal(replay_pcr(r, 0, pcr), l->sha1[pcr], 20);
		assert_memory_equal(replay_pcr(r, 1, pcr), l->sha256[pcr], 32);
	}
}

static void test_banks(void **state)
{
	struct replay *r = replay_new("sha256,sha1,sha384");

	(void)state;
	assert_non_null(r);
	assert_int_equal(replay_banks(r), 3);
	assert_string_equal(replay_bank(r, 0)->name, "sha256");
	assert_string_equal(replay_bank(r, 2)->name, "sha384");
	assert_int_equal(replay_bank(r, 2)->tpm, 0x000c);
	assert_null(replay_bank(r, 3));
	assert_null(replay_pcr(r, 3, 0));
	assert_null(replay_pcr(r, 0, IMA_PCR_COUNT));
	assert_non_null(replay_pcr(r, 0, IMA_PCR_COUNT - 1));
	replay_free(r);
	replay_free(NULL);
}

static void test_banks_refused(void **state)
{
	static const char *const lists[] = {
		"",	     "sha1,", ",sha1",	   "sha257",
		"sha1,sha1", "SHA1",  "sha1 ,sm3", "sha1,sha256,sha384,sha512,sm3,sha3-256"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		assert_null(replay_new(lists[i]));
}

/* The first line of logs that Linux systems without a TPM have published by the thousand. */
static void test_known_boot_aggregate(void **state)
{
	uint8_t expected[20];
	struct replay *r = replay_new("sha1");
	struct imalog l;
	static const uint8_t zeros[20];

	(void)state;
	imalog_init(&l);
	imalog_add(&l, &(struct imalog_entry){.template = "ima-ng",
					      .alg = "sha1",
					      .digest = zeros,
					      .path = "boot_aggregate"});
	assert_int_equal(
		hex_decode(expected, sizeof(expected), "1d8d532d463c9f8c205d0df7787669a85f93e260"),
		20);
	memcpy(l.buf + 4, expected, sizeof(expected));
	assert_int_equal(extend(r, l.buf, l.len), REPLAY_OK);
	replay_free(r);
	imalog_free(&l);
}

static void test_every_template(void **state)
{
	static const char *const templates[] = {
		"ima",	    "ima-ng",	 "ima-sig", "ima-buf", "ima-modsig",
		"ima-ngv2", "ima-sigv2", "evm-sig", "d|n",     "d-ng|n-ng|iuid|sig",
	};
	struct replay *r = replay_new(REPLAY_DEFAULT_BANKS);
	struct imalog l;

	(void)state;
	imalog_init(&l);
	for (size_t i = 0; i < ARRAY_SIZE(templates); i++)
		imalog_add(&l, &(struct imalog_entry){.template = templates[i],
						      .alg = "sha1",
						      .path = "/usr/bin/true",
						      .extra = "abc",
						      .extra_len = 3,
						      .pcr = 8 + i % 4});
	for (size_t i = 0; i < l.records; i++)
		assert_int_equal(extend_at(r, &l, i), REPLAY_OK);
	assert_int_equal(replay_records(r), l.records);
	assert_pcrs(r, &l);
	replay_free(r);
	imalog_free(&l);
}

static void test_violation(void **state)
{
	struct replay *r = replay_new(REPLAY_DEFAULT_BANKS);
	struct imalog l;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "/a", .violation = true});
	imalog_add(&l, &(struct imalog_entry){.path = "/b"});
	assert_int_equal(extend_at(r, &l, 0), REPLAY_OK);
	assert_int_equal(extend_at(r, &l, 1), REPLAY_VIOLATION);
	assert_int_equal(extend_at(r, &l, 2), REPLAY_OK);
	assert_pcrs(r, &l);
	replay_free(r);
	imalog_free(&l);
}

static void test_mismatch_extends_the_data(void **state)
{
	struct replay *r = replay_new(REPLAY_DEFAULT_BANKS);
	struct imalog l;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	l.buf[4] ^= 1;
	assert_int_equal(extend(r, l.buf, l.len), REPLAY_MISMATCH);
	assert_pcrs(r, &l);
	replay_free(r);
	imalog_free(&l);
}

static void test_reset(void **state)
{
	static const uint8_t zeros[32];
	struct replay *r = replay_new(REPLAY_DEFAULT_BANKS);
	struct imalog l;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	assert_int_equal(extend(r, l.buf, l.len), REPLAY_OK);
	assert_memory_not_equal(replay_pcr(r, 1, 10), zeros, 32);
	replay_reset(r);
	assert_int_equal(replay_records(r), 0);
	assert_memory_equal(replay_pcr(r, 1, 10), zeros, 32);
	assert_int_equal(extend(r, l.buf, l.len), REPLAY_OK);
	assert_pcrs(r, &l);
	replay_free(r);
	imalog_free(&l);
}

/* A bank's place in the list does not change its values. */
static void test_order_of_banks(void **state)
{
	struct replay *r = replay_new("sha512,sha256,sha1");
	struct imalog l;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	assert_int_equal(extend(r, l.buf, l.len), REPLAY_OK);
	assert_memory_equal(replay_pcr(r, 1, 10), l.sha256[10], 32);
	assert_memory_equal(replay_pcr(r, 2, 10), l.sha1[10], 20);
	replay_free(r);
	imalog_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_banks),
		cmocka_unit_test(test_banks_refused),
		cmocka_unit_test(test_known_boot_aggregate),
		cmocka_unit_test(test_every_template),
		cmocka_unit_test(test_violation),
		cmocka_unit_test(test_mismatch_extends_the_data),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_order_of_banks),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
