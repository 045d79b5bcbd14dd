// SPDX-License-Identifier: GPL-2.0-only
/* The sending half, and the order in which things are said. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "commit.h"
#include "doorbell.h"
#include "proto.h"
#include "version.h"

#define FAIR_SHARE 256 /* frames in one pump */

void lz_proto_init(struct lz_proto *p, struct lz_vchan *vchan, const u8 *boot_nonce, u8 *frame)
{
	*p = (struct lz_proto){ .vchan = vchan, .boot_nonce = boot_nonce, .frame = frame };
}

void lz_proto_bye(struct lz_proto *p, u32 reason)
{
	if (!p->bye)
		p->bye = reason;
}

static void *payload(struct lz_proto *p)
{
	return p->frame + sizeof(struct lz_frame_hdr);
}

static void seal(struct lz_proto *p, u16 type, u32 length)
{
	struct lz_frame_hdr hdr = {
		.magic = cpu_to_le32(LZ_MAGIC),
		.version = cpu_to_le16(LZ_VERSION),
		.type = cpu_to_le16(type),
		.length = cpu_to_le32(length),
		.seq = cpu_to_le64(p->tx_seq++),
	};

	memcpy(p->frame, &hdr, sizeof(hdr));
	p->frame_len = sizeof(hdr) + length;
	p->frame_done = 0;
}

static void fill_hello(struct lz_proto *p)
{
	struct lz_hello *hello = payload(p);

	memset(hello, 0, sizeof(*hello));
	memcpy(hello->boot_nonce, p->boot_nonce, LZ_BOOT_NONCE_SIZE);
	hello->records = cpu_to_le64(lz_tap_records());
	hello->ima_mode = cpu_to_le32(lz_tap_ima_mode());
	hello->doorbell = cpu_to_le32(lz_doorbell_mode());
	strscpy(hello->module, LZ_MODULE_VERSION, sizeof(hello->module));
	strscpy(hello->kernel, init_utsname()->release, sizeof(hello->kernel));
	hello->early = cpu_to_le64(lz_tap_early());
}

static void make_hello(struct lz_proto *p)
{
	seal(p, LZ_FRAME_HELLO, sizeof(struct lz_hello));
	p->greeted = true;
}

static void make_bye(struct lz_proto *p)
{
	struct lz_bye bye = { .reason = cpu_to_le32(p->bye) };

	memcpy(payload(p), &bye, sizeof(bye));
	seal(p, LZ_FRAME_BYE, sizeof(bye));
	p->bye_sent = true;
}

static void make_state(struct lz_proto *p)
{
	struct lz_commit_stats commit;
	struct lz_state state = {
		/* Not what the list has now: dom0 got none but these. */
		.records = cpu_to_le64(p->cursor.next),
		.streamed = cpu_to_le64(p->cursor.next),
		.lost = cpu_to_le64(lz_tap_lost()),
		.ima_mode = cpu_to_le32(lz_tap_ima_mode()),
		.doorbell = cpu_to_le32(lz_doorbell_mode()),
	};

	lz_commit_stats(&commit);
	state.extended = cpu_to_le64(commit.extended);
	state.late = cpu_to_le64(commit.late);
	state.banks = cpu_to_le32(commit.banks);
	state.commit_state = commit.state;
	state.commit_policy = commit.policy;
	memcpy(state.nonce, p->nonce, LZ_NONCE_SIZE);
	memcpy(payload(p), &state, sizeof(state));
	seal(p, LZ_FRAME_STATE, sizeof(state));
	p->challenged = false;
}

/* A lost record goes out empty: the index has no gap and dom0 sees the loss. */
static bool make_record(struct lz_proto *p)
{
	struct lz_record *record = payload(p);
	u64 index = p->cursor.next;
	u64 time_ns;
	ssize_t len = lz_cursor_read(&p->cursor, record->data, LZ_RECORD_MAX + 1, &time_ns);

	if (len < 0)
		return false;
	record->index = cpu_to_le64(index);
	record->time_ns = cpu_to_le64(time_ns);
	seal(p, LZ_FRAME_RECORD, sizeof(*record) + len);
	return true;
}

static bool make_next(struct lz_proto *p)
{
	if (p->bye)
		make_bye(p);
	else if (!p->greeted)
		make_hello(p);
	else if (p->challenged && p->cursor.next >= p->answer_at)
		make_state(p);
	else
		return p->resumed && make_record(p);
	return true;
}

/*
 * A client that connects does not kick us, but one that reads does.  So HELLO's
 * header lies ready for it; its payload is made when the client is there, and
 * says what is true then.
 */
static size_t sendable(struct lz_proto *p)
{
	if (p->met)
		return p->frame_len;
	lz_vchan_expect_read(p->vchan);
	if (lz_vchan_peer(p->vchan) != LZ_PEER_LIVE)
		return sizeof(struct lz_frame_hdr);
	p->met = true;
	fill_hello(p);
	return p->frame_len;
}

/* Return: true when nothing is left in the frame buffer. */
static bool flush(struct lz_proto *p)
{
	p->frame_done += lz_vchan_write(p->vchan, p->frame + p->frame_done,
					sendable(p) - p->frame_done);
	if (p->frame_done < p->frame_len)
		return false;
	p->frame_len = 0;
	p->frame_done = 0;
	return true;
}

int lz_proto_pump(struct lz_proto *p)
{
	int share;

	for (share = 0; share < FAIR_SHARE; share++) {
		bool moved = !p->bye && lz_proto_receive(p);

		if (p->hung_up)
			return -ECONNRESET;
		if (p->frame_len && !flush(p)) {
			if (!moved)
				return 0;
			continue;
		}
		if (p->bye_sent)
			return -ECONNRESET;
		if (!make_next(p) && !moved)
			return 0;
	}
	return 1;
}
