/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One conversation over one vchan: include/uapi/lazaret.h is its manual.
 *
 * Frames are built one at a time in one buffer, and a record is rendered
 * straight into its frame.  Belongs to the stream's task; no locks.
 */
#ifndef LZ_PROTO_H
#define LZ_PROTO_H

#include <linux/types.h>
#include <uapi/lazaret.h>

#include "tap.h"
#include "vchan.h"

/* Room for the largest frame, and one byte by which a seq_file shows overflow. */
#define LZ_FRAME_ROOM (sizeof(struct lz_frame_hdr) + LZ_PAYLOAD_MAX + 1)

/**
 * struct lz_proto - a conversation
 * @vchan:	the channel, owned by whoever made it
 * @boot_nonce:	LZ_BOOT_NONCE_SIZE bytes that outlive this
 * @frame:	LZ_FRAME_ROOM bytes, lent to us for as long as this is in use
 * @frame_len:	bytes of the frame being sent, 0 if none is
 * @frame_done:	of these, already in the ring
 * @tx_seq:	number of the next frame to send
 * @rx_seq:	number that the next frame received must have
 * @rx:		header of the frame being received, if @rx_open
 * @rx_open:	a header was read, its payload was not
 * @rx_skip:	bytes still to drop before the next header
 * @cursor:	the record to stream next, once @resumed
 * @greeted:	HELLO was begun
 * @met:	a client was there to read its payload
 * @resumed:	RESUME was received
 * @challenged:	a challenge waits for its answer; nothing is received until then
 * @nonce:	the challenge's
 * @answer_at:	stream this many records first
 * @bye:	enum lz_bye_reason to say, 0 while all is well
 * @bye_sent:	it is in the frame buffer or beyond
 * @hung_up:	the client said BYE
 */
struct lz_proto {
	struct lz_vchan *vchan;
	const u8 *boot_nonce;
	u8 *frame;
	size_t frame_len;
	size_t frame_done;
	u64 tx_seq;
	u64 rx_seq;
	struct lz_frame_hdr rx;
	bool rx_open;
	u32 rx_skip;
	struct lz_cursor cursor;
	bool greeted;
	bool met;
	bool resumed;
	bool challenged;
	u8 nonce[LZ_NONCE_SIZE];
	u64 answer_at;
	u32 bye;
	bool bye_sent;
	bool hung_up;
};

/**
 * lz_proto_init() - begin a conversation
 * @p:		overwritten
 * @vchan:	a fresh vchan
 * @boot_nonce:	see struct lz_proto
 * @frame:	likewise
 */
void lz_proto_init(struct lz_proto *p, struct lz_vchan *vchan, const u8 *boot_nonce, u8 *frame);

/**
 * lz_proto_pump() - receive and send what can be, up to a fair share
 *
 * Never waits.
 *
 * Return: 1 if there is more to do at once, 0 if it must wait for a kick or
 * for a record, -ECONNRESET when the conversation is over.
 */
int lz_proto_pump(struct lz_proto *p);

/**
 * lz_proto_bye() - end it: what is begun is finished, then comes BYE
 * @p:		conversation; pump it until -ECONNRESET
 * @reason:	enum lz_bye_reason; the first one said counts
 */
void lz_proto_bye(struct lz_proto *p, u32 reason);

/**
 * lz_proto_receive() - take one frame from the client, if a whole one is there
 *
 * Return: true if anything was taken.
 */
bool lz_proto_receive(struct lz_proto *p);

#endif /* LZ_PROTO_H */
