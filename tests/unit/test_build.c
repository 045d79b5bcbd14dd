/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packs made from a root tree. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "packbed.h"

static void test_deterministic(void **state)
{
	static uint8_t a[65536], b[65536];
	size_t len;

	(void)state;
	packbed_build(packbed_path("a"), 5);
	packbed_build(packbed_path("b"), 5);
	len = packbed_read(packbed_path("a"), a, sizeof(a));
	assert_int_equal(packbed_read(packbed_path("b"), b, sizeof(b)), len);
	assert_memory_equal(a, b, len);
	packbed_build(packbed_path("b"), 6);
	packbed_read(packbed_path("b"), b, sizeof(b));
	assert_memory_not_equal(a, b, len);
}

static void count_progress(uint64_t done, uint64_t total, void *arg)
{
	assert_true(done <= total);
	*(uint64_t *)arg = done;
}

static void test_progress(void **state)
{
	uint64_t done = 0;
	const struct build_options options = {.name = "n",
					      .root = packbed_path("root"),
					      .progress = count_progress,
					      .arg = &done};

	(void)state;
	assert_int_equal(pack_build(packbed_path("progress"), &options, NULL, packbed_error), 0);
	assert_int_equal(done, 5);
}

static void assert_not_built(const char *root, const char *output, const char *name)
{
	const struct build_options options = {.name = name, .root = root};

	memset(packbed_error, 0, sizeof(packbed_error));
	assert_int_equal(pack_build(output, &options, NULL, packbed_error), -1);
	assert_int_not_equal(strlen(packbed_error), 0);
}

static void test_build_refuses(void **state)
{
	char longest[PACK_NAME_MAX + 1];
	struct stat st;

	(void)state;
	memset(longest, 'n', sizeof(longest));
	longest[PACK_NAME_MAX] = '\0';
	assert_not_built(packbed_path("nowhere"), packbed_path("no"), "n");
	assert_not_built(packbed_path("root/empty"), packbed_path("no"), "n");
	assert_not_built(packbed_path("root"), packbed_path("nowhere/no"), "n");
	assert_not_built(packbed_path("root"), packbed_path("root"), "n");
	assert_not_built(packbed_path("root"), packbed_path("no"), "");
	assert_not_built(packbed_path("root"), packbed_path("no"), longest);
	assert_not_built(packbed_path("root"), packbed_path("no"), "a\nb");
	packbed_dir("bare");
	assert_not_built(packbed_path("bare"), packbed_path("no"), "n");
	assert_int_equal(stat(packbed_path("no"), &st), -1);
}

static void test_failed_build_leaves_the_old_pack(void **state)
{
	static uint8_t before[65536], after[65536];
	size_t len;

	(void)state;
	packbed_build(packbed_path("old"), 1);
	len = packbed_read(packbed_path("old"), before, sizeof(before));
	assert_not_built(packbed_path("nowhere"), packbed_path("old"), "n");
	assert_int_equal(packbed_read(packbed_path("old"), after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
}

static int serial(const char *output, const char *wanted, uint32_t *out)
{
	packbed_error[0] = '\0';
	return build_serial(packbed_path(output), wanted, out, packbed_error);
}

/* Numbers only ever grow, and end where they end. */
static void test_serial(void **state)
{
	char root[4200];
	struct build_options options = {.name = "n", .root = root, .serial = 5};
	uint32_t n;

	(void)state;
	snprintf(root, sizeof(root), "%s", packbed_path("root"));
	assert_int_equal(serial("numbered", NULL, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(serial("numbered", "0", &n), 0);
	assert_int_equal(pack_build(packbed_path("numbered"), &options, NULL, packbed_error), 0);
	assert_int_equal(serial("numbered", NULL, &n), 0);
	assert_int_equal(n, 6);
	assert_int_equal(serial("numbered", "4294967295", &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(serial("numbered", "5", &n), -1);
	assert_non_null(strstr(packbed_error, "number 5"));
	assert_int_equal(serial("numbered", "4294967296", &n), -1);
	assert_int_equal(serial("numbered", "-1", &n), -1);
	assert_int_equal(serial("numbered", "", &n), -1);
	options.serial = UINT32_MAX;
	assert_int_equal(pack_build(packbed_path("numbered"), &options, NULL, packbed_error), 0);
	assert_int_equal(serial("numbered", NULL, &n), -1);
	assert_non_null(strstr(packbed_error, "last number"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_build_refuses),
		cmocka_unit_test(test_failed_build_leaves_the_old_pack),
		cmocka_unit_test(test_serial),
	};

	return cmocka_run_group_tests_name("build", tests, packbed_setup, packbed_teardown);
}
