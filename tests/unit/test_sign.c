/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signed packs: who vouches for golden values. */
#include "packbed.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "golden/format.h"
#include "golden/policy.h"
#include "golden/sign.h"

static char error[SIGN_ERROR_MAX];

/* Keys «a» and «b», and a pack signed by the first. */
static int setup(void **state)
{
	if (packbed_setup(state) || sign_keygen(packbed_path("a"), error) ||
	    sign_keygen(packbed_path("b"), error))
		return -1;
	packbed_build(packbed_path("signed"), 1);
	packbed_build(packbed_path("plain"), 1);
	return sign_pack(packbed_path("signed"), packbed_path("a"), error);
}

static void test_signed(void **state)
{
	uint8_t key[SIGN_KEY_SIZE];
	struct pack *p = packbed_open(packbed_path("signed"));
	struct pack *plain = packbed_open(packbed_path("plain"));

	(void)state;
	assert_non_null(p);
	assert_non_null(plain);
	assert_true(pack_info(p)->is_signed);
	assert_false(pack_info(plain)->is_signed);
	assert_memory_equal(pack_info(p)->id, pack_info(plain)->id, 32);
	assert_int_equal(sign_read_public(packbed_path("a.pub"), key, error), 0);
	assert_memory_equal(pack_info(p)->signer, key, sizeof(key));
	assert_int_equal(sign_read_public(packbed_path("a"), key, error), 0);
	assert_memory_equal(pack_info(p)->signer, key, sizeof(key));
	pack_close(p);
	pack_close(plain);
}

/* No bit of what is behind the data may be changed. */
static void test_altered(void **state)
{
	static uint8_t data[65536];
	size_t len = packbed_read(packbed_path("signed"), data, sizeof(data));

	(void)state;
	for (size_t i = len - sizeof(struct pack_trailer); i < len; i++) {
		struct pack *p;

		data[i] ^= 0x40;
		packbed_write(packbed_path("altered"), data, len);
		p = packbed_open(packbed_path("altered"));
		if (p)
			fail_msg("byte %zu of %zu may be changed", i, len);
		data[i] ^= 0x40;
	}
}

static void test_keys(void **state)
{
	uint8_t key[SIGN_KEY_SIZE];
	struct stat st;

	(void)state;
	assert_int_equal(stat(packbed_path("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(sign_keygen(packbed_path("a"), error), -1); /* it is there */
	assert_int_equal(sign_keygen(packbed_path("nowhere/c"), error), -1);
	assert_int_equal(sign_read_public(packbed_path("plain"), key, error), -1);
	assert_int_equal(sign_read_public(packbed_path("nowhere"), key, error), -1);
	assert_int_equal(sign_pack(packbed_path("plain"), packbed_path("a.pub"), error), -1);
	assert_int_equal(sign_pack(packbed_path("a"), packbed_path("a"), error), -1);
	packbed_file("ec", "-----BEGIN PUBLIC KEY-----\n"
			   "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n"
			   "6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n"
			   "-----END PUBLIC KEY-----\n");
	assert_int_equal(sign_read_public(packbed_path("ec"), key, error), -1);
}

/* Nobody is to vouch for what can't be right. */
static void test_damaged_is_not_signed(void **state)
{
	static uint8_t before[65536], after[65536];
	size_t len;

	(void)state;
	len = packbed_read(packbed_path("plain"), before, sizeof(before));
	before[len / 2] ^= 1;
	packbed_write(packbed_path("damaged"), before, len);
	assert_int_equal(sign_pack(packbed_path("damaged"), packbed_path("a"), error), -1);
	assert_non_null(strstr(error, "damaged"));
	assert_int_equal(packbed_read(packbed_path("damaged"), after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
}

static bool is_policy(const char *pack, const char *key)
{
	char text[9000], first[4200];
	struct policy *p;
	FILE *null = fopen("/dev/null", "w");

	snprintf(first, sizeof(first), "%s", packbed_path(pack));
	snprintf(text, sizeof(text), "[packs]\ngolden = %s\nsigner = %s\n", first,
		 packbed_path(key));
	packbed_file("policy", text);
	p = policy_load(packbed_path("policy"), NULL, null);
	policy_free(p);
	fclose(null);
	return p != NULL;
}

static void test_policy_names_its_signers(void **state)
{
	(void)state;
	assert_true(is_policy("signed", "a.pub"));
	assert_false(is_policy("signed", "b.pub"));
	assert_false(is_policy("plain", "a.pub"));
	assert_false(is_policy("signed", "nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_damaged_is_not_signed),
		cmocka_unit_test(test_policy_names_its_signers),
	};

	return cmocka_run_group_tests(tests, setup, packbed_teardown);
}
