/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>

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

static void test_guest_frames(void **state)
{
	static const struct wire_state st = {.nonce = "n",
					     .records = 9,
					     .streamed = 8,
					     .extended = 7,
					     .lost = 6,
					     .late = 5,
					     .ima_mode = 2,
					     .doorbell = 3,
					     .banks = 4,
					     .commit_state = LZ_COMMIT_RUNNING,
					     .commit_policy = LZ_POLICY_STRICT};
	struct wire_frame f;

	(void)state;
	put_hello();
	put_record(5, "abc", 3);
	stream.len += wire_put_state(stream.buf + stream.len, stream.seq++, &st);
	stream.len += wire_put_bye(stream.buf + stream.len, stream.seq++, LZ_BYE_SHUTDOWN);
	feed_all();
	wire_expect(&decoder, 5);
	assert_next(LZ_FRAME_HELLO, &f);
	assert_memory_equal(&f.hello, &hello, sizeof(hello));
	assert_next(LZ_FRAME_RECORD, &f);
	assert_int_equal(f.seq, 1);
	assert_int_equal(f.record.index, 5);
	assert_int_equal(f.record.time_ns, 7);
	assert_int_equal(f.record.len, 3);
	assert_memory_equal(f.record.data, "abc", 3);
	assert_next(LZ_FRAME_STATE, &f);
	assert_memory_equal(&f.state, &st, sizeof(st));
	assert_next(LZ_FRAME_BYE, &f);
	assert_int_equal(f.bye.reason, LZ_BYE_SHUTDOWN);
	assert_int_equal(wire_next(&decoder, &f), WIRE_MORE);
}

static void test_dom0_frames(void **state)
{
	const struct wire_resume resume = {.boot_nonce = "nonce", .from = 1ULL << 40};
	const struct wire_challenge challenge = {.nonce = "fresh"};
	struct wire_frame f;

	(void)state;
	wire_decoder_init(&decoder, WIRE_DOM0);
	stream.len += wire_put_resume(stream.buf, 0, &resume);
	stream.len += wire_put_challenge(stream.buf + stream.len, 1, &challenge);
	stream.len += wire_put_bye(stream.buf + stream.len, 2, LZ_BYE_RESTART);
	feed_all();
	assert_next(LZ_FRAME_RESUME, &f);
	assert_memory_equal(&f.resume, &resume, sizeof(resume));
	assert_next(LZ_FRAME_CHALLENGE, &f);
	assert_memory_equal(&f.challenge, &challenge, sizeof(challenge));
	assert_next(LZ_FRAME_BYE, &f);
	assert_int_equal(f.bye.reason, LZ_BYE_RESTART);
}

/* The bytes themselves, so that both ends can't be wrong in the same way. */
static void test_pinned_bytes(void **state)
{
	static const uint8_t expected[] = {
		'L', 'A', 'Z', 'R', 1, 0, 3, 0, 18, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0,   0,
		0,   0,	  0,   3,   4, 0, 0, 0, 0,  0, 0, 5, 6, 0, 0, 0, 0, 0, 0, 'h', 'i',
	};
	const struct wire_record r = {
		.index = 0x0403, .time_ns = 0x0605, .data = (const uint8_t *)"hi", .len = 2};

	(void)state;
	assert_int_equal(wire_put_record(stream.buf, 0x0201, &r), sizeof(expected));
	assert_memory_equal(stream.buf, expected, sizeof(expected));
}

static void test_byte_by_byte(void **state)
{
	struct wire_frame f;
	size_t frames = 0;

	(void)state;
	put_hello();
	put_record(0, "abc", 3);
	put_record(1, "defg", 4);
	wire_expect(&decoder, 0);
	for (size_t i = 0; i < stream.len; i++) {
		enum wire_status status;

		assert_int_equal(wire_feed(&decoder, stream.buf + i, 1), 1);
		status = wire_next(&decoder, &f);
		assert_int_not_equal(status, WIRE_ERROR);
		frames += status == WIRE_FRAME;
	}
	assert_int_equal(frames, 3);
	assert_memory_equal(f.record.data, "defg", 4);
}

