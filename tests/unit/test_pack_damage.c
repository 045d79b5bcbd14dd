/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packs that are damaged, cut or forged. */
#include "unit.h"

#include <openssl/evp.h>

#include "golden/format.h"
#include "packbed.h"

static void test_every_truncation_is_refused(void **state)
{
	static uint8_t a[65536];
	size_t len;

	(void)state;
	packbed_build(packbed_path("cut"), 0);
	len = packbed_read(packbed_path("cut"), a, sizeof(a));
	for (size_t cut = 0; cut < len; cut += cut < len - 200 ? 37 : 1) {
		packbed_write(packbed_path("cut"), a, cut);
		assert_null(packbed_open(packbed_path("cut")));
		assert_int_not_equal(strlen(packbed_error), 0);
	}
	a[len] = 0;
	packbed_write(packbed_path("cut"), a, len + 1);
	assert_null(packbed_open(packbed_path("cut")));
}

static void test_every_flip_is_refused(void **state)
{
	static uint8_t a[65536];
	size_t len;

	(void)state;
	packbed_build(packbed_path("flip"), 0);
	len = packbed_read(packbed_path("flip"), a, sizeof(a));
	for (size_t at = 0; at < len; at += at < len - sizeof(struct pack_trailer) ? 29 : 1) {
		a[at] ^= 0x10;
		packbed_write(packbed_path("flip"), a, len);
		assert_null(packbed_open(packbed_path("flip")));
		assert_int_not_equal(strlen(packbed_error), 0);
		a[at] ^= 0x10;
	}
}

static void test_words_of_refusal(void **state)
{
	static uint8_t a[65536];
	uint8_t *version;
	size_t len;

	(void)state;
	packbed_build(packbed_path("words"), 0);
	len = packbed_read(packbed_path("words"), a, sizeof(a));
	version = a + len - sizeof(struct pack_trailer) + offsetof(struct pack_trailer, version);
	++*version;
	packbed_write(packbed_path("words"), a, len);
	assert_null(packbed_open(packbed_path("words")));
	assert_non_null(strstr(packbed_error, "later version"));
	--*version;
	a[2100] ^= 1;
	packbed_write(packbed_path("words"), a, len);
	assert_null(packbed_open(packbed_path("words")));
	assert_non_null(strstr(packbed_error, "damaged"));
	packbed_write(packbed_path("words"), a, 100);
	assert_null(packbed_open(packbed_path("words")));
	assert_non_null(strstr(packbed_error, "too short"));
	memset(a, 'x', sizeof(a));
	packbed_write(packbed_path("words"), a, sizeof(a));
	assert_null(packbed_open(packbed_path("words")));
	assert_non_null(strstr(packbed_error, "not a golden pack"));
	assert_null(packbed_open("/dev/zero"));
	assert_non_null(strstr(packbed_error, "regular file"));
	assert_null(packbed_open(packbed_path("root")));
	assert_non_null(strstr(packbed_error, "regular file"));
	assert_null(pack_open(-1, packbed_error));
}

/* A pack whose sum is right and whose database is not: look-ups must end, and not in GOOD. */
static void test_hostile_database(void **state)
{
	static uint8_t good[65536], bad[65536];
	struct pack_answer a;
	struct pack *p;
	size_t len, sum;

	(void)state;
	packbed_build(packbed_path("hostile"), 0);
	len = packbed_read(packbed_path("hostile"), good, sizeof(good));
	sum = len - sizeof(struct pack_trailer) + offsetof(struct pack_trailer, sum);
	for (size_t at = 0; at < len - sizeof(struct pack_trailer); at += 5) {
		memcpy(bad, good, len);
		memset(bad + at, 0xff, 4);
		EVP_Digest(bad, sum, bad + sum, NULL, EVP_sha256(), NULL);
		packbed_write(packbed_path("hostile"), bad, len);
		p = packbed_open(packbed_path("hostile"));
		assert_non_null(p);
		packbed_look(p, "list", "/usr/bin/ls", &a);
		packbed_look(p, "evil", "/usr/bin/cat", &a);
		assert_int_not_equal(packbed_look(p, "evil", "/evil", &a), PACK_GOOD);
		pack_ask_record(p, pack_hash_path("/usr/bin/ls", 11));
		pack_algs(p);
		pack_close(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_flip_is_refused),
		cmocka_unit_test(test_words_of_refusal),
		cmocka_unit_test(test_hostile_database),
	};

	return cmocka_run_group_tests_name("pack damage", tests, packbed_setup, packbed_teardown);
}
