/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a peer must not do, each with the words that it is refused with. */
#include "unit.h"

#include "attest/wire.h"

static struct wire_decoder decoder;

static const struct wire_hello hello = {
	.boot_nonce = "0123456789abcde",
	.records = 42,
	.early = 17,
	.ima_mode = LZ_IMA_BYPASS,
	.doorbell = LZ_DOORBELL_FTRACE,
	.module = "0.1.0",
	.kernel = "6.1.0-50-amd64",
};

/* A stream being made. */
struct stream {
	uint8_t buf[3 * WIRE_FRAME_MAX];
	size_t len;
	uint64_t seq;
};

static struct stream stream;

static void put_hello(void)
{
	stream.len += wire_put_hello(stream.buf + stream.len, stream.seq++, &hello);
}

static void put_record(uint64_t index, const void *data, uint32_t len)
{
	const struct wire_record r = {.index = index, .time_ns = 7, .data = data, .len = len};

	stream.len += wire_put_record(stream.buf + stream.len, stream.seq++, &r);
}

static int start(void **state)
{
	(void)state;
	memset(&stream, 0, sizeof(stream));
	wire_decoder_init(&decoder, WIRE_GUEST);
	return 0;
}

static void feed_all(void)
{
	assert_int_equal(wire_feed(&decoder, stream.buf, stream.len), stream.len);
}

static void assert_error(uint32_t bye, const char *text)
{
	struct wire_frame f;

	assert_int_equal(wire_next(&decoder, &f), WIRE_ERROR);
	assert_int_equal(decoder.bye, bye);
	assert_non_null(strstr(decoder.error, text));
	/* It stays an error. */
	assert_int_equal(wire_next(&decoder, &f), WIRE_ERROR);
}

static void assert_next(uint16_t type, struct wire_frame *f)
{
	assert_int_equal(wire_next(&decoder, f), WIRE_FRAME);
	assert_int_equal(f->type, type);
}

/* Changes one field of the first header. */
static void damage(size_t at, size_t size, uint64_t value)
{
	put_hello();
	memcpy(stream.buf + at, &value, size);
	feed_all();
}

static void test_magic(void **state)
{
	(void)state;
	damage(0, 1, 'l');
	assert_error(LZ_BYE_PROTOCOL, "magic");
}

static void test_version(void **state)
{
	(void)state;
	damage(4, 2, 2);
	assert_error(LZ_BYE_VERSION, "version");
}

static void test_length(void **state)
{
	static const uint64_t lengths[] = {LZ_PAYLOAD_MAX + 1, UINT32_MAX, 1UL << 31};

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		start(state);
		damage(8, 4, lengths[i]);
		assert_error(LZ_BYE_PROTOCOL, "longer than any");
	}
	start(state);
	damage(8, 4, sizeof(struct lz_hello) - 1);
	assert_error(LZ_BYE_PROTOCOL, "shorter than its type");
}

static void test_sequence(void **state)
{
	static const uint64_t wrong[] = {1, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		start(state);
		damage(16, 8, wrong[i]);
		assert_error(LZ_BYE_PROTOCOL, "out of order");
	}
}

static void test_greeting(void **state)
{
	struct wire_frame f;

	(void)state;
	put_record(0, "a", 1);
	feed_all();
	wire_expect(&decoder, 0);
	assert_error(LZ_BYE_PROTOCOL, "greeting");
	start(state);
	put_hello();
	put_hello();
	feed_all();
	assert_next(LZ_FRAME_HELLO, &f);
	assert_error(LZ_BYE_PROTOCOL, "second greeting");
}

static void test_direction(void **state)
{
	const struct wire_resume resume = {.from = 0};
	struct wire_frame f;

	(void)state;
	put_hello();
	stream.len += wire_put_resume(stream.buf + stream.len, stream.seq++, &resume);
	feed_all();
	assert_next(LZ_FRAME_HELLO, &f);
	assert_error(LZ_BYE_PROTOCOL, "other side");
	wire_decoder_init(&decoder, WIRE_DOM0);
	feed_all();
	assert_error(LZ_BYE_PROTOCOL, "other side");
}

static void test_records_in_order(void **state)
{
	struct wire_frame f;

	put_hello();
	put_record(0, "a", 1);
	feed_all();
	assert_next(LZ_FRAME_HELLO, &f);
	assert_error(LZ_BYE_PROTOCOL, "nobody asked");
	for (uint64_t index = 0; index < 4; index += 3) {
		start(state);
		put_hello();
		put_record(1, "a", 1);
		put_record(index, "b", 1);
		feed_all();
		wire_expect(&decoder, 1);
		assert_next(LZ_FRAME_HELLO, &f);
		assert_next(LZ_FRAME_RECORD, &f);
		assert_error(LZ_BYE_PROTOCOL, "records are missing");
	}
}

static void test_empty_record(void **state)
{
	const uint32_t length = sizeof(struct lz_record);
	struct wire_frame f;
	size_t at;

	(void)state;
	put_hello();
	at = stream.len;
	put_record(0, "a", 1);
	memcpy(stream.buf + at + 8, &length, sizeof(length));
	feed_all();
	wire_expect(&decoder, 0);
	assert_next(LZ_FRAME_HELLO, &f);
	assert_error(LZ_BYE_PROTOCOL, "shorter than its type");
}

static void test_nothing_after_bye(void **state)
{
	struct wire_frame f;

	(void)state;
	stream.len += wire_put_bye(stream.buf, stream.seq++, LZ_BYE_SHUTDOWN);
	put_hello();
	feed_all();
	assert_next(LZ_FRAME_BYE, &f);
	assert_error(LZ_BYE_PROTOCOL, "follows the last");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_magic, start),
		cmocka_unit_test_setup(test_version, start),
		cmocka_unit_test_setup(test_length, start),
		cmocka_unit_test_setup(test_sequence, start),
		cmocka_unit_test_setup(test_greeting, start),
		cmocka_unit_test_setup(test_direction, start),
		cmocka_unit_test_setup(test_records_in_order, start),
		cmocka_unit_test_setup(test_empty_record, start),
		cmocka_unit_test_setup(test_nothing_after_bye, start),
	};

	return cmocka_run_group_tests_name("wire rules", tests, NULL, NULL);
}
