/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VM's golden policy says, and the order in which it is asked. */
#include "packbed.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <time.h>

#include "golden/pattern.h"
#include "golden/policy.h"
#include "golden/publish.h"

static char *errors;
static size_t errors_len;
static uint32_t serial; /* of packs that are made */

static bool matches(const char *pattern, const char *path)
{
	return pattern_match(pattern, path, (uint32_t)strlen(path));
}

static void test_patterns(void **state)
{
	(void)state;
	assert_true(matches("/a", "/a"));
	assert_false(matches("/a", "/ab"));
	assert_false(matches("/a", "/"));
	assert_true(matches("/a/*", "/a/b"));
	assert_false(matches("/a/*", "/a/b/c"));
	assert_true(matches("/a/*/c", "/a/b/c"));
	assert_true(matches("/a/**", "/a/b/c"));
	assert_true(matches("/a/**/c", "/a/b/b/c"));
	assert_false(matches("/a/**/c", "/a/c"));
	assert_true(matches("/a**", "/a"));
	assert_true(matches("/?.so", "/x.so"));
	assert_false(matches("/?x", "//x"));
	assert_true(matches("/a b", "/a_b"));
	assert_true(matches("/***", "/a/b"));
	assert_true(matches("/*.so.*", "/lib.so.6"));
	assert_false(pattern_valid("a"));
	assert_false(pattern_valid(""));
}

/* The rules of pattern.h, in the shortest way that they can be written down. */
static bool slow(const char *p, const char *t)
{
	if (!*p)
		return !*t;
	if (p[0] == '*') {
		size_t row = strspn(p, "*");

		if (slow(p + row, t))
			return true;
		return *t && (row > 1 || *t != '/') && slow(p, t + 1);
	}
	if (!*t || (p[0] == '?' ? *t == '/' : *p != *t && (*p != ' ' || *t != '_')))
		return false;
	return slow(p + 1, t + 1);
}

/* All patterns and paths of a few bytes. */
static void test_patterns_by_the_rules(void **state)
{
	static const char of_pattern[] = "a/*?", of_path[] = "ab/";
	char pattern[8] = "/", path[8] = "/";

	(void)state;
	for (unsigned int i = 0; i < 4 * 4 * 4 * 4 * 4; i++) {
		for (unsigned int k = 0, rest = i; k < 5; k++, rest /= 4)
			pattern[1 + k] = of_pattern[rest % 4];
		for (unsigned int n = 0; n < 3 * 3 * 3 * 3 * 3; n++) {
			for (unsigned int k = 0, rest = n; k < 5; k++, rest /= 3)
				path[1 + k] = of_path[rest % 3];
			path[1 + n % 6] = '\0';
			if (matches(pattern, path) != slow(pattern, path))
				fail_msg("%s and %s", pattern, path);
		}
	}
}

/* Longer than a machine word, up to the longest. */
static void test_long_patterns(void **state)
{
	char pattern[PATTERN_MAX + 1], path[PATTERN_MAX + 1];

	(void)state;
	for (size_t len = 2; len <= PATTERN_MAX; len++) {
		memset(pattern, '?', sizeof(pattern));
		memset(path, 'x', sizeof(path));
		pattern[0] = path[0] = '/';
		pattern[len] = path[len] = '\0';
		assert_true(matches(pattern, path));
		path[len - 1] = '/';
		assert_false(matches(pattern, path));
		path[len - 1] = '\0';
		assert_false(matches(pattern, path));
	}
}

/* What makes a backtracking matcher work for years. */
static void test_pattern_of_stars(void **state)
{
	char pattern[PATTERN_MAX + 1], path[4001];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	pattern[0] = '/';
	for (size_t i = 1; i < PATTERN_MAX; i++)
		pattern[i] = i % 2 ? '*' : 'a';
	pattern[PATTERN_MAX - 1] = 'b';
	pattern[PATTERN_MAX] = '\0';
	assert_true(pattern_valid(pattern));
	assert_false(matches(pattern, path));
}

/* A pack with one file of this content. */
static void make_pack(const char *name, const char *path, const char *content)
{
	const struct alg *sha256 = alg_by_name("sha256", 6);
	struct values v = {0};
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	assert_int_equal(values_add(&v, path, strlen(path), sha256, digest), 0);
	if (publish(packbed_path(name), &v, &(struct pack_label){.name = name, .serial = serial},
		    NULL, packbed_error))
		fail_msg("%s", packbed_error);
	values_free(&v);
}

