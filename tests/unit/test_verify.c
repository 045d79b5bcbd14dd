/* SPDX-License-Identifier: GPL-2.0-or-later */
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

static void test_golden_log(void **state)
{
	(void)state;
	imalog_boot(&l, NULL);
	add("/bin/a");
	add("/bin/b");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_GOOD, ACTION_ALLOW);
	assert_record(2, FINDING_GOOD, ACTION_ALLOW);
	assert_int_equal(f.pcr, 10);
	assert_int_equal(v.records, 3);
	assert_int_equal(v.count[FINDING_GOOD], 2);
	assert_int_equal(v.worst, ACTION_ALLOW);
	assert_memory_equal(replay_pcr(v.replay, 1, 10), l.sha256[10], 32);
}

static void test_unknown_wrong_and_elsewhere(void **state)
{
	(void)state;
	imalog_boot(&l, NULL);
	add("/tmp/evil");
	add_as("/bin/a", "/tmp/evil");
	add_as("/root/copy", "/bin/a");
	add_as("/bin/a", "/bin/b");
	add("/bin/a");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_UNKNOWN_FILE, ACTION_DANGER);
	assert_int_equal(f.found_len, 32);
	assert_record(2, FINDING_WRONG_DIGEST, ACTION_DANGER);
	assert_non_null(f.expected);
	assert_string_equal(f.expected_alg->name, "sha256");
	assert_record(3, FINDING_ELSEWHERE, ACTION_ALLOW);
	assert_int_equal(f.nearest_len, 6);
	assert_memory_equal(f.nearest, "/bin/a", 6);
	assert_record(4, FINDING_SWAPPED, ACTION_DANGER);
	assert_memory_equal(f.nearest, "/bin/b", 6);
	assert_non_null(f.expected);
	/* What was bad does not hide what comes later, nor does that wipe it out. */
	assert_record(5, FINDING_GOOD, ACTION_ALLOW);
	assert_int_equal(v.worst, ACTION_DANGER);
}

static void test_start_of_log(void **state)
{
	(void)state;
	add("/bin/a");
	assert_record(0, FINDING_LOG_START, ACTION_DANGER);
	stop(state);
	start(state);
	imalog_add(&l, &(struct imalog_entry){.path = "boot_aggregate"});
	assert_record(0, FINDING_BOOT_AGGREGATE, ACTION_WARN);
	stop(state);
	start(state);
	imalog_add(&l, &(struct imalog_entry){.path = "boot_aggregate", .violation = true});
	assert_record(0, FINDING_VIOLATION, ACTION_DANGER);
	stop(state);
	start(state);
	imalog_add(&l, &(struct imalog_entry){.path = "boot_aggregate_late"});
	assert_record(0, FINDING_BOOT_AGGREGATE, ACTION_WARN);
	stop(state);
	start(state);
	imalog_boot(&l, "ima");
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
}

static void test_second_boot_aggregate(void **state)
{
	(void)state;
	imalog_boot(&l, NULL);
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "boot_aggregate"});
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_RESTART, ACTION_DANGER);
	assert_record(2, FINDING_RESTART, ACTION_DANGER);
}

static void test_violation(void **state)
{
	(void)state;
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a", .violation = true});
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_VIOLATION, ACTION_DANGER);
	assert_int_equal(f.path_len, 6);
}

static void test_buffer(void **state)
{
	(void)state;
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.template = "ima-buf",
					      .path = "kexec-cmdline",
					      .extra = "quiet",
					      .extra_len = 5});
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_BUFFER, ACTION_WARN);
}

static void test_other_digests(void **state)
{
	(void)state;
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a", .alg = "sha1"});
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a", .alg = "streebog256"});
	imalog_add(&l, &(struct imalog_entry){.template = "ima-ngv2",
					      .path = "/bin/a",
					      .extra = "verity",
					      .extra_len = 6});
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_UNKNOWN_ALG, ACTION_DANGER);
	assert_record(2, FINDING_UNKNOWN_ALG, ACTION_DANGER);
	/* The digest of a Merkle tree is not that of the content, whatever its bytes. */
	assert_record(3, FINDING_UNKNOWN_ALG, ACTION_DANGER);
}

static void test_bad_records(void **state)
{
	const uint8_t *p;
	uint8_t *more;
	size_t len;

	(void)state;
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.template = "n-ng|sig", .path = "/bin/a"});
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_BAD_TEMPLATE, ACTION_DANGER);
	p = imalog_record(&l, 1, &len);
	assert_int_equal(verify_record(&v, p, len - 1, &f), ACTION_DANGER);
	assert_int_equal(f.class, FINDING_BAD_RECORD);
	assert_int_equal(f.index, 2);
	assert_int_equal(verify_record(&v, p, 0, &f), ACTION_DANGER);
	assert_int_equal(f.class, FINDING_BAD_RECORD);
	more = calloc(1, len + 1);
	memcpy(more, p, len);
	assert_int_equal(verify_record(&v, more, len + 1, &f), ACTION_DANGER);
	assert_int_equal(f.class, FINDING_BAD_RECORD);
	assert_non_null(strstr(f.reason, "follow the record"));
	free(more);
	assert_int_equal(v.count[FINDING_BAD_RECORD], 3);
}

