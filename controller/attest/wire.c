/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/wire.h"

#include <endian.h>
#include <string.h>

/* What a frame of each type looks like, by type. */
struct shape {
	bool from[2]; /* by enum wire_side: may that side send it? */
	uint32_t size; /* least bytes of payload */
};

static const struct shape shapes[] = {
	[LZ_FRAME_HELLO] = {{true, false}, sizeof(struct lz_hello)},
	[LZ_FRAME_RESUME] = {{false, true}, sizeof(struct lz_resume)},
	[LZ_FRAME_RECORD] = {{true, false}, sizeof(struct lz_record) + 1},
	[LZ_FRAME_CHALLENGE] = {{false, true}, sizeof(struct lz_challenge)},
	[LZ_FRAME_STATE] = {{true, false}, sizeof(struct lz_state)},
	[LZ_FRAME_BYE] = {{true, true}, sizeof(struct lz_bye)},
};

static bool is_known(uint16_t type)
{
	return type >= LZ_FRAME_HELLO && type <= LZ_FRAME_BYE;
}

void wire_decoder_init(struct wire_decoder *d, enum wire_side sender)
{
	memset(d, 0, offsetof(struct wire_decoder, buf));
	d->sender = sender;
}

void wire_expect(struct wire_decoder *d, uint64_t from)
{
	d->streaming = true;
	d->next_index = from;
}

uint8_t *wire_room(struct wire_decoder *d, size_t *room)
{
	if (d->head) {
		memmove(d->buf, d->buf + d->head, d->tail - d->head);
		d->tail -= d->head;
		d->head = 0;
	}
	*room = sizeof(d->buf) - d->tail;
	return d->buf + d->tail;
}

void wire_fed(struct wire_decoder *d, size_t len)
{
	d->tail += len;
}

size_t wire_feed(struct wire_decoder *d, const uint8_t *untrusted_buf, size_t len)
{
	size_t room;
	uint8_t *to = wire_room(d, &room);

	if (len > room)
		len = room;
	if (len)
		memcpy(to, untrusted_buf, len);
	wire_fed(d, len);
	return len;
}

static enum wire_status fail(struct wire_decoder *d, uint32_t bye, const char *error)
{
	d->error = error;
	d->bye = bye;
	return WIRE_ERROR;
}

/* Sets error if the header breaks a rule; the payload need not be there yet. */
static void check_header(struct wire_decoder *d, const struct lz_frame_hdr *h)
{
	uint16_t type = le16toh(h->type);

	if (le32toh(h->magic) != LZ_MAGIC)
		fail(d, LZ_BYE_PROTOCOL, "a frame does not start with the magic");
	else if (le16toh(h->version) != LZ_VERSION)
		fail(d, LZ_BYE_VERSION, "the peer speaks another version of the protocol");
	else if (le32toh(h->length) > LZ_PAYLOAD_MAX)
		fail(d, LZ_BYE_PROTOCOL, "a frame is longer than any may be");
	else if (le64toh(h->seq) != d->next_seq)
		fail(d, LZ_BYE_PROTOCOL, "frames are missing, doubled or out of order");
	else if (d->ended)
		fail(d, LZ_BYE_PROTOCOL, "a frame follows the last one");
	else if (is_known(type) && !shapes[type].from[d->sender])
		fail(d, LZ_BYE_PROTOCOL, "a frame is of a type that only the other side may send");
	else if (is_known(type) && le32toh(h->length) < shapes[type].size)
		fail(d, LZ_BYE_PROTOCOL, "a frame is shorter than its type");
	else if (d->sender == WIRE_GUEST && !d->greeted && type != LZ_FRAME_HELLO &&
		 type != LZ_FRAME_BYE)
		fail(d, LZ_BYE_PROTOCOL, "the first frame is not a greeting");
}

static void get_text(char *out, const char *untrusted_text)
{
	size_t i;

	for (i = 0; i < LZ_TEXT_MAX && untrusted_text[i]; i++)
		out[i] = untrusted_text[i] >= ' ' && untrusted_text[i] <= '~' ? untrusted_text[i]
									      : '?';
	out[i] = '\0';
}

