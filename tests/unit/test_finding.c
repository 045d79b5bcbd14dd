/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a finding says, and what policy may make of it. */
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attest/verify.h"
#include "golden/writer.h"
#include "imalog.h"

static struct shelf shelf;
static struct verifier v;
static struct imalog l;
static struct finding f;

/* Golden: /bin/a and /bin/b with the digests that imalog gives them. */
static int make_pack(void **state)
{
	uint8_t a[32], b[32];
	struct golden golden[] = {{"/bin/a", alg_by_id(2), a, "coreutils 9.1-1"},
				  {"/bin/b", alg_by_id(2), b, NULL}};
	int fd = memfd_create("pack", MFD_CLOEXEC);
	char error[PACK_ERROR_MAX];
	struct pack *pack;

	(void)state;
	imalog_digest("/bin/a", a, sizeof(a));
	imalog_digest("/bin/b", b, sizeof(b));
	if (pack_write(fd, golden, ARRAY_SIZE(golden), &(struct pack_label){.name = "test"}))
		return -1;
	pack = pack_open(fd, error);
	close(fd);
	return pack ? shelf_add(&shelf, SHELF_GOLDEN, pack, 0) : -1;
}

static int drop_pack(void **state)
{
	(void)state;
	shelf_clear(&shelf);
	return 0;
}

static int start(void **state)
{
	(void)state;
	imalog_init(&l);
	return verifier_init(&v, &shelf, REPLAY_DEFAULT_BANKS);
}

static int stop(void **state)
{
	(void)state;
	verifier_destroy(&v);
	imalog_free(&l);
	return 0;
}

/* Verifies record @i and checks what came of it. */
static void assert_record(size_t i, enum finding_class class, enum finding_action action)
{
	char text[FINDING_TEXT_MAX];
	size_t len;
	const uint8_t *p = imalog_record(&l, i, &len);
	uint8_t *copy = malloc(len);

	memcpy(copy, p, len);
	assert_int_equal(verify_record(&v, copy, len, &f), action);
	assert_string_equal(finding_class_name(f.class), finding_class_name(class));
	assert_int_equal(f.action, action);
	assert_int_equal(f.index, i);
	assert_non_null(f.reason);
	finding_describe(&f, text);
	for (const char *c = text; *c; c++)
		assert_true(*c >= ' ' && *c <= '~');
	free(copy);
}

static void add(const char *path)
{
	imalog_add(&l, &(struct imalog_entry){.path = path});
}

static void add_as(const char *path, const char *content_of)
{
	uint8_t digest[32];

	imalog_digest(content_of, digest, sizeof(digest));
	imalog_add(&l, &(struct imalog_entry){.path = path, .digest = digest});
}

static void test_description(void **state)
{
	char text[FINDING_TEXT_MAX];
	size_t len;
	const uint8_t *p;

	(void)state;
	imalog_boot(&l, NULL);
	add_as("/bin/a", "/tmp/\x1b[2J");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	p = imalog_record(&l, 1, &len);
	verify_record(&v, p, len, &f);
	finding_describe(&f, text);
	assert_non_null(strstr(text, "wrong-digest: record 1 /bin/a found sha256:"));
	assert_non_null(strstr(text, " expected sha256:"));
	assert_non_null(strstr(text, ": the path is golden with other content"));
}

static void test_hostile_path_is_escaped(void **state)
{
	char path[4000], text[FINDING_TEXT_MAX];
	const uint8_t *p;
	size_t len;

	(void)state;
	imalog_boot(&l, NULL);
	memset(path, '\n', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	add(path);
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	p = imalog_record(&l, 1, &len);
	verify_record(&v, p, len, &f);
	assert_int_equal(f.path_len, sizeof(path) - 1);
	finding_describe(&f, text);
	assert_null(strchr(text, '\n'));
	assert_non_null(strstr(text, "\\x0a\\x0a..."));
	assert_non_null(strstr(text, "neither the path nor the content is golden"));
}

static void test_no_pack_is_never_good(void **state)
{
	(void)state;
	v.shelf = NULL;
	imalog_boot(&l, NULL);
	add("/bin/a");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_NO_PACK, ACTION_UNKNOWN);
	assert_int_equal(v.worst, ACTION_UNKNOWN);
}

static void test_mismatch_names_the_file(void **state)
{
	const uint8_t *p;
	size_t len;

	(void)state;
	imalog_boot(&l, NULL);
	add("/bin/a");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	l.buf[l.start[1] + 4] ^= 1;
	p = imalog_record(&l, 1, &len);
	assert_int_equal(verify_record(&v, p, len, &f), ACTION_DANGER);
	assert_int_equal(f.class, FINDING_MISMATCH);
	assert_memory_equal(f.path, "/bin/a", 6);
}

static void test_actions(void **state)
{
	(void)state;
	assert_int_equal(verifier_set_action(&v, FINDING_UNKNOWN_FILE, ACTION_WARN), 0);
	assert_int_equal(verifier_set_action(&v, FINDING_ELSEWHERE, ACTION_DANGER), 0);
	assert_int_equal(verifier_set_action(&v, FINDING_MISMATCH, ACTION_DANGER), 0);
	imalog_boot(&l, NULL);
	add("/tmp/evil");
	add_as("/root/copy", "/bin/a");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_UNKNOWN_FILE, ACTION_WARN);
	assert_record(2, FINDING_ELSEWHERE, ACTION_DANGER);
}

