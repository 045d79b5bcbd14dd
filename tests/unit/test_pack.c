/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a golden pack answers. */
#include "unit.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "golden/format.h"
#include "golden/writer.h"
#include "packbed.h"

static void test_info(void **state)
{
	struct pack *p;

	(void)state;
	packbed_build(packbed_path("info"), 1700000000);
	p = packbed_open(packbed_path("info"));
	assert_non_null(p);
	assert_string_equal(pack_info(p)->name, "test pack");
	assert_int_equal(pack_info(p)->built, 1700000000);
	assert_int_equal(pack_info(p)->paths, 5);
	assert_int_equal(pack_info(p)->digests, 4);
	pack_close(p);
	pack_close(NULL);
}

static void test_lookup(void **state)
{
	struct pack_answer a;
	struct pack *p;

	(void)state;
	packbed_build(packbed_path("lookup"), 0);
	p = packbed_open(packbed_path("lookup"));
	assert_int_equal(packbed_look(p, "list", "/usr/bin/ls", &a), PACK_GOOD);
	assert_int_equal(packbed_look(p, "list", "/usr/bin/dir", &a), PACK_GOOD);
	assert_int_equal(packbed_look(p, "", "/empty", &a), PACK_GOOD);
	assert_int_equal(packbed_look(p, "blank", "/usr/bin/with_blank", &a), PACK_GOOD);
	assert_int_equal(packbed_look(p, "evil", "/usr/bin/evil", &a), PACK_UNKNOWN);
	assert_null(a.expected);
	assert_null(a.path);
	assert_int_equal(packbed_look(p, "transient", "/tmp/left-over", &a), PACK_UNKNOWN);
	assert_int_equal(packbed_look(p, "transient", "/proc/version", &a), PACK_UNKNOWN);
	/* Links are not files, and none is followed. */
	assert_int_equal(packbed_look(p, "evil", "/usr/bin/link", &a), PACK_UNKNOWN);
	/* A path is whole or not known at all. */
	assert_int_equal(packbed_look(p, "evil", "/usr/bin/l", &a), PACK_UNKNOWN);
	assert_int_equal(packbed_look(p, "evil", "", &a), PACK_UNKNOWN);
	pack_close(p);
}

static void test_explanations(void **state)
{
	struct pack_answer a;
	struct pack *p;
	uint8_t list[32];

	(void)state;
	EVP_Digest("list", 4, list, NULL, EVP_sha256(), NULL);
	packbed_build(packbed_path("explain"), 0);
	p = packbed_open(packbed_path("explain"));
	assert_int_equal(packbed_look(p, "evil", "/usr/bin/ls", &a), PACK_OTHER_DIGEST);
	assert_string_equal(a.alg->name, "sha256");
	assert_memory_equal(a.expected, list, 32);
	assert_null(a.path);
	assert_int_equal(packbed_look(p, "list", "/home/me/ls", &a), PACK_ELSEWHERE);
	assert_null(a.expected);
	assert_int_equal(a.path_len, strlen("/usr/bin/dir"));
	assert_memory_equal(a.path, "/usr/bin/dir", a.path_len);
	assert_int_equal(packbed_look(p, "concatenate", "/usr/bin/ls", &a), PACK_ELSEWHERE);
	assert_memory_equal(a.expected, list, 32);
	assert_memory_equal(a.path, "/usr/bin/cat", a.path_len);
	pack_close(p);
}

static void test_other_algorithm(void **state)
{
	const uint8_t digest[64] = {1};
	struct pack_answer a;
	struct pack *p;

	(void)state;
	packbed_build(packbed_path("alg"), 0);
	p = packbed_open(packbed_path("alg"));
	assert_int_equal(pack_lookup(p, alg_by_name("sha1", 4), digest, "/usr/bin/ls", 11, &a),
			 PACK_OTHER_DIGEST);
	assert_string_equal(a.alg->name, "sha256");
	assert_int_equal(pack_lookup(p, alg_by_name("sha512", 6), digest, "/x", 2, &a),
			 PACK_UNKNOWN);
	pack_close(p);
}

static void test_longest_path(void **state)
{
	static char path[PACK_PATH_MAX + 2];
	const uint8_t digest[32] = {1};
	struct pack_answer a;
	struct pack *p;

	(void)state;
	memset(path, 'a', sizeof(path));
	packbed_build(packbed_path("long"), 0);
	p = packbed_open(packbed_path("long"));
	for (uint32_t len = PACK_PATH_MAX - 1; len < sizeof(path); len++)
		assert_int_equal(pack_lookup(p, alg_by_id(2), digest, path, len, &a), PACK_UNKNOWN);
	pack_close(p);
}

static void test_several_digests_of_a_path(void **state)
{
	uint8_t d[3][32] = {{1}, {2}, {3}};
	const struct alg *sha256 = alg_by_id(2);
	struct golden golden[] = {
		{"/a", sha256, d[1], NULL},   {"/a", sha256, d[0], NULL},
		{"/a", sha256, d[1], NULL},   {"/a", alg_by_id(1), d[2], NULL},
		{"/x y", sha256, d[0], NULL}, {"/x_y", sha256, d[1], NULL},
	};
	struct pack_answer a;
	struct pack *p;
	int fd = open(packbed_path("several"), O_RDWR | O_CREAT, 0644);

	(void)state;
	assert_int_equal(
		pack_write(fd, golden, ARRAY_SIZE(golden), &(struct pack_label){.name = "n"}), 0);
	p = pack_open(fd, packbed_error);
	close(fd);
	assert_non_null(p);
	assert_int_equal(pack_info(p)->paths, 2);
	assert_int_equal(pack_info(p)->digests, 3);
	assert_int_equal(pack_lookup(p, sha256, d[0], "/a", 2, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, sha256, d[1], "/a", 2, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, alg_by_id(1), d[2], "/a", 2, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, sha256, d[0], "/x_y", 4, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, sha256, d[1], "/x_y", 4, &a), PACK_GOOD);
	/* The digest expected is one of the algorithm asked for. */
	assert_int_equal(pack_lookup(p, sha256, d[2], "/a", 2, &a), PACK_OTHER_DIGEST);
	assert_ptr_equal(a.alg, sha256);
	assert_memory_equal(a.expected, d[0], 32);
	pack_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_explanations),
		cmocka_unit_test(test_other_algorithm),
		cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_several_digests_of_a_path),
	};

	return cmocka_run_group_tests_name("pack", tests, packbed_setup, packbed_teardown);
}
