/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's module was asked last: a fresh nonce, and whether it has answered that. */
#ifndef LAZARET_CHALLENGE_H
#define LAZARET_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/channel.h"
#include "attest/wire.h"

/* All zeros: nothing was asked yet. */
struct challenge {
	int64_t asked_ms; /* 0: none is out */
	int64_t made_ms; /* when the last was made; 0: never */
	uint8_t nonce[LZ_NONCE_SIZE];
	bool suspicious; /* records call for one that nobody has asked for */
	bool answered; /* the guest's answer to the last one is in «state» */
	struct wire_state state;
};

/**
 * challenge_may() - may another be made?
 * @hurry:	the last one showed too little: it is given up sooner
 *
 * Not as long as one is out, but for one that was not answered in time.
 */
bool challenge_may(const struct challenge *c, int64_t now_ms, bool hurry);

/* Do suspicious records call for one now? They get no more than one in a second. */
bool challenge_is_due(const struct challenge *c, int64_t now_ms);

/**
 * challenge_send() - ask
 * @seq:	of the frame
 *
 * Return: 0; -1 if there was no room in the channel: nothing was asked.
 */
int challenge_send(struct challenge *c, struct channel *ch, uint64_t seq, int64_t now_ms);

/* Is @state about the challenge that is out? One to an older nonce proves nothing now. */
bool challenge_is_about(const struct challenge *c, const struct wire_state *state);

#endif