static void get_hello(struct wire_decoder *d, const uint8_t *p, struct wire_hello *out)
{
	struct lz_hello in;

	if (d->greeted) {
		fail(d, LZ_BYE_PROTOCOL, "a second greeting");
		return;
	}
	d->greeted = true;
	memcpy(&in, p, sizeof(in));
	memcpy(out->boot_nonce, in.boot_nonce, sizeof(out->boot_nonce));
	out->records = le64toh(in.records);
	out->early = le64toh(in.early);
	out->ima_mode = le32toh(in.ima_mode);
	out->doorbell = le32toh(in.doorbell);
	get_text(out->module, in.module);
	get_text(out->kernel, in.kernel);
}

static void get_resume(const uint8_t *p, struct wire_resume *out)
{
	struct lz_resume in;

	memcpy(&in, p, sizeof(in));
	memcpy(out->boot_nonce, in.boot_nonce, sizeof(out->boot_nonce));
	out->from = le64toh(in.from);
}

static void get_record(struct wire_decoder *d, const uint8_t *p, uint32_t length,
		       struct wire_record *out)
{
	struct lz_record in;

	memcpy(&in, p, sizeof(in));
	out->index = le64toh(in.index);
	out->time_ns = le64toh(in.time_ns);
	out->data = p + sizeof(in);
	out->len = length - (uint32_t)sizeof(in);
	if (!d->streaming)
		fail(d, LZ_BYE_PROTOCOL, "a record that nobody asked for");
	else if (out->index != d->next_index)
		fail(d, LZ_BYE_PROTOCOL, "records are missing, doubled or out of order");
	d->next_index++;
}

static void get_state(const uint8_t *p, struct wire_state *out)
{
	struct lz_state in;

	memcpy(&in, p, sizeof(in));
	memcpy(out->nonce, in.nonce, sizeof(out->nonce));
	out->records = le64toh(in.records);
	out->streamed = le64toh(in.streamed);
	out->extended = le64toh(in.extended);
	out->lost = le64toh(in.lost);
	out->late = le64toh(in.late);
	out->ima_mode = le32toh(in.ima_mode);
	out->doorbell = le32toh(in.doorbell);
	out->banks = le32toh(in.banks);
	out->commit_state = in.commit_state;
	out->commit_policy = in.commit_policy;
}

static void get_bye(struct wire_decoder *d, const uint8_t *p, struct wire_bye *out)
{
	struct lz_bye in;

	memcpy(&in, p, sizeof(in));
	out->reason = le32toh(in.reason);
	d->ended = true;
}

static void get_payload(struct wire_decoder *d, const uint8_t *p, uint32_t length,
			struct wire_frame *out)
{
	switch (out->type) {
	case LZ_FRAME_HELLO:
		get_hello(d, p, &out->hello);
		break;
	case LZ_FRAME_RESUME:
		get_resume(p, &out->resume);
		break;
	case LZ_FRAME_RECORD:
		get_record(d, p, length, &out->record);
		break;
	case LZ_FRAME_CHALLENGE:
		memcpy(out->challenge.nonce, p, sizeof(out->challenge.nonce));
		break;
	case LZ_FRAME_STATE:
		get_state(p, &out->state);
		break;
	case LZ_FRAME_BYE:
		get_bye(d, p, &out->bye);
		break;
	}
}

enum wire_status wire_next(struct wire_decoder *d, struct wire_frame *out)
{
	struct lz_frame_hdr h;

	while (!d->error) {
		const uint8_t *p = d->buf + d->head;
		uint32_t length;

		if (d->tail - d->head < sizeof(h))
			return WIRE_MORE;
		memcpy(&h, p, sizeof(h));
		check_header(d, &h);
		if (d->error)
			break;
		length = le32toh(h.length);
		if (d->tail - d->head < sizeof(h) + length)
			return WIRE_MORE;
		d->head += sizeof(h) + length;
		/* Whole, with what is behind a text: it may travel on as it is. */
		memset(out, 0, sizeof(*out));
		out->seq = d->next_seq++;
		out->type = le16toh(h.type);
		if (!is_known(out->type))
			continue;
		get_payload(d, p + sizeof(h), length, out);
		return d->error ? WIRE_ERROR : WIRE_FRAME;
	}
	return WIRE_ERROR;
}

