/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of include/uapi/lazaret.h: to bytes and from bytes. */
#ifndef LAZARET_WIRE_H
#define LAZARET_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "uapi/lazaret.h"

/* Bytes of each frame with its header; a RECORD is WIRE_RECORD_SIZE plus the record. */
#define WIRE_HELLO_SIZE	    (sizeof(struct lz_frame_hdr) + sizeof(struct lz_hello))
#define WIRE_RESUME_SIZE    (sizeof(struct lz_frame_hdr) + sizeof(struct lz_resume))
#define WIRE_RECORD_SIZE    (sizeof(struct lz_frame_hdr) + sizeof(struct lz_record))
#define WIRE_CHALLENGE_SIZE (sizeof(struct lz_frame_hdr) + sizeof(struct lz_challenge))
#define WIRE_STATE_SIZE	    (sizeof(struct lz_frame_hdr) + sizeof(struct lz_state))
#define WIRE_BYE_SIZE	    (sizeof(struct lz_frame_hdr) + sizeof(struct lz_bye))
#define WIRE_FRAME_MAX	    (sizeof(struct lz_frame_hdr) + LZ_PAYLOAD_MAX)

/* A decoder holds one frame of any size and what a full ring adds to it. */
#define WIRE_BUFFER_SIZE (WIRE_FRAME_MAX + (1U << LZ_RING_RIGHT_ORDER))

/* The structs below are those of the header in the host's byte order, texts terminated. */

struct wire_hello {
	uint8_t boot_nonce[LZ_BOOT_NONCE_SIZE];
	uint64_t records;
	uint64_t early;
	uint32_t ima_mode;
	uint32_t doorbell;
	char module[LZ_TEXT_MAX + 1]; /* printable ASCII, others made '?' */
	char kernel[LZ_TEXT_MAX + 1];
};

struct wire_resume {
	uint8_t boot_nonce[LZ_BOOT_NONCE_SIZE];
	uint64_t from;
};

struct wire_record {
	uint64_t index;
	uint64_t time_ns;
	const uint8_t *data; /* unchecked: for verify_record() */
	uint32_t len; /* 1 to LZ_RECORD_MAX */
};

struct wire_challenge {
	uint8_t nonce[LZ_NONCE_SIZE];
};

struct wire_state {
	uint8_t nonce[LZ_NONCE_SIZE];
	uint64_t records;
	uint64_t streamed;
	uint64_t extended;
	uint64_t lost;
	uint64_t late;
	uint32_t ima_mode;
	uint32_t doorbell;
	uint32_t banks;
	uint8_t commit_state; /* enum lz_commit_state, or what a later version says */
	uint8_t commit_policy; /* enum lz_commit_policy, likewise */
};

struct wire_bye {
	uint32_t reason;
};

/**
 * struct wire_frame - one frame that kept the rules
 * @type:	enum lz_frame_type; never one that this version does not know
 * @seq:	its number
 *
 * One member of the union is valid, by @type.  @record.data points into the decoder and
 * is valid until the next call of any function of it.
 */
struct wire_frame {
	uint16_t type;
	uint64_t seq;
	union {
		struct wire_hello hello;
		struct wire_resume resume;
		struct wire_record record;
		struct wire_challenge challenge;
		struct wire_state state;
		struct wire_bye bye;
	};
};

enum wire_side {
	WIRE_GUEST, /* HELLO, RECORD, STATE, BYE */
	WIRE_DOM0, /* RESUME, CHALLENGE, BYE */
};

enum wire_status {
	WIRE_MORE = 0, /* no whole frame is there yet */
	WIRE_FRAME,
	WIRE_ERROR, /* a rule was broken; stays so: close the channel */
};

/**
 * struct wire_decoder - the bytes of one direction of one connection
 * @error:	why WIRE_ERROR, a static sentence; NULL before
 * @bye:	enum lz_bye_reason to send for it
 *
 * The other members are the decoder's own.  140 KiB: not for the stack.
 */
struct wire_decoder {
	const char *error;
	uint32_t bye;
	enum wire_side sender;
	uint64_t next_seq;
	uint64_t next_index;
	bool greeted;
	bool streaming;
	bool ended;
	size_t head;
	size_t tail;
	uint8_t buf[WIRE_BUFFER_SIZE];
};

/**
 * wire_decoder_init() - a new connection
 * @sender:	whose frames will be read: in the controller WIRE_GUEST
 */
void wire_decoder_init(struct wire_decoder *d, enum wire_side sender);

/**
 * wire_expect() - after RESUME was sent: which record comes first
 * @from:	as in RESUME
 *
 * A RECORD before this call, or with another index than the next, is an error.
 */
void wire_expect(struct wire_decoder *d, uint64_t from);

/**
 * wire_room() - where to read bytes of the peer to (libxenvchan_read())
 * @room:	bytes that fit; at least 1 if wire_next() said WIRE_MORE
 *
 * This read is the one copy out of shared memory.
 *
 * Return: pointer into the decoder, valid until its next call.
 */
uint8_t *wire_room(struct wire_decoder *d, size_t *room);

/** wire_fed() - @len bytes were written to wire_room(), at most its @room */
void wire_fed(struct wire_decoder *d, size_t len);

/**
 * wire_feed() - copy bytes in
 *
 * Return: bytes taken, less than @len when the decoder is full: call wire_next().
 */
size_t wire_feed(struct wire_decoder *d, const uint8_t *untrusted_buf, size_t len);

/**
 * wire_next() - take the next frame
 * @out:	written if WIRE_FRAME is returned
 *
 * Checks magic, version, length, seq, direction, HELLO first and once, nothing after BYE,
 * index of records. Skips frames of unknown type.
 *
 * Return: enum wire_status.
 */
enum wire_status wire_next(struct wire_decoder *d, struct wire_frame *out);

/*
 * Encoders. Each writes one frame with number @seq to @out, which has room for that
 * frame's WIRE_…_SIZE, and returns the bytes written. wire_put_record() returns 0 if the
 * record is empty or longer than LZ_RECORD_MAX.
 */
size_t wire_put_hello(uint8_t *out, uint64_t seq, const struct wire_hello *hello);
size_t wire_put_resume(uint8_t *out, uint64_t seq, const struct wire_resume *resume);
size_t wire_put_record(uint8_t *out, uint64_t seq, const struct wire_record *record);
size_t wire_put_challenge(uint8_t *out, uint64_t seq, const struct wire_challenge *challenge);
size_t wire_put_state(uint8_t *out, uint64_t seq, const struct wire_state *state);
size_t wire_put_bye(uint8_t *out, uint64_t seq, uint32_t reason);

#endif
