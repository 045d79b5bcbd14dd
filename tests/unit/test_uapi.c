/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wire's bytes: what is pinned here can change only together with LZ_VERSION. */
#include "unit.h"

#include "uapi/lazaret.h"

#define PIN(type, member, offset) assert_int_equal(offsetof(struct type, member), offset)

static void test_constants(void **state)
{
	const uint32_t magic = LZ_MAGIC;

	(void)state;
	assert_memory_equal(&magic, "LAZR", 4);
	assert_int_equal(LZ_VERSION, 1);
	assert_int_equal(LZ_RECORD_MAX, 65536);
	assert_int_equal(LZ_PAYLOAD_MAX, 65552);
	assert_int_equal(LZ_NAME_MAX, 4096);
	assert_int_equal(LZ_TEMPLATE_NAME_MAX, 256);
	assert_int_equal(LZ_NONCE_SIZE, 32);
	assert_int_equal(LZ_BOOT_NONCE_SIZE, 16);
	assert_int_equal(LZ_TEXT_MAX, 64);
	assert_int_equal(LZ_RING_LEFT_ORDER, 10);
	assert_int_equal(LZ_RING_RIGHT_ORDER, 16);
	assert_string_equal(LZ_XS_PATH, "data/lazaret");
	assert_string_equal(LZ_XS_RING_REF, "ring-ref");
	assert_string_equal(LZ_XS_EVTCHN, "event-channel");
}

static void test_enums(void **state)
{
	(void)state;
	assert_int_equal(LZ_FRAME_HELLO, 1);
	assert_int_equal(LZ_FRAME_RESUME, 2);
	assert_int_equal(LZ_FRAME_RECORD, 3);
	assert_int_equal(LZ_FRAME_CHALLENGE, 4);
	assert_int_equal(LZ_FRAME_STATE, 5);
	assert_int_equal(LZ_FRAME_BYE, 6);
	assert_int_equal(LZ_DOORBELL_POLL, 0);
	assert_int_equal(LZ_DOORBELL_KPROBE, 1);
	assert_int_equal(LZ_DOORBELL_FTRACE, 2);
	assert_int_equal(LZ_DOORBELL_NOTIFIER, 3);
	assert_int_equal(LZ_IMA_UNKNOWN, 0);
	assert_int_equal(LZ_IMA_BYPASS, 1);
	assert_int_equal(LZ_IMA_NATIVE, 2);
	assert_int_equal(LZ_BYE_SHUTDOWN, 1);
	assert_int_equal(LZ_BYE_VERSION, 2);
	assert_int_equal(LZ_BYE_PROTOCOL, 3);
	assert_int_equal(LZ_BYE_RESTART, 4);
	assert_int_equal(LZ_BYE_UNLOAD, 5);
	assert_int_equal(LZ_COMMIT_UNSAID, 0);
	assert_int_equal(LZ_COMMIT_OFF, 1);
	assert_int_equal(LZ_COMMIT_NATIVE, 2);
	assert_int_equal(LZ_COMMIT_WAITING, 3);
	assert_int_equal(LZ_COMMIT_RUNNING, 4);
	assert_int_equal(LZ_COMMIT_INCONSISTENT, 5);
	assert_int_equal(LZ_COMMIT_WITHDRAWN, 6);
	assert_int_equal(LZ_POLICY_UNSAID, 0);
	assert_int_equal(LZ_POLICY_LENIENT, 1);
	assert_int_equal(LZ_POLICY_STRICT, 2);
}

static void test_header_and_hello(void **state)
{
	(void)state;
	PIN(lz_frame_hdr, magic, 0);
	PIN(lz_frame_hdr, version, 4);
	PIN(lz_frame_hdr, type, 6);
	PIN(lz_frame_hdr, length, 8);
	PIN(lz_frame_hdr, reserved, 12);
	PIN(lz_frame_hdr, seq, 16);
	assert_int_equal(sizeof(struct lz_frame_hdr), 24);
	PIN(lz_hello, boot_nonce, 0);
	PIN(lz_hello, records, 16);
	PIN(lz_hello, ima_mode, 24);
	PIN(lz_hello, doorbell, 28);
	PIN(lz_hello, module, 32);
	PIN(lz_hello, kernel, 96);
	PIN(lz_hello, early, 160);
	PIN(lz_hello, reserved, 168);
	assert_int_equal(sizeof(struct lz_hello), 208);
}

static void test_others(void **state)
{
	(void)state;
	PIN(lz_resume, boot_nonce, 0);
	PIN(lz_resume, from, 16);
	PIN(lz_resume, reserved, 24);
	assert_int_equal(sizeof(struct lz_resume), 32);
	PIN(lz_record, index, 0);
	PIN(lz_record, time_ns, 8);
	PIN(lz_record, data, 16);
	assert_int_equal(sizeof(struct lz_record), 16);
	assert_int_equal(sizeof(struct lz_challenge), 32);
	PIN(lz_state, nonce, 0);
	PIN(lz_state, records, 32);
	PIN(lz_state, streamed, 40);
	PIN(lz_state, extended, 48);
	PIN(lz_state, lost, 56);
	PIN(lz_state, late, 64);
	PIN(lz_state, ima_mode, 72);
	PIN(lz_state, doorbell, 76);
	PIN(lz_state, banks, 80);
	PIN(lz_state, commit_state, 84);
	PIN(lz_state, commit_policy, 85);
	PIN(lz_state, reserved, 86);
	assert_int_equal(sizeof(struct lz_state), 96);
	PIN(lz_bye, reason, 0);
	PIN(lz_bye, reserved, 4);
	assert_int_equal(sizeof(struct lz_bye), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_enums),
		cmocka_unit_test(test_header_and_hello),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("uapi", tests, NULL, NULL);
}
