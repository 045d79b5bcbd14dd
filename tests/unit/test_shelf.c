/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several packs: which of them decides, and what a deny list can't be asked. */
#include "packbed.h"

#include <openssl/evp.h>

#include "golden/publish.h"
#include "golden/shelf.h"

static struct shelf shelf;
static struct pack_answer answer;

static int stop(void **state)
{
	(void)state;
	shelf_clear(&shelf);
	return 0;
}

static const uint8_t *digest_of(const struct alg *alg, const char *content)
{
	static uint8_t digest[EVP_MAX_MD_SIZE];
	const EVP_MD *md = EVP_get_digestbyname(alg->name);

	assert_int_equal(EVP_Digest(content, strlen(content), digest, NULL, md, NULL), 1);
	return digest;
}

/* A value of one more path; values_free()'s are the caller's. */
static void put(struct values *v, const char *alg_name, const char *path, const char *content)
{
	const struct alg *alg = alg_by_name(alg_name, strlen(alg_name));

	assert_int_equal(values_add(v, path, strlen(path), alg, digest_of(alg, content)), 0);
}

/* A pack of these values, on the shelf. */
static void shelve(enum shelf_kind kind, struct values *v)
{
	const char *name = packbed_path("a.pack");
	struct pack *pack;

	if (publish(name, v, &(struct pack_label){.name = "a"}, NULL, packbed_error))
		fail_msg("%s", packbed_error);
	values_free(v);
	pack = packbed_open(name);
	assert_non_null(pack);
	assert_int_equal(shelf_add(&shelf, kind, pack, 0), 0);
}

static void shelve_one(enum shelf_kind kind, const char *alg, const char *path, const char *content)
{
	struct values v = {0};

	put(&v, alg, path, content);
	shelve(kind, &v);
}

static enum shelf_class look(const char *alg_name, const char *path, const char *content)
{
	const struct alg *alg = alg_by_name(alg_name, strlen(alg_name));

	return shelf_lookup(&shelf, alg, digest_of(alg, content), path, (uint32_t)strlen(path),
			    &answer);
}

/* What the last pack says of the path outdoes what the first says of the content. */
static void test_path_before_content(void **state)
{
	(void)state;
	shelve_one(SHELF_GOLDEN, "sha256", "/bin/old", "content");
	shelve_one(SHELF_GOLDEN, "sha256", "/bin/new", "other");
	shelve_one(SHELF_GOLDEN, "sha256", "/bin/new", "content");
	assert_int_equal(look("sha256", "/bin/new", "content"), SHELF_GOOD);
	assert_null(answer.path);
	assert_int_equal(look("sha256", "/bin/old", "other"), SHELF_ELSEWHERE);
	assert_int_equal(answer.path_len, strlen("/bin/new"));
	assert_memory_equal(answer.path, "/bin/new", answer.path_len);
	assert_non_null(answer.expected);
	assert_int_equal(look("sha256", "/bin/none", "content"), SHELF_ELSEWHERE);
	assert_memory_equal(answer.path, "/bin/old", answer.path_len);
	assert_null(answer.expected);
	assert_int_equal(look("sha256", "/bin/none", "none"), SHELF_UNKNOWN);
}

/* A pack with another kind of digest of the path must not hide that the content is a wrong one. */
static void test_expected_is_of_the_measured_algorithm(void **state)
{
	(void)state;
	shelve_one(SHELF_GOLDEN, "sha1", "/bin/a", "content");
	shelve_one(SHELF_GOLDEN, "sha256", "/bin/a", "content");
	shelve_one(SHELF_GOLDEN, "sha512", "/bin/a", "content");
	assert_int_equal(look("sha256", "/bin/a", "evil"), SHELF_OTHER_DIGEST);
	assert_string_equal(answer.alg->name, "sha256");
	assert_memory_equal(answer.expected, digest_of(answer.alg, "content"), 32);
	assert_int_equal(look("sha384", "/bin/a", "evil"), SHELF_OTHER_DIGEST);
	assert_string_equal(answer.alg->name, "sha1");
}

static void test_retired_is_of_the_path(void **state)
{
	(void)state;
	shelve_one(SHELF_GOLDEN, "sha256", "/bin/a", "new");
	shelve_one(SHELF_RETIRED, "sha256", "/bin/b", "older");
	shelve_one(SHELF_RETIRED, "sha256", "/bin/a", "old");
	assert_int_equal(look("sha256", "/bin/a", "old"), SHELF_OUTDATED);
	assert_int_equal(look("sha256", "/bin/a", "older"), SHELF_OTHER_DIGEST);
	assert_memory_equal(answer.expected, digest_of(answer.alg, "new"), 32);
	assert_int_equal(look("sha256", "/bin/c", "old"), SHELF_UNKNOWN);
}

static void test_denied_is_content(void **state)
{
	(void)state;
	shelve_one(SHELF_GOLDEN, "sha256", "/bin/a", "worm");
	shelve_one(SHELF_DENIED, "sha256", "/tmp/x", "virus");
	shelve_one(SHELF_DENIED, "sha256", "/tmp/worm", "worm");
	assert_int_equal(look("sha256", "/bin/a", "worm"), SHELF_DENIED_DIGEST);
	assert_memory_equal(answer.path, "/tmp/worm", answer.path_len);
	assert_null(answer.expected);
	assert_int_equal(look("sha256", "/tmp/worm", "harmless"), SHELF_UNKNOWN);
}

/* The guest chooses its algorithm: a deny list without it knows nothing, and so nobody does. */
static void test_denied_can_not_be_asked(void **state)
{
	struct values v = {0};

	(void)state;
	shelve_one(SHELF_GOLDEN, "sha1", "/bin/a", "worm");
	put(&v, "sha256", "/tmp/worm", "worm");
	put(&v, "sha256", "/tmp/virus", "virus");
	put(&v, "sha512", "/tmp/virus", "virus");
	shelve(SHELF_DENIED, &v);
	assert_int_equal(look("sha1", "/bin/a", "worm"), SHELF_UNDECIDED);
	assert_int_equal(look("sha512", "/tmp/virus", "virus"), SHELF_DENIED_DIGEST);
	assert_int_equal(look("sha512", "/tmp/worm", "worm"), SHELF_UNDECIDED);
	assert_int_equal(look("sha256", "/bin/b", "other"), SHELF_UNKNOWN);
	shelve_one(SHELF_DENIED, "sha1", "/tmp/other", "other");
	assert_int_equal(look("sha256", "/bin/b", "harmless"), SHELF_UNDECIDED);
	assert_int_equal(look("sha256", "/bin/b", "worm"), SHELF_DENIED_DIGEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_path_before_content, stop),
		cmocka_unit_test_teardown(test_expected_is_of_the_measured_algorithm, stop),
		cmocka_unit_test_teardown(test_retired_is_of_the_path, stop),
		cmocka_unit_test_teardown(test_denied_is_content, stop),
		cmocka_unit_test_teardown(test_denied_can_not_be_asked, stop),
	};

	return cmocka_run_group_tests(tests, packbed_setup, packbed_teardown);
}
