/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "common/hex.h"

static void test_encode(void **state)
{
	const uint8_t in[] = {0x00, 0x0f, 0xa5, 0xff};
	char out[2 * sizeof(in) + 1];

	(void)state;
	hex_encode(out, in, sizeof(in));
	assert_string_equal(out, "000fa5ff");
	hex_encode(out, in, 0);
	assert_string_equal(out, "");
}

static void test_decode(void **state)
{
	uint8_t out[4];

	(void)state;
	assert_int_equal(hex_decode(out, sizeof(out), "000Fa5fF"), 4);
	assert_memory_equal(out, "\x00\x0f\xa5\xff", 4);
	assert_int_equal(hex_decode(out, sizeof(out), ""), 0);
}

static void test_decode_refuses(void **state)
{
	uint8_t out[4];

	(void)state;
	assert_int_equal(hex_decode(out, sizeof(out), "0"), -1);
	assert_int_equal(hex_decode(out, sizeof(out), "0g"), -1);
	assert_int_equal(hex_decode(out, sizeof(out), "g0"), -1);
	assert_int_equal(hex_decode(out, sizeof(out), " 1"), -1);
	assert_int_equal(hex_decode(out, sizeof(out), "0011223344"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_decode_refuses),
	};

	return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
