/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "attest/wire.h"
#include "fuzz.h"

static struct wire_decoder decoder;

static void check_text(const char *text)
{
	if (strlen(text) > LZ_TEXT_MAX)
		abort();
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

/* A sum that the sanitizer must see all the record's bytes for. */
static void touch(const uint8_t *data, uint32_t len)
{
	static volatile uint8_t sink;

	for (uint32_t i = 0; i < len; i++)
		sink ^= data[i];
}

static void check(const struct wire_frame *f, uint64_t *index)
{
	switch (f->type) {
	case LZ_FRAME_HELLO:
		check_text(f->hello.module);
		check_text(f->hello.kernel);
		break;
	case LZ_FRAME_RECORD:
		if (f->record.index != (*index)++ || !f->record.len ||
		    f->record.len > LZ_RECORD_MAX)
			abort();
		touch(f->record.data, f->record.len);
		break;
	case LZ_FRAME_RESUME:
	case LZ_FRAME_CHALLENGE:
	case LZ_FRAME_STATE:
	case LZ_FRAME_BYE:
		break;
	default:
		abort();
	}
}

void fuzz_wire(const uint8_t *data, size_t len)
{
	struct wire_frame f;
	uint64_t index = 0, seq = 0;
	size_t at = 1, step = len ? 1 + (size_t)(data[0] >> 1) * 64 : 1, fed = 1;
	enum wire_status status = WIRE_MORE;

	if (!len)
		return;
	wire_decoder_init(&decoder, data[0] & 1 ? WIRE_DOM0 : WIRE_GUEST);
	wire_expect(&decoder, 0);
	while (at < len && status != WIRE_ERROR) {
		fed = wire_feed(&decoder, data + at, step < len - at ? step : len - at);
		if (!fed)
			abort(); /* a decoder that wants more must have room */
		at += fed;
		while ((status = wire_next(&decoder, &f)) == WIRE_FRAME) {
			if (f.seq < seq)
				abort();
			seq = f.seq + 1;
			check(&f, &index);
		}
	}
	if ((status == WIRE_ERROR) != !!decoder.error)
		abort();
}
