// SPDX-License-Identifier: GPL-2.0-or-later
/* What a client in dom0 must not do, and that the guest must survive. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peek.h"

#define FLOOD_FRAMES 10000

/* A RESUME whose header is spoilt by one field. */
static void send_spoilt(struct peek *p, struct lz_frame_hdr hdr)
{
	struct lz_resume r = peek_good_resume(p);

	peek_put(p, &hdr, sizeof(hdr));
	peek_put(p, &r, sizeof(r));
}

static void play_magic(struct peek *p)
{
	struct lz_frame_hdr hdr = peek_header(p, LZ_FRAME_RESUME, sizeof(struct lz_resume));

	hdr.magic ^= 1;
	send_spoilt(p, hdr);
}

static void play_version(struct peek *p)
{
	struct lz_frame_hdr hdr = peek_header(p, LZ_FRAME_RESUME, sizeof(struct lz_resume));

	hdr.version = LZ_VERSION + 1;
	send_spoilt(p, hdr);
}

static void play_length(struct peek *p)
{
	send_spoilt(p, peek_header(p, LZ_FRAME_RESUME, UINT32_MAX));
}

static void play_seq(struct peek *p)
{
	p->tx_seq = 7;
	peek_resume(p);
}

static void play_short(struct peek *p)
{
	struct lz_resume r = peek_good_resume(p);

	peek_send(p, LZ_FRAME_RESUME, &r, sizeof(r) - 1);
}

static void play_nonce(struct peek *p)
{
	p->hello.boot_nonce[0] ^= 1;
	peek_resume(p);
}

static void play_beyond(struct peek *p)
{
	p->opt.from = UINT64_MAX;
	peek_resume(p);
}

static void play_twice(struct peek *p)
{
	peek_resume(p);
	peek_resume(p);
}

static void play_type(struct peek *p)
{
	struct lz_state s = {.records = 1};

	peek_send(p, LZ_FRAME_STATE, &s, sizeof(s));
}

static void play_early(struct peek *p)
{
	peek_challenge(p);
}

/* Must do no harm: an unknown type is skipped, a longer payload is cut. */
static void play_unknown(struct peek *p)
{
	static const uint8_t noise[LZ_PAYLOAD_MAX] = {0xa5};
	uint8_t longer[sizeof(struct lz_resume) + 99] = {0};
	struct lz_resume r = peek_good_resume(p);

	peek_send(p, 999, noise, sizeof(noise));
	memcpy(longer, &r, sizeof(r));
	peek_send(p, LZ_FRAME_RESUME, longer, sizeof(longer));
}

static void play_indices(struct peek *p)
{
	p->vchan->ring->left.prod += 1U << 20;
	p->vchan->ring->right.cons -= 1U << 20;
}

static void play_liveness(struct peek *p)
{
	p->vchan->ring->cli_live = 77;
}

static void play_stall(struct peek *p)
{
	peek_resume(p);
	sleep((unsigned int)p->opt.seconds);
	exit(EXIT_SUCCESS);
}

static void play_flood(struct peek *p)
{
	int i;

	peek_resume(p);
	for (i = 0; i < FLOOD_FRAMES; i++)
		peek_send(p, 999, NULL, 0);
}

static void play_half(struct peek *p)
{
	struct lz_frame_hdr hdr = peek_header(p, LZ_FRAME_RESUME, sizeof(struct lz_resume));

	peek_put(p, &hdr, sizeof(hdr) / 2);
	raise(SIGKILL);
}

static void play_bye(struct peek *p)
{
	struct lz_bye bye = {.reason = LZ_BYE_RESTART};

	peek_send(p, LZ_FRAME_BYE, &bye, sizeof(bye));
}

static const struct trick tricks[] = {
	{"magic", play_magic, "wrong magic"},
	{"version", play_version, "another version"},
	{"length", play_length, "a length of 4 GiB"},
	{"seq", play_seq, "a gap in seq"},
	{"short", play_short, "RESUME too short"},
	{"nonce", play_nonce, "RESUME of another boot"},
	{"beyond", play_beyond, "RESUME beyond the list"},
	{"twice", play_twice, "RESUME twice"},
	{"type", play_type, "a type that only guests send"},
	{"early", play_early, "CHALLENGE before RESUME"},
	{"unknown", play_unknown, "an unknown type, then a longer RESUME: harmless"},
	{"indices", play_indices, "impossible ring indices"},
	{"liveness", play_liveness, "an impossible state of the client"},
	{"stall", play_stall, "RESUME, then read nothing until time is out"},
	{"flood", play_flood, "RESUME, then 10000 empty unknown frames: harmless"},
	{"half", play_half, "half a header, then SIGKILL"},
	{"bye", play_bye, "BYE"},
};

const struct trick *peek_find_trick(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(tricks) / sizeof(*tricks); i++)
		if (!strcmp(tricks[i].name, name))
			return &tricks[i];
	return NULL;
}

void peek_list_tricks(FILE *to)
{
	size_t i;

	for (i = 0; i < sizeof(tricks) / sizeof(*tricks); i++)
		fprintf(to, "              %-9s %s\n", tricks[i].name, tricks[i].what);
}
