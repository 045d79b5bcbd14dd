// SPDX-License-Identifier: GPL-2.0-only
/* Lies in frames and records. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/string.h>

#include "hostile.h"

#define SILENCE_MS  100
#define NAME_OFFSET 24 /* of the u32 that counts the template's name */
#define DATA_OFFSET 35 /* of the u32 that counts the data behind «ima-sig» */

static bool silent(struct lz_vchan *v)
{
	msleep(SILENCE_MS);
	return true;
}

static bool hello_short(struct lz_vchan *v)
{
	hostile_send(v, LZ_FRAME_HELLO, hostile_scratch, 10);
	return true;
}

static bool hello_again(struct lz_vchan *v)
{
	hostile_hello(v);
	return true;
}

static bool record_first(struct lz_vchan *v)
{
	hostile_record(v, hostile_scratch, hostile_plausible(hostile_scratch));
	return true;
}

static bool spoilt(struct lz_vchan *v, struct lz_frame_hdr hdr)
{
	hostile_write(v, &hdr, sizeof(hdr));
	hostile_write(v, hostile_scratch, sizeof(struct lz_hello));
	return silent(v);
}

static bool magic(struct lz_vchan *v)
{
	struct lz_frame_hdr hdr = hostile_header(LZ_FRAME_HELLO, sizeof(struct lz_hello));

	hdr.magic = ~hdr.magic;
	return spoilt(v, hdr);
}

static bool version(struct lz_vchan *v)
{
	struct lz_frame_hdr hdr = hostile_header(LZ_FRAME_HELLO, sizeof(struct lz_hello));

	hdr.version = cpu_to_le16(LZ_VERSION + 1);
	return spoilt(v, hdr);
}

static bool length(struct lz_vchan *v)
{
	return spoilt(v, hostile_header(LZ_FRAME_HELLO, U32_MAX));
}

static bool just_too_long(struct lz_vchan *v)
{
	return spoilt(v, hostile_header(LZ_FRAME_RECORD, LZ_PAYLOAD_MAX + 1));
}

static bool seq_gap(struct lz_vchan *v)
{
	hostile_header(LZ_FRAME_RECORD, 0); /* a number that nobody gets */
	return record_first(v);
}

/* A frame is promised and half of it sent, then we hang up. */
static bool half(struct lz_vchan *v)
{
	struct lz_frame_hdr hdr = hostile_header(LZ_FRAME_RECORD, 1000);

	hostile_write(v, &hdr, sizeof(hdr));
	hostile_write(v, hostile_scratch, 500);
	return false;
}

/* The same, but we stay and say nothing more. */
static bool truncated(struct lz_vchan *v)
{
	half(v);
	while (!hostile_over(v))
		silent(v);
	return false;
}

static bool record_short(struct lz_vchan *v)
{
	hostile_send(v, LZ_FRAME_RECORD, hostile_scratch, sizeof(struct lz_record) - 1);
	return true;
}

static bool garbage(struct lz_vchan *v)
{
	u32 len = 1 + get_random_u32() % 500;

	get_random_bytes(hostile_scratch, len);
	hostile_record(v, hostile_scratch, len);
	return true;
}

static bool largest(struct lz_vchan *v)
{
	memset(hostile_scratch, 0x41, LZ_RECORD_MAX);
	hostile_record(v, hostile_scratch, LZ_RECORD_MAX);
	return true;
}

static bool patched(struct lz_vchan *v, u32 offset, u32 value)
{
	u32 len = hostile_plausible(hostile_scratch);

	memcpy(hostile_scratch + offset, &value, sizeof(value));
	hostile_record(v, hostile_scratch, len);
	return true;
}

static bool name_len(struct lz_vchan *v)
{
	return patched(v, NAME_OFFSET, U32_MAX);
}

static bool data_len(struct lz_vchan *v)
{
	return patched(v, DATA_OFFSET, 0x7fffffff);
}

static bool pcr(struct lz_vchan *v)
{
	return patched(v, 0, 4711);
}

static bool index_gap(struct lz_vchan *v)
{
	struct lz_record record = { .index = cpu_to_le64(1ULL << 40) };
	u32 len = hostile_plausible(hostile_scratch + sizeof(record));

	memcpy(hostile_scratch, &record, sizeof(record));
	hostile_send(v, LZ_FRAME_RECORD, hostile_scratch, sizeof(record) + len);
	return true;
}

static bool lost(struct lz_vchan *v)
{
	hostile_record(v, hostile_scratch, 0);
	return true;
}

static bool state_unasked(struct lz_vchan *v)
{
	struct lz_state state = {};

	hostile_send(v, LZ_FRAME_STATE, &state, sizeof(state));
	return true;
}

static bool resume_back(struct lz_vchan *v)
{
	struct lz_resume resume = {};

	hostile_send(v, LZ_FRAME_RESUME, &resume, sizeof(resume));
	return true;
}

static bool unknown(struct lz_vchan *v)
{
	hostile_send(v, 999, hostile_scratch, LZ_PAYLOAD_MAX);
	return true;
}

static bool bye(struct lz_vchan *v)
{
	struct lz_bye reason = { .reason = cpu_to_le32(4711) };

	hostile_send(v, LZ_FRAME_BYE, &reason, sizeof(reason));
	return false;
}

const struct attack hostile_frames[] = {
	{ "silent", false, silent },
	{ "after-hello", true, silent },
	{ "hello-short", false, hello_short },
	{ "hello-flood", false, hello_again },
	{ "hello-again", true, hello_again },
	{ "no-hello", false, record_first },
	{ "magic", false, magic },
	{ "version", false, version },
	{ "length", false, length },
	{ "too-long", true, just_too_long },
	{ "seq", true, seq_gap },
	{ "half", true, half },
	{ "truncated", true, truncated },
	{ "record-short", true, record_short },
	{ "garbage", true, garbage },
	{ "largest", true, largest },
	{ "name-len", true, name_len },
	{ "data-len", true, data_len },
	{ "pcr", true, pcr },
	{ "index", true, index_gap },
	{ "lost", true, lost },
	{ "state", true, state_unasked },
	{ "resume", true, resume_back },
	{ "unknown", true, unknown },
	{ "flood", true, record_first },
	{ "bye", false, bye },
	{}
};
