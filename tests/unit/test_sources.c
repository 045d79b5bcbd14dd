/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden values out of lists, policies and packs; PCR values that other tools wrote. */
#include "packbed.h"

#include <stdlib.h>

#include "attest/pcrtext.h"
#include "golden/keylime.h"
#include "golden/learn.h"
#include "golden/source.h"

#define LOG  "tests/unit/logs/6.1-ima-sig"
#define H256 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define H160 "00112233445566778899aabbccddeeff00112233"

static int build_from(const char *a, const char *b, const char *output)
{
	char first[4200], second[4200];
	char *const source[] = {first, second};
	const struct build_options options = {.name = "n", .source = source, .sources = b ? 2 : 1};

	snprintf(first, sizeof(first), "%s", a);
	snprintf(second, sizeof(second), "%s", b ? b : "");
	packbed_error[0] = '\0';
	return pack_build(output, &options, NULL, packbed_error);
}

static void test_learn(void **state)
{
	struct learn_result r;
	struct values v = {0};

	(void)state;
	assert_int_equal(learn_values(LOG, &v, &r, packbed_error), 0);
	assert_int_equal(r.records, r.learned + r.left_out);
	assert_true(r.learned > 3);
	assert_true(r.left_out >= 2); /* boot_aggregate and a violation */
	for (size_t i = 0; i < v.n; i++)
		assert_int_equal(v.value[i].path[0], '/');
	values_free(&v);
}

static void test_learn_refuses(void **state)
{
	static uint8_t log[65536];
	size_t len = packbed_read(LOG, log, sizeof(log));
	struct learn_result r;
	struct values v = {0};

	(void)state;
	log[len / 2] ^= 1;
	packbed_write(packbed_path("altered"), log, len);
	assert_int_equal(learn_values(packbed_path("altered"), &v, &r, packbed_error), -1);
	packbed_write(packbed_path("cut"), log, len - 1);
	log[len / 2] ^= 1;
	packbed_write(packbed_path("cut"), log, len - 1);
	assert_int_equal(learn_values(packbed_path("cut"), &v, &r, packbed_error), -1);
	assert_non_null(strstr(packbed_error, "cut off"));
	packbed_file("none", "");
	assert_int_equal(learn_values(packbed_path("none"), &v, &r, packbed_error), -1);
	values_free(&v);
}

static void assert_policy(const char *json, const char *wrong)
{
	struct values v = {0};
	uint64_t left_out;
	int err;

	packbed_file("policy", json);
	err = keylime_values(packbed_path("policy"), &v, &left_out, packbed_error);
	values_free(&v);
	assert_int_equal(err, wrong ? -1 : 0);
	if (wrong && !strstr(packbed_error, wrong))
		fail_msg("«%s» is not in «%s»", wrong, packbed_error);
}

static void test_policies(void **state)
{
	(void)state;
	assert_policy("{\"digests\":{\"/a\":[\"" H256 "\",\"" H160
		      "\"],\"boot_aggregate\":[\"00\"]},"
		      "\"excludes\":[\"/tmp/.*\"]}",
		      NULL);
	assert_policy("{\"digests\":{\"/a\":[\"sm3:" H256 "\"]}}", NULL);
	assert_policy("{\"digests\":{\"/a\":[\"00\"]}}", "/a");
	assert_policy("{\"digests\":{\"/a\":[\"sha1:" H256 "\"]}}", "/a");
	assert_policy("{\"digests\":{\"/a\":[\"nosuch:" H256 "\"]}}", "/a");
	assert_policy("{\"digests\":{\"/a\":\"" H256 "\"}}", "not a list");
	assert_policy("{\"digests\":{\"/a\":[7]}}", "a digest is a string");
	assert_policy("{\"digests\":{\"a\":[\"" H256 "\"]}}", "Invalid argument");
	assert_policy("{\"digests\":{\"/a\\u0000b\":[\"" H256 "\"]}}", "not JSON");
	assert_policy("{\"digests\":{\"/a\":[],\"/a\":[]}}", "not JSON");
	assert_policy("{\"digests\":{\"/a\":[\"" H256 "\"", "line 1");
	assert_policy("{\"digest\":{}}", "digests");
	assert_policy("[]", "digests");
	assert_policy("{\"digests\":{\"/\xff\":[\"" H256 "\"]}}", "not JSON");
}

