/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds that are interrupted and go on, with digests of any algorithm, and never unsigned. */
#include "packbed.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/alg.h"
#include "golden/sign.h"

#define ARCHIVES 3

static char paths[ARCHIVES][256];
static char *const sources[ARCHIVES] = {paths[0], paths[1], paths[2]};

static void make_tar(int n)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	char text[32];
	int len;

	archive_write_set_format_pax_restricted(a);
	assert_int_equal(archive_write_open_filename(a, paths[n]), ARCHIVE_OK);
	snprintf(text, sizeof(text), "usr/bin/p%d", n);
	archive_entry_set_pathname(e, text);
	len = snprintf(text, sizeof(text), "program %d", n);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0755);
	archive_entry_set_size(e, len);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, text, (size_t)len), len);
	archive_entry_free(e);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

/* The last one is cut off: a build reads the others, and fails. */
static int set_up(void **state)
{
	int rc = packbed_setup(state);

	for (int i = 0; i < ARCHIVES; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s", packbed_path("a.tar"));
		paths[i][strlen(paths[i]) - 5] = (char)('a' + i);
		make_tar(i);
	}
	return rc;
}

static int build_as(const char *output, const struct alg *alg, const char *key, uint64_t *resumed)
{
	struct build_result result = {0};
	const struct build_options options = {.name = "n",
					      .source = sources,
					      .sources = ARCHIVES,
					      .alg = alg,
					      .key = key,
					      .built = 1};
	int rc = pack_build(output, &options, &result, packbed_error);

	*resumed = result.resumed;
	return rc;
}

static void interrupt(const char *output)
{
	uint64_t resumed;

	assert_int_equal(truncate(paths[2], 600), 0);
	assert_int_equal(build_as(output, NULL, NULL, &resumed), -1);
	assert_int_not_equal(access(output, F_OK), 0);
	make_tar(2);
}

static void assert_same(const char *a, const char *b)
{
	static uint8_t one[65536], other[65536];
	size_t n = packbed_read(a, one, sizeof(one));

	assert_int_equal(packbed_read(b, other, sizeof(other)), n);
	assert_memory_equal(one, other, n);
}

static void names(char *output, char *partial, size_t size, const char *name)
{
	snprintf(output, size, "%s", packbed_path(name));
	snprintf(partial, size + 8, "%s.partial", output);
}

static void goes_on(void **state)
{
	char output[256], partial[264];
	uint64_t resumed;

	(void)state;
	names(output, partial, sizeof(output), "whole");
	assert_int_equal(build_as(output, NULL, NULL, &resumed), 0);
	assert_int_equal(resumed, 0);
	assert_int_not_equal(access(partial, F_OK), 0);
	names(output, partial, sizeof(output), "halted");
	interrupt(output);
	assert_int_equal(access(partial, F_OK), 0);
	assert_int_equal(build_as(output, NULL, NULL, &resumed), 0);
	assert_int_equal(resumed, ARCHIVES - 1);
	assert_int_not_equal(access(partial, F_OK), 0);
	assert_same(output, packbed_path("whole"));
}

/* Cut anywhere, as a crash leaves it, or changed: what is not whole is read again. */
static void damaged(void **state)
{
	static uint8_t kept[65536], all[65536];
	char output[256], partial[264];
	uint64_t resumed;
	size_t len;

	(void)state;
	names(output, partial, sizeof(output), "damaged");
	interrupt(output);
	len = packbed_read(partial, kept, sizeof(kept));
	for (size_t at = 0; at < len; at += 7) {
		memcpy(all, kept, len);
		all[at] ^= 1;
		unlink(partial);
		packbed_write(partial, all, len);
		assert_int_equal(chmod(partial, 0600), 0);
		assert_int_equal(build_as(output, NULL, NULL, &resumed), 0);
		assert_true(resumed < ARCHIVES);
		assert_same(output, packbed_path("whole"));
		packbed_write(partial, kept, at);
		assert_int_equal(chmod(partial, 0600), 0);
		assert_int_equal(build_as(output, NULL, NULL, &resumed), 0);
		assert_true(resumed < ARCHIVES - 1);
		assert_same(output, packbed_path("whole"));
	}
}

static void not_of_others(void **state)
{
	char output[256], partial[264];
	uint64_t resumed;

	(void)state;
	names(output, partial, sizeof(output), "shared");
	interrupt(output);
	assert_int_equal(chmod(partial, 0666), 0);
	assert_int_equal(build_as(output, NULL, NULL, &resumed), -1);
	assert_non_null(strstr(packbed_error, "yours alone"));
	assert_int_equal(unlink(partial), 0);
	assert_int_equal(symlink("/etc/passwd", partial), 0);
	assert_int_equal(build_as(output, NULL, NULL, &resumed), -1);
	assert_int_equal(unlink(partial), 0);
}

static void any_algorithm(void **state)
{
	const struct alg *alg = alg_by_name("sha3-512", 8);
	char output[256], partial[264];
	struct pack_answer answer;
	uint8_t digest[64];
	uint64_t resumed;
	struct pack *p;

	(void)state;
	names(output, partial, sizeof(output), "sha3");
	interrupt(output);
	assert_int_equal(build_as(output, alg, NULL, &resumed), 0);
	assert_int_equal(resumed, 0); /* those had other digests */
	p = packbed_open(output);
	assert_non_null(p);
	EVP_Digest("program 1", 9, digest, NULL, EVP_sha3_512(), NULL);
	assert_int_equal(pack_lookup(p, alg, digest, "/usr/bin/p1", 11, &answer), PACK_GOOD);
	assert_int_not_equal(packbed_look(p, "program 1", "/usr/bin/p1", &answer), PACK_GOOD);
	pack_close(p);
}

/* A pack that can't be signed does not appear, and does not take an old one's place. */
static void never_unsigned(void **state)
{
	char output[256], partial[264], key[256];
	uint64_t resumed;

	(void)state;
	names(output, partial, sizeof(output), "signed");
	snprintf(key, sizeof(key), "%s", packbed_path("key"));
	assert_int_equal(build_as(output, NULL, key, &resumed), -1);
	assert_int_not_equal(access(output, F_OK), 0);
	assert_int_equal(sign_keygen(key, packbed_error), 0);
	assert_int_equal(build_as(output, NULL, key, &resumed), 0);
	assert_int_equal(resumed, ARCHIVES); /* nothing had to be read again */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on),	  cmocka_unit_test(damaged),
		cmocka_unit_test(not_of_others),  cmocka_unit_test(any_algorithm),
		cmocka_unit_test(never_unsigned),
	};

	return cmocka_run_group_tests_name("partial", tests, set_up, packbed_teardown);
}