/* Writes header and payload; bytes of @payload are in the wire's order already. */
static size_t put_frame(uint8_t *out, uint64_t seq, uint16_t type, const void *payload, size_t len)
{
	const struct lz_frame_hdr h = {
		.magic = htole32(LZ_MAGIC),
		.version = htole16(LZ_VERSION),
		.type = htole16(type),
		.length = htole32((uint32_t)len),
		.seq = htole64(seq),
	};

	memcpy(out, &h, sizeof(h));
	memcpy(out + sizeof(h), payload, len);
	return sizeof(h) + len;
}

size_t wire_put_hello(uint8_t *out, uint64_t seq, const struct wire_hello *hello)
{
	struct lz_hello p = {
		.records = htole64(hello->records),
		.ima_mode = htole32(hello->ima_mode),
		.doorbell = htole32(hello->doorbell),
		.early = htole64(hello->early),
	};

	memcpy(p.boot_nonce, hello->boot_nonce, sizeof(p.boot_nonce));
	memcpy(p.module, hello->module, strnlen(hello->module, sizeof(p.module)));
	memcpy(p.kernel, hello->kernel, strnlen(hello->kernel, sizeof(p.kernel)));
	return put_frame(out, seq, LZ_FRAME_HELLO, &p, sizeof(p));
}

size_t wire_put_resume(uint8_t *out, uint64_t seq, const struct wire_resume *resume)
{
	struct lz_resume p = {.from = htole64(resume->from)};

	memcpy(p.boot_nonce, resume->boot_nonce, sizeof(p.boot_nonce));
	return put_frame(out, seq, LZ_FRAME_RESUME, &p, sizeof(p));
}

size_t wire_put_record(uint8_t *out, uint64_t seq, const struct wire_record *record)
{
	struct lz_record p = {
		.index = htole64(record->index),
		.time_ns = htole64(record->time_ns),
	};
	const uint32_t length = htole32((uint32_t)sizeof(p) + record->len);

	if (record->len == 0 || record->len > LZ_RECORD_MAX)
		return 0;
	put_frame(out, seq, LZ_FRAME_RECORD, &p, sizeof(p));
	memcpy(out + offsetof(struct lz_frame_hdr, length), &length, sizeof(length));
	memcpy(out + WIRE_RECORD_SIZE, record->data, record->len);
	return WIRE_RECORD_SIZE + record->len;
}

size_t wire_put_challenge(uint8_t *out, uint64_t seq, const struct wire_challenge *challenge)
{
	return put_frame(out, seq, LZ_FRAME_CHALLENGE, challenge->nonce, sizeof(challenge->nonce));
}

size_t wire_put_state(uint8_t *out, uint64_t seq, const struct wire_state *state)
{
	struct lz_state p = {
		.records = htole64(state->records),
		.streamed = htole64(state->streamed),
		.extended = htole64(state->extended),
		.lost = htole64(state->lost),
		.late = htole64(state->late),
		.ima_mode = htole32(state->ima_mode),
		.doorbell = htole32(state->doorbell),
		.banks = htole32(state->banks),
		.commit_state = state->commit_state,
		.commit_policy = state->commit_policy,
	};

	memcpy(p.nonce, state->nonce, sizeof(p.nonce));
	return put_frame(out, seq, LZ_FRAME_STATE, &p, sizeof(p));
}

size_t wire_put_bye(uint8_t *out, uint64_t seq, uint32_t reason)
{
	const struct lz_bye p = {.reason = htole32(reason)};

	return put_frame(out, seq, LZ_FRAME_BYE, &p, sizeof(p));
}