/* @text: «%s» stands for the folder. */
static struct policy *load(const char *text)
{
	char *whole = NULL;
	size_t len = 0;
	struct policy *p;
	FILE *out = open_memstream(&whole, &len);

	assert_non_null(out);
	for (const char *next; (next = strstr(text, "%s/")); text = next + 3) {
		fwrite(text, 1, (size_t)(next - text), out);
		fputs(packbed_path(""), out);
	}
	fputs(text, out);
	fclose(out);
	packbed_file("a.policy", whole);
	free(whole);
	free(errors);
	errors = NULL;
	out = open_memstream(&errors, &errors_len);
	p = policy_load(packbed_path("a.policy"), NULL, out);
	fclose(out);
	return p;
}

static enum shelf_class look(const struct policy *p, const char *path, const char *content)
{
	struct pack_answer answer;
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	return shelf_lookup(&p->shelf, alg_by_name("sha256", 6), digest, path,
			    (uint32_t)strlen(path), &answer);
}

static const char full[] = "[packs]\ngolden = %s/one.pack\ngolden = %s/two.pack until 2999-12-31\n"
			   "golden = %s/old.pack until 2020-01-01T12:00\nretired = %s/older.pack\n"
			   "denied = %s/bad.pack\n[exclude]\npath = /opt/**\n[actions]\n"
			   "swapped = danger\nunknown-file = warn\n";

static void make_packs(void)
{
	make_pack("one.pack", "/bin/a", "one");
	make_pack("two.pack", "/bin/b", "two");
	make_pack("old.pack", "/bin/a", "old");
	make_pack("older.pack", "/bin/a", "older");
	make_pack("bad.pack", "/bin/b", "bad");
}

static void test_order(void **state)
{
	struct policy *p;

	(void)state;
	make_packs();
	p = load(full);
	if (!p)
		fail_msg("%s", errors);
	assert_int_equal(look(p, "/bin/a", "one"), SHELF_GOOD);
	assert_int_equal(look(p, "/bin/b", "two"), SHELF_GOOD);
	assert_int_equal(look(p, "/bin/c", "two"), SHELF_ELSEWHERE);
	assert_int_equal(look(p, "/bin/a", "old"), SHELF_OUTDATED);
	assert_int_equal(look(p, "/bin/a", "older"), SHELF_OUTDATED);
	assert_int_equal(look(p, "/bin/a", "new"), SHELF_OTHER_DIGEST);
	assert_int_equal(look(p, "/bin/c", "new"), SHELF_UNKNOWN);
	assert_int_equal(look(p, "/opt/x/y", "new"), SHELF_EXCLUDED);
	assert_int_equal(look(p, "/opt/x/y", "bad"), SHELF_DENIED_DIGEST);
	assert_int_equal(look(p, "/bin/b", "bad"), SHELF_DENIED_DIGEST);
	policy_free(p);
}

static void test_denied_although_golden(void **state)
{
	struct policy *p;

	(void)state;
	make_pack("worm.pack", "/tmp/worm", "one");
	p = load("[packs]\ngolden = %s/one.pack\ndenied = %s/worm.pack\n");
	assert_non_null(p);
	assert_int_equal(look(p, "/bin/a", "one"), SHELF_DENIED_DIGEST);
	policy_free(p);
}

static void test_actions(void **state)
{
	struct verifier v;
	struct policy *p;

	(void)state;
	make_packs();
	p = load(full);
	assert_non_null(p);
	assert_int_equal(verifier_init(&v, &p->shelf, "sha1"), 0);
	policy_apply(p, &v);
	assert_int_equal(v.action[FINDING_SWAPPED], ACTION_DANGER);
	assert_int_equal(v.action[FINDING_UNKNOWN_FILE], ACTION_WARN);
	assert_int_equal(v.action[FINDING_WRONG_DIGEST], ACTION_DANGER);
	assert_int_equal(v.action[FINDING_OUTDATED], ACTION_UNKNOWN);
	verifier_destroy(&v);
	policy_free(p);
}

