/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>

#include "attest/record.h"
#include "imalog.h"
#include "uapi/lazaret.h"

/* Offsets of a record's parts. */
#define AT_NAME_LEN 24
#define AT_NAME	    28

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* Parses a copy of just @len bytes, so that the sanitizer sees any read behind them. */
static enum record_status parse_exact(const uint8_t *buf, size_t len, struct ima_record *out,
				      const char **reason)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum record_status status;

	memcpy(copy, buf, len);
	*reason = NULL;
	status = record_parse(copy, len, out, reason);
	free(copy);
	return status;
}

static void assert_bad(const uint8_t *buf, size_t len, const char *text)
{
	struct ima_record rec;
	const char *reason;

	assert_int_equal(parse_exact(buf, len, &rec, &reason), RECORD_BAD);
	assert_non_null(strstr(reason, text));
}

static void test_parts(void **state)
{
	struct imalog l;
	struct ima_record rec;
	const char *reason;
	const uint8_t *p;
	size_t len;

	(void)state;
	imalog_init(&l);
	imalog_add(&l, &(struct imalog_entry){.template = "ima-ng", .path = "/bin/ls", .pcr = 11});
	imalog_boot(&l, NULL);
	p = imalog_record(&l, 0, &len);
	/* What follows a record does not matter to it. */
	assert_int_equal(record_parse(p, l.len, &rec, &reason), RECORD_OK);
	assert_int_equal(rec.pcr, 11);
	assert_ptr_equal(rec.hash, p + 4);
	assert_false(rec.violation);
	assert_false(rec.bare);
	assert_int_equal(rec.name_len, 6);
	assert_memory_equal(rec.name, "ima-ng", 6);
	assert_ptr_equal(rec.data, p + AT_NAME + 6 + 4);
	assert_int_equal(rec.data_len, 4 + 8 + 32 + 4 + 8);
	assert_int_equal(rec.size, len);
	imalog_free(&l);
}

static void test_bare(void **state)
{
	struct imalog l;
	struct ima_record rec;
	const char *reason;
	const uint8_t *p;
	size_t len;

	(void)state;
	imalog_init(&l);
	imalog_add(&l, &(struct imalog_entry){.template = "ima", .alg = "sha1", .path = "/init"});
	p = imalog_record(&l, 0, &len);
	assert_int_equal(record_parse(p, len, &rec, &reason), RECORD_OK);
	assert_true(rec.bare);
	assert_int_equal(rec.data_len, 20 + 4 + 5);
	assert_int_equal(rec.size, len);
	imalog_free(&l);
}

static void test_every_cut_is_short(void **state)
{
	static const char *const templates[] = {"ima", "ima-ng", "ima-sig", "d-ng|n-ng|iuid"};
	struct ima_record rec;
	const char *reason;

	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(templates); t++) {
		struct imalog l;

		imalog_init(&l);
		imalog_boot(&l, templates[t]);
		for (size_t len = 0; len < l.len; len++) {
			assert_int_equal(parse_exact(l.buf, len, &rec, &reason), RECORD_SHORT);
			assert_non_null(reason);
		}
		assert_int_equal(parse_exact(l.buf, l.len, &rec, &reason), RECORD_OK);
		imalog_free(&l);
	}
}

static void test_violation(void **state)
{
	struct imalog l;
	struct ima_record rec;
	const char *reason;

	(void)state;
	imalog_init(&l);
	imalog_add(&l, &(struct imalog_entry){.path = "/etc/passwd", .violation = true});
	assert_int_equal(record_parse(l.buf, l.len, &rec, &reason), RECORD_OK);
	assert_true(rec.violation);
	l.buf[23] = 1;
	assert_int_equal(record_parse(l.buf, l.len, &rec, &reason), RECORD_OK);
	assert_false(rec.violation);
	imalog_free(&l);
}

static void test_pcr(void **state)
{
	struct imalog l;
	struct ima_record rec;
	const char *reason;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	put32(l.buf, 23);
	assert_int_equal(parse_exact(l.buf, l.len, &rec, &reason), RECORD_OK);
	put32(l.buf, 24);
	assert_bad(l.buf, l.len, "PCR");
	put32(l.buf, UINT32_MAX);
	assert_bad(l.buf, l.len, "PCR");
	/* Big-endian 10. */
	put32(l.buf, 0x0a000000);
	assert_bad(l.buf, l.len, "PCR");
	imalog_free(&l);
}

static void test_template_name(void **state)
{
	static const uint32_t lengths[] = {0, LZ_TEMPLATE_NAME_MAX, UINT32_MAX, INT32_MAX};
	struct imalog l;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		put32(l.buf + AT_NAME_LEN, lengths[i]);
		assert_bad(l.buf, l.len, "empty or too long");
	}
	put32(l.buf + AT_NAME_LEN, 7);
	for (unsigned int c = 0; c < 256; c++) {
		struct ima_record rec;
		const char *reason;
		bool good = c > ' ' && c < 0x7f;

		l.buf[AT_NAME] = (uint8_t)c;
		assert_int_equal(parse_exact(l.buf, l.len, &rec, &reason),
				 good ? RECORD_OK : RECORD_BAD);
	}
	imalog_free(&l);
}

static void test_data_length(void **state)
{
	static const uint32_t lengths[] = {LZ_RECORD_MAX, LZ_RECORD_MAX + 1, UINT32_MAX,
					   UINT32_MAX - 38, INT32_MAX};
	const size_t at = AT_NAME + 7;
	uint8_t *big = calloc(1, LZ_RECORD_MAX + 1);
	struct ima_record rec;
	const char *reason;
	struct imalog l;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		put32(l.buf + at, lengths[i]);
		assert_bad(l.buf, l.len, "longer than any");
	}
	/* The longest record there may be, and one byte more. */
	memcpy(big, l.buf, at);
	put32(big + at, LZ_RECORD_MAX - (uint32_t)at - 4);
	assert_int_equal(parse_exact(big, LZ_RECORD_MAX, &rec, &reason), RECORD_OK);
	assert_int_equal(rec.size, LZ_RECORD_MAX);
	put32(big + at, LZ_RECORD_MAX - (uint32_t)at - 3);
	assert_bad(big, LZ_RECORD_MAX + 1, "longer than any");
	free(big);
	imalog_free(&l);
}

static void test_bare_name_length(void **state)
{
	const size_t at = AT_NAME + 3 + 20;
	struct imalog l;

	(void)state;
	imalog_init(&l);
	imalog_boot(&l, "ima");
	put32(l.buf + at, 256);
	assert_bad(l.buf, l.len, "longer than its template");
	put32(l.buf + at, UINT32_MAX);
	assert_bad(l.buf, l.len, "longer than its template");
	imalog_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_every_cut_is_short),
		cmocka_unit_test(test_violation),
		cmocka_unit_test(test_pcr),
		cmocka_unit_test(test_template_name),
		cmocka_unit_test(test_data_length),
		cmocka_unit_test(test_bare_name_length),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
