// SPDX-License-Identifier: GPL-2.0-only
/*
 * The receiving half of a conversation.  Bytes from the ring are copied once
 * and checked before anything believes them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

#include "commit.h"
#include "proto.h"

static void reject(struct lz_proto *p, u32 reason, const char *why)
{
	pr_warn_ratelimited("dom0's frame %llu: %s\n", p->rx_seq, why);
	lz_proto_bye(p, reason);
}

/* Return: why the header is refused, NULL if it is good. */
static const char *fault(const struct lz_proto *p, const struct lz_frame_hdr *untrusted)
{
	if (le32_to_cpu(untrusted->magic) != LZ_MAGIC)
		return "wrong magic";
	if (le32_to_cpu(untrusted->length) > LZ_PAYLOAD_MAX)
		return "too long";
	if (le64_to_cpu(untrusted->seq) != p->rx_seq)
		return "out of sequence";
	return NULL;
}

static bool read_header(struct lz_proto *p)
{
	struct lz_frame_hdr untrusted_hdr;
	const char *why;

	if (!lz_vchan_read(p->vchan, &untrusted_hdr, sizeof(untrusted_hdr)))
		return false;
	why = fault(p, &untrusted_hdr);
	if (why) {
		reject(p, LZ_BYE_PROTOCOL, why);
	} else if (le16_to_cpu(untrusted_hdr.version) != LZ_VERSION) {
		reject(p, LZ_BYE_VERSION, "another version");
	} else {
		p->rx = untrusted_hdr;
		p->rx_open = true;
		p->rx_seq++;
	}
	return true;
}

/* Drop the rest of a payload, a ring's worth at a time. */
static bool skip_some(struct lz_proto *p)
{
	u32 n = min(p->rx_skip, LZ_LEFT_SIZE);

	if (!lz_vchan_read(p->vchan, NULL, n))
		return false;
	p->rx_skip -= n;
	return true;
}

static void on_resume(struct lz_proto *p, const void *untrusted)
{
	const struct lz_resume *resume = untrusted;

	if (p->resumed)
		return reject(p, LZ_BYE_PROTOCOL, "a second RESUME");
	if (memcmp(resume->boot_nonce, p->boot_nonce, LZ_BOOT_NONCE_SIZE))
		return reject(p, LZ_BYE_PROTOCOL, "RESUME of another boot");
	if (lz_cursor_seek(&p->cursor, le64_to_cpu(resume->from)))
		return reject(p, LZ_BYE_PROTOCOL, "RESUME beyond the end of the list");
	p->resumed = true;
}

static void on_challenge(struct lz_proto *p, const void *untrusted)
{
	const struct lz_challenge *challenge = untrusted;

	if (!p->resumed)
		return reject(p, LZ_BYE_PROTOCOL, "CHALLENGE before RESUME");
	if (lz_tap_scan(0))
		lz_commit_kick();
	memcpy(p->nonce, challenge->nonce, LZ_NONCE_SIZE);
	p->answer_at = lz_tap_records();
	p->challenged = true;
}

static void on_bye(struct lz_proto *p, const void *untrusted)
{
	p->hung_up = true;
}

static void on_ours(struct lz_proto *p, const void *untrusted)
{
	reject(p, LZ_BYE_PROTOCOL, "a frame that only a guest sends");
}

static const struct handler {
	u32 size; /* least payload that makes sense */
	void (*handle)(struct lz_proto *p, const void *untrusted);
} handlers[] = {
	[LZ_FRAME_HELLO] = { 0, on_ours },
	[LZ_FRAME_RESUME] = { sizeof(struct lz_resume), on_resume },
	[LZ_FRAME_RECORD] = { 0, on_ours },
	[LZ_FRAME_CHALLENGE] = { sizeof(struct lz_challenge), on_challenge },
	[LZ_FRAME_STATE] = { 0, on_ours },
	[LZ_FRAME_BYE] = { sizeof(struct lz_bye), on_bye },
};

static const struct handler *handler_of(u16 type)
{
	if (type >= ARRAY_SIZE(handlers) || !handlers[type].handle)
		return NULL;
	return &handlers[type];
}

static bool read_payload(struct lz_proto *p)
{
	const struct handler *h = handler_of(le16_to_cpu(p->rx.type));
	u32 length = le32_to_cpu(p->rx.length);
	union {
		struct lz_resume resume;
		struct lz_challenge challenge;
		struct lz_bye bye;
	} untrusted;
	u32 size = h ? h->size : 0;

	if (length < size) {
		reject(p, LZ_BYE_PROTOCOL, "too short for its type");
		return true;
	}
	if (!lz_vchan_read(p->vchan, &untrusted, size))
		return false;
	p->rx_open = false;
	p->rx_skip = length - size;
	if (h)
		h->handle(p, &untrusted);
	return true;
}

bool lz_proto_receive(struct lz_proto *p)
{
	if (p->challenged)
		return false;
	if (p->rx_skip)
		return skip_some(p);
	return p->rx_open ? read_payload(p) : read_header(p);
}