/* A pack's time is over: what it alone knew is outdated from then on, and not unknown. */
static void test_window(void **state)
{
	struct policy *p;

	(void)state;
	make_packs();
	p = load(full);
	assert_non_null(p);
	assert_int_equal(p->expires, 32503593600); /* 2999-12-31 */
	assert_int_equal(shelf_retire(&p->shelf, p->expires - 1), p->expires);
	assert_int_equal(look(p, "/bin/b", "two"), SHELF_GOOD);
	assert_int_equal(shelf_retire(&p->shelf, p->expires), 0);
	assert_int_equal(look(p, "/bin/b", "two"), SHELF_OUTDATED);
	assert_int_equal(look(p, "/bin/a", "one"), SHELF_GOOD);
	policy_free(p);
}

static void assert_refused(const char *text, const char *want)
{
	struct policy *p = load(text);

	policy_free(p);
	assert_null(p);
	if (!strstr(errors, want))
		fail_msg("«%s» is not in «%s»", want, errors);
}

static void test_mistakes(void **state)
{
	(void)state;
	make_packs();
	assert_refused("", "no golden pack");
	assert_refused("golden = %s/one.pack\n", ":1: «golden» stands before");
	assert_refused("[packs]\ngolden = one.pack\n", ":2: «one.pack»: not an absolute");
	assert_refused("[packs]\ngolden = %s/none.pack\n", "No such file");
	assert_refused("[packs]\ngolden = %s/a.policy\n", "pack");
	assert_refused("[packs]\ngolden = %s/one.pack until tomorrow\n", ":2: «");
	assert_refused("[packs]\ngood = %s/one.pack\n", ":2: unknown key");
	assert_refused("[packs]\ngolden = %s/one.pack\n[exclude]\npath = opt\n", ":4: «opt»");
	assert_refused("[packs]\ngolden = %s/one.pack\n[actions]\nnosuch = warn\n", ":4: no class");
	assert_refused("[packs]\ngolden = %s/one.pack\n[actions]\nswapped = no\n", ":4: «no»");
	assert_refused("[packs]\ngolden = %s/one.pack\n[actions]\nrestart = allow\n",
		       ":4: no policy");
	assert_refused("[packs]\ngolden = %s/one.pack\n[actions]\nswapped = warn\nswapped = warn\n",
		       ":5: swapped is set");
	assert_refused("[pack]\ngolden = %s/one.pack\n", ":1: unknown section");
}

static void test_a_pack_is_a_policy(void **state)
{
	struct policy *p;

	(void)state;
	make_packs();
	p = policy_load(NULL, packbed_path("one.pack"), stderr);
	assert_non_null(p);
	assert_int_equal(look(p, "/bin/a", "one"), SHELF_GOOD);
	policy_free(p);
}

/* A number that a policy has seen is the least that will do: an older pack, signed as it may be, is none. */
static void test_older_pack(void **state)
{
	struct policy *p;

	(void)state;
	serial = 7;
	make_pack("one.pack", "/bin/a", "one");
	serial = 0;
	make_pack("none.pack", "/bin/a", "one");
	p = load("[packs]\ngolden = %s/one.pack from 7 until 2999-12-31\n"
		 "retired = %s/one.pack from 1\ndenied = %s/none.pack from 0\n");
	if (!p)
		fail_msg("%s", errors);
	assert_int_equal(p->expires, 32503593600);
	policy_free(p);
	assert_refused("[packs]\ngolden = %s/one.pack from 8\n", "number 7, and is to have 8");
	assert_refused("[packs]\ngolden = %s/none.pack from 1\n", ":2: ");
	assert_refused("[packs]\ngolden = %s/one.pack\ndenied = %s/one.pack from 8\n", ":3: ");
	assert_refused("[packs]\ngolden = %s/one.pack from seven\n", ":2: ");
	assert_refused("[packs]\ngolden = %s/one.pack from 4294967296\n", ":2: ");
	assert_refused("[packs]\nretired = %s/one.pack until 2999-12-31\n", "only a golden pack");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_pattern_of_stars),
		cmocka_unit_test(test_patterns_by_the_rules),
		cmocka_unit_test(test_long_patterns),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_denied_although_golden),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_a_pack_is_a_policy),
		cmocka_unit_test(test_older_pack),
	};
	int failed = cmocka_run_group_tests(tests, packbed_setup, packbed_teardown);

	free(errors);
	return failed;
}