static void test_what_no_policy_can_allow(void **state)
{
	static const enum finding_class fixed[] = {
		FINDING_NO_PACK,      FINDING_LOG_START, FINDING_RESTART,  FINDING_BAD_RECORD,
		FINDING_BAD_TEMPLATE, FINDING_MISMATCH,	 FINDING_INTERNAL,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		assert_int_equal(verifier_set_action(&v, fixed[i], ACTION_ALLOW), -1);
		assert_int_equal(verifier_set_action(&v, fixed[i], ACTION_WARN), -1);
		assert_true(v.action[fixed[i]] >= ACTION_UNKNOWN);
	}
}

static void test_reset(void **state)
{
	(void)state;
	verifier_set_action(&v, FINDING_UNKNOWN_FILE, ACTION_WARN);
	imalog_boot(&l, NULL);
	add("/bin/a");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_GOOD, ACTION_ALLOW);
	v.worst = ACTION_DANGER;
	verifier_reset(&v);
	assert_int_equal(v.records, 0);
	assert_int_equal(v.count[FINDING_GOOD], 0);
	assert_int_equal(v.worst, ACTION_ALLOW);
	assert_int_equal(v.action[FINDING_UNKNOWN_FILE], ACTION_WARN);
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_GOOD, ACTION_ALLOW);
	assert_memory_equal(replay_pcr(v.replay, 0, 10), l.sha1[10], 20);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < FINDING_CLASSES; i++) {
		assert_non_null(finding_class_name(i));
		assert_int_equal(finding_class_by_name(finding_class_name(i)), i);
	}
	for (int i = ACTION_ALLOW; i <= ACTION_DANGER; i++)
		assert_int_equal(finding_action_by_name(finding_action_name(i)), i);
	assert_int_equal(finding_class_by_name("nonsense"), -1);
	assert_int_equal(finding_action_by_name("deny"), -1);
}

static void test_banks_refused(void **state)
{
	struct verifier w;

	(void)state;
	assert_int_equal(verifier_init(&w, &shelf, "md6"), -1);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, stop)

/* The same content at another path than the excluded one. */
static void test_moved_out_of_an_exclusion(void **state)
{
	uint8_t digest[32];

	(void)state;
	imalog_digest("worm", digest, sizeof(digest));
	shelf.exclude[shelf.excludes++] = strdup("/tmp/**");
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "/usr/bin/worm", .digest = digest});
	imalog_add(&l, &(struct imalog_entry){.path = "/tmp/worm", .digest = digest});
	imalog_add(&l, &(struct imalog_entry){.path = "/usr/bin/worm-2", .digest = digest});
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a", .digest = digest});
	imalog_add(&l, &(struct imalog_entry){.path = "/usr/bin/other"});
	assert_int_equal(verifier_set_action(&v, FINDING_UNKNOWN_FILE, ACTION_WARN), 0);
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_UNKNOWN_FILE, ACTION_WARN);
	assert_record(2, FINDING_EXCLUDED, ACTION_ALLOW);
	assert_record(3, FINDING_MOVED, ACTION_DANGER);
	assert_record(4, FINDING_MOVED, ACTION_DANGER);
	assert_record(5, FINDING_UNKNOWN_FILE, ACTION_WARN);
	verifier_reset(&v); /* a new boot has seen nothing */
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_UNKNOWN_FILE, ACTION_WARN);
	free(shelf.exclude[--shelf.excludes]);
}

/* However many there are, memory is bounded, and those that fit are known. */
static void test_seen_is_bounded(void **state)
{
	struct seen s = {0};
	uint8_t digest[32] = {0};
	struct ima_entry e = {.alg = alg_by_id(2), .digest = digest, .digest_len = 32};

	(void)state;
	assert_false(seen_has(&s, &e));
	for (uint32_t i = 0; i < SEEN_MAX + 100; i++) {
		memcpy(digest, &i, sizeof(i));
		seen_add(&s, &e);
		seen_add(&s, &e);
		assert_int_equal(seen_has(&s, &e), i < SEEN_MAX);
	}
	assert_int_equal(s.n, SEEN_MAX);
	memset(digest, 0, sizeof(digest));
	assert_true(seen_has(&s, &e));
	e.verity = true;
	assert_false(seen_has(&s, &e));
	seen_clear(&s);
	assert_false(seen_has(&s, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_description),
		CASE(test_hostile_path_is_escaped),
		CASE(test_no_pack_is_never_good),
		CASE(test_mismatch_names_the_file),
		CASE(test_actions),
		CASE(test_what_no_policy_can_allow),
		CASE(test_reset),
		CASE(test_names),
		CASE(test_moved_out_of_an_exclusion),
		CASE(test_seen_is_bounded),
		CASE(test_banks_refused),
	};

	return cmocka_run_group_tests_name("finding", tests, make_pack, drop_pack);
}
