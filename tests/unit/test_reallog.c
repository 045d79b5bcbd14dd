/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs that real kernels made, in every template that they can be booted with. */
#include "unit.h"

#include <stdio.h>

#include "attest/verify.h"
#include "common/hex.h"

/* Bytes of the longest of them, and then some. */
#define LOG_MAX 4096

/* A log and the value of PCR 10 after it. */
struct reallog {
	const char *file;
	const char *alg;
	const char *sha1;
	const char *sha256;
};

static struct reallog logs[] = {
	{"6.1-ima", "sha1", "f3c0dbb706336a84ad73ab6af5a8b4abe9693a19",
	 "9818324d00a7828a07291eedeef674753954957e4b6fc64514dfc51ff3df47a6"},
	{"6.1-ima-ng", "sha1", "cf923062f0c5f3706c00dc5eb7cb6f8601b6d479",
	 "a0531b112ed2e495af18136f7734612195266bd8554719f62d47c5e3b2f49697"},
	{"6.1-ima-sig", "sha256", "ff8af85962e4159aa1af64eb7482af6555a28913",
	 "39c9b8ffddb7ee6112a2ba1cbeddaa59583097d37d35bfe66b2984654539f1fc"},
	{"6.12-ima-ngv2", "sha256", "0f3e749c75bd8ab7c2e69a8fde80a9a557c32d5d",
	 "4ad02ade15720e65dcb18037d102176d6d7b40f82e4e9fc7d2b9f0a4fb0646d7"},
	{"6.12-ima-sigv2", "sha256", "bd4d87258316449ce9626b08caf62eafe62fe408",
	 "9298759cab6af5e5e4d5acdc2181c865d02b634d9061499e168c9cf5ba2efa58"},
	{"6.12-ima-modsig", "sha384", "4824402d7f392863aad53fb1e864b224b98281b1",
	 "1847816e9fe097d822ee7e20bec7e42c6e4f168cbcd23434143671b7203599d3"},
	{"6.12-evm-sig", "sha512", "7137970c59827af62eeaf293de84fada66fa6013",
	 "58f50775e8f4063c9a429ea44e2dc8d2f9eac1f9ddf1b914ca3b2622627d2043"},
	{"6.12-format", "sha256", "6ccc695986905878bd81d400d7a04969b7d95829",
	 "96633052a51961f5f7cd6474036e19ff0a5d587841dea1ee10edb84dd352eb56"},
};

/* What the same commands left in each of them; the last paths differ between kernels. */
static const struct {
	enum finding_class class;
	const char *path;
} expected[] = {
	{FINDING_BYPASS, "boot_aggregate"}, {FINDING_BUFFER, "kernel_version"},
	{FINDING_NO_PACK, "/bin/busybox"},  {FINDING_NO_PACK, "/d/ls"},
	{FINDING_NO_PACK, "/d/with_blank"}, {FINDING_VIOLATION, "/d/open"},
	{FINDING_NO_PACK, "/d/open"},	    {FINDING_NO_PACK, NULL},
};

static size_t read_log(const char *file, uint8_t *out)
{
	char name[64];
	FILE *f;
	size_t len;

	snprintf(name, sizeof(name), "tests/unit/logs/%s", file);
	f = fopen(name, "re");
	assert_non_null(f);
	len = fread(out, 1, LOG_MAX, f);
	fclose(f);
	return len;
}

static void assert_finding(const struct finding *f, size_t i, const char *alg)
{
	assert_string_equal(finding_class_name(f->class), finding_class_name(expected[i].class));
	assert_int_equal(f->pcr, 10);
	if (expected[i].path) {
		assert_int_equal(f->path_len, strlen(expected[i].path));
		assert_memory_equal(f->path, expected[i].path, f->path_len);
	}
	assert_int_equal(f->alg_len, strlen(alg));
	assert_memory_equal(f->alg, alg, f->alg_len);
}

static void assert_pcr(const struct verifier *v, size_t bank, const char *pcr)
{
	char hex[2 * ALG_DIGEST_MAX + 1];

	hex_encode(hex, replay_pcr(v->replay, bank, 10), replay_bank(v->replay, bank)->size);
	assert_string_equal(hex, pcr);
}

static void test_log(void **state)
{
	const struct reallog *l = *state;
	uint8_t buf[LOG_MAX];
	size_t len = read_log(l->file, buf), at = 0;
	struct ima_record rec;
	struct verifier v;
	struct finding f;
	const char *reason;

	assert_int_equal(verifier_init(&v, NULL, "sha1,sha256"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(record_parse(buf + at, len - at, &rec, &reason), RECORD_OK);
		verify_record(&v, buf + at, rec.size, &f);
		assert_finding(&f, i, l->alg);
		at += rec.size;
	}
	assert_int_equal(at, len);
	assert_pcr(&v, 0, l->sha1);
	assert_pcr(&v, 1, l->sha256);
	verifier_destroy(&v);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(logs)];

	for (size_t i = 0; i < ARRAY_SIZE(logs); i++)
		tests[i] = (struct CMUnitTest){logs[i].file, test_log, NULL, NULL, &logs[i]};
	return cmocka_run_group_tests_name("real logs", tests, NULL, NULL);
}