/* What goes out as a policy comes in again as the same pack. */
static void test_policy_and_back(void **state)
{
	struct values v = {0};
	static uint8_t a[65536], b[65536];
	uint64_t left_out;
	struct pack *p;
	size_t len;
	FILE *out;

	(void)state;
	packbed_file("policy", "{\"digests\":{\"/a\":[\"" H256 "\",\"" H160 "\",\"sm3:" H256 "\"],"
			       "\"/b\\\"\\n\":[\"" H160 "\"],\"/\xc3\xa4\":[\"" H256 "\"]}}");
	assert_int_equal(build_from(packbed_path("policy"), NULL, packbed_path("one")), 0);
	p = packbed_open(packbed_path("one"));
	assert_non_null(p);
	assert_int_equal(values_take(&v, p), 0);
	assert_int_equal(v.n, 5);
	out = fopen(packbed_path("policy"), "w");
	assert_non_null(out);
	assert_int_equal(keylime_write(out, &v, &left_out), 0);
	assert_int_equal(left_out, 0);
	fclose(out);
	assert_int_equal(build_from(packbed_path("policy"), NULL, packbed_path("two")), 0);
	len = packbed_read(packbed_path("one"), a, sizeof(a));
	assert_int_equal(packbed_read(packbed_path("two"), b, sizeof(b)), len);
	assert_memory_equal(a, b, len);
	values_free(&v);
	pack_close(p);
}

static void test_merge(void **state)
{
	struct pack_answer answer;
	struct pack *p;

	(void)state;
	packbed_build(packbed_path("tree"), 1);
	packbed_file("policy", "{\"digests\":{\"/usr/bin/ls\":[\"" H256 "\"]}}");
	assert_int_equal(
		build_from(packbed_path("tree"), packbed_path("policy"), packbed_path("both")), 0);
	p = packbed_open(packbed_path("both"));
	assert_non_null(p);
	assert_int_equal(packbed_look(p, "list", "/usr/bin/ls", &answer), PACK_GOOD);
	assert_int_equal(packbed_look(p, "other", "/usr/bin/ls", &answer), PACK_OTHER_DIGEST);
	pack_close(p);
	assert_int_equal(
		build_from(packbed_path("tree"), packbed_path("nowhere"), packbed_path("no")), -1);
	assert_int_equal(build_from("/dev/null", NULL, packbed_path("no")), -1);
	packbed_dir("hollow");
	assert_int_equal(build_from(packbed_path("hollow"), NULL, packbed_path("no")), -1);
}

static int read_pcrs(const char *text, struct pcrtext *out)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int err;

	assert_non_null(in);
	err = pcrtext_read(in, out, packbed_error);
	fclose(in);
	return err;
}

static void test_pcrs(void **state)
{
	struct pcrtext *t = calloc(1, sizeof(*t));

	(void)state;
	assert_int_equal(read_pcrs("  sha256:\n    0 : 0x" H256 "\n    10: 0x" H256 "\n  sha1:\n"
				   "    10: 0x" H160 "\n",
				   t),
			 0);
	assert_int_equal(t->banks, 2);
	assert_true(t->bank[0].given[0] && t->bank[0].given[10] && !t->bank[0].given[1]);
	assert_int_equal(t->bank[0].value[10][1], 0x11);
	assert_string_equal(t->bank[1].alg->name, "sha1");
	assert_int_equal(
		read_pcrs("PCR-10: 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF 00 11 22 "
			  "33\n# done\n",
			  t),
		0);
	assert_int_equal(t->bank[0].value[10][10], 0xaa);
	assert_int_equal(read_pcrs("", t), -1);
	assert_int_equal(read_pcrs("24: " H256 "\n", t), -1);
	assert_int_equal(read_pcrs("10: 0011\n", t), -1);
	assert_int_equal(read_pcrs("sha1:\n10: " H256 "\n", t), -1);
	assert_int_equal(read_pcrs("nosuch:\n", t), -1);
	assert_int_equal(read_pcrs("10: zz\n", t), -1);
	assert_int_equal(read_pcrs("no colon\n", t), -1);
	assert_non_null(strstr(packbed_error, "line 1"));
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_learn),	 cmocka_unit_test(test_learn_refuses),
		cmocka_unit_test(test_policies), cmocka_unit_test(test_policy_and_back),
		cmocka_unit_test(test_merge),	 cmocka_unit_test(test_pcrs),
	};

	return cmocka_run_group_tests(tests, packbed_setup, packbed_teardown);
}