static void test_largest_frame_always_fits(void **state)
{
	uint8_t *data = calloc(1, LZ_RECORD_MAX + 1);
	struct wire_record too_long = {.data = data, .len = LZ_RECORD_MAX + 1};
	struct wire_frame f;
	size_t fed = 0, records = 0;

	(void)state;
	assert_int_equal(wire_put_record(stream.buf, 0, &too_long), 0);
	too_long.len = 0;
	assert_int_equal(wire_put_record(stream.buf, 0, &too_long), 0);
	put_hello();
	put_record(0, data, LZ_RECORD_MAX);
	put_record(1, data, LZ_RECORD_MAX);
	wire_expect(&decoder, 0);
	while (records < 2) {
		fed += wire_feed(&decoder, stream.buf + fed, stream.len - fed);
		while (wire_next(&decoder, &f) == WIRE_FRAME)
			records += f.type == LZ_FRAME_RECORD;
		assert_null(decoder.error);
	}
	assert_int_equal(f.record.len, LZ_RECORD_MAX);
	free(data);
}

static void test_room_is_bounded(void **state)
{
	size_t room;

	(void)state;
	assert_int_equal(wire_feed(&decoder, stream.buf, sizeof(stream.buf)), WIRE_BUFFER_SIZE);
	wire_room(&decoder, &room);
	assert_int_equal(room, 0);
	assert_error(LZ_BYE_PROTOCOL, "magic");
}

static void test_unknown_type_is_skipped(void **state)
{
	const uint16_t types[] = {0, 7, UINT16_MAX};
	struct wire_frame f;

	(void)state;
	put_hello();
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		size_t at = stream.len;

		put_record(99, "unknown", 7);
		memcpy(stream.buf + at + 6, &types[i], sizeof(types[i]));
	}
	put_record(0, "a", 1);
	feed_all();
	wire_expect(&decoder, 0);
	assert_next(LZ_FRAME_HELLO, &f);
	assert_next(LZ_FRAME_RECORD, &f);
	assert_int_equal(f.seq, 4);
}

/* Later versions append: what is appended is skipped. */
static void test_longer_payload(void **state)
{
	const uint32_t length = sizeof(struct lz_hello) + 5;
	struct wire_frame f;

	(void)state;
	put_hello();
	memcpy(stream.buf + 8, &length, sizeof(length));
	stream.len += 5;
	put_record(0, "a", 1);
	feed_all();
	wire_expect(&decoder, 0);
	assert_next(LZ_FRAME_HELLO, &f);
	assert_next(LZ_FRAME_RECORD, &f);
}

static void test_hostile_texts(void **state)
{
	struct wire_frame f;
	uint8_t *module;

	(void)state;
	put_hello();
	module = stream.buf + sizeof(struct lz_frame_hdr) + offsetof(struct lz_hello, module);
	memset(module, 'x', LZ_TEXT_MAX);
	memcpy(module, "\x1b[2J\n\xff", 6);
	feed_all();
	assert_next(LZ_FRAME_HELLO, &f);
	assert_int_equal(strlen(f.hello.module), LZ_TEXT_MAX);
	assert_memory_equal(f.hello.module, "?[2J??xx", 8);
	assert_string_equal(f.hello.kernel, hello.kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_guest_frames, start),
		cmocka_unit_test_setup(test_dom0_frames, start),
		cmocka_unit_test_setup(test_pinned_bytes, start),
		cmocka_unit_test_setup(test_byte_by_byte, start),
		cmocka_unit_test_setup(test_largest_frame_always_fits, start),
		cmocka_unit_test_setup(test_room_is_bounded, start),
		cmocka_unit_test_setup(test_unknown_type_is_skipped, start),
		cmocka_unit_test_setup(test_longer_payload, start),
		cmocka_unit_test_setup(test_hostile_texts, start),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