/* What only a later kernel's template says nobody knows here; never is it the start of a log. */
static void test_unknown_template(void **state)
{
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.template = "ima-xy", .path = "/bin/a"});
	imalog_add(&l, &(struct imalog_entry){.template = "n-ng|digest", .path = "/bin/a"});
	imalog_add(&l, &(struct imalog_entry){.template = "n-ng|d-ng|new", .path = "/bin/a"});
	imalog_add(&l, &(struct imalog_entry){.template = "ima-xy", .path = "/bin/b"});
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_UNKNOWN_TEMPLATE, ACTION_DANGER);
	assert_record(2, FINDING_UNKNOWN_TEMPLATE, ACTION_DANGER);
	assert_record(3, FINDING_GOOD, ACTION_ALLOW);
	assert_int_equal(verifier_set_action(&v, FINDING_UNKNOWN_TEMPLATE, ACTION_WARN), 0);
	assert_record(4, FINDING_UNKNOWN_TEMPLATE, ACTION_WARN);
	stop(state);
	start(state);
	assert_int_equal(verifier_set_action(&v, FINDING_UNKNOWN_TEMPLATE, ACTION_WARN), 0);
	imalog_add(&l, &(struct imalog_entry){.template = "ima-xy", .path = "boot_aggregate"});
	assert_record(0, FINDING_BAD_TEMPLATE, ACTION_DANGER);
}

/* Only PCR 10 is proven: what goes to another may be left out, or invented. */
static void test_other_pcr(void **state)
{
	(void)state;
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a", .pcr = 11});
	imalog_add(&l, &(struct imalog_entry){.path = "/tmp/evil", .pcr = 16});
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a", .pcr = 15});
	imalog_add(&l, &(struct imalog_entry){.path = "/tmp/evil", .pcr = 23});
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
	assert_record(1, FINDING_OTHER_PCR, ACTION_DANGER);
	assert_int_equal(f.pcr, 11);
	assert_record(2, FINDING_UNKNOWN_FILE, ACTION_DANGER);
	assert_int_equal(verifier_set_action(&v, FINDING_OTHER_PCR, ACTION_WARN), 0);
	assert_record(3, FINDING_OTHER_PCR, ACTION_WARN);
	/* What a policy lets pass hides nothing. */
	assert_record(4, FINDING_UNKNOWN_FILE, ACTION_DANGER);
}

/* IMA with a TPM of its own: the start that it saw must be the one that dom0 measured. */
static void test_measured_start(void **state)
{
	struct verify_boot boot = {.known = true};

	imalog_digest("start", boot.sha1, sizeof(boot.sha1));
	imalog_digest("other start", boot.sha256, sizeof(boot.sha256));
	for (int i = 0; i < 3; i++) {
		stop(state);
		start(state);
		verifier_set_boot(&v, &boot);
		imalog_add(&l, &(struct imalog_entry){.path = "boot_aggregate",
						      .alg = i == 0 ? "sha1" : "sha256",
						      .digest = i == 0	 ? boot.sha1
								: i == 1 ? boot.sha256
									 : NULL});
		assert_record(0, i < 2 ? FINDING_GOOD : FINDING_BOOT_MISMATCH,
			      i < 2 ? ACTION_ALLOW : ACTION_DANGER);
	}
	stop(state);
	start(state);
	verifier_set_boot(&v, &boot);
	imalog_boot(&l, NULL);
	assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
}

/* No byte of a golden record can be changed without it being noticed. */
static void test_every_flip_is_noticed(void **state)
{
	static const char *const templates[] = {"ima-sig", "ima-ng", "ima-sigv2", "d-ng|n-ng"};

	for (size_t t = 0; t < ARRAY_SIZE(templates); t++) {
		size_t len;
		const uint8_t *p;
		uint8_t copy[256];

		stop(state);
		start(state);
		imalog_boot(&l, NULL);
		imalog_add(&l, &(struct imalog_entry){.template = templates[t], .path = "/bin/a"});
		assert_record(0, FINDING_BYPASS, ACTION_ALLOW);
		assert_record(1, FINDING_GOOD, ACTION_ALLOW);
		p = imalog_record(&l, 1, &len);
		assert_true(len <= sizeof(copy));
		for (size_t bit = 0; bit < 8 * len; bit++) {
			enum finding_action action;

			memcpy(copy, p, len);
			copy[bit / 8] ^= (uint8_t)(1U << bit % 8);
			action = verify_record(&v, copy, len, &f);
			assert_int_equal(action, ACTION_DANGER);
		}
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_golden_log),	     CASE(test_unknown_wrong_and_elsewhere),
		CASE(test_start_of_log),     CASE(test_second_boot_aggregate),
		CASE(test_violation),	     CASE(test_buffer),
		CASE(test_other_digests),    CASE(test_bad_records),
		CASE(test_unknown_template), CASE(test_other_pcr),
		CASE(test_measured_start),   CASE(test_every_flip_is_noticed),
	};

	return cmocka_run_group_tests_name("verify", tests, make_pack, drop_pack);
}
