/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/challenge.h"

#include <string.h>
#include <sys/random.h>

#define NONCE_AGE_MS 30000 /* an answer that is not there by then is asked for anew */
#define LAG_AGE_MS   1000 /* the same, if the last quote explained too little */
#define SUSPICION_MS 1000 /* suspicious records cause no more challenges than one in that time */

bool challenge_may(const struct challenge *c, int64_t now_ms, bool hurry)
{
	return !c->asked_ms || now_ms - c->asked_ms >= (hurry ? LAG_AGE_MS : NONCE_AGE_MS);
}

bool challenge_is_due(const struct challenge *c, int64_t now_ms)
{
	return c->suspicious && now_ms - c->made_ms >= SUSPICION_MS;
}

int challenge_send(struct challenge *c, struct channel *ch, uint64_t seq, int64_t now_ms)
{
	struct wire_challenge challenge;
	uint8_t frame[WIRE_CHALLENGE_SIZE];

	if (getrandom(challenge.nonce, sizeof(challenge.nonce), 0) != sizeof(challenge.nonce) ||
	    channel_write(ch, frame, wire_put_challenge(frame, seq, &challenge)) < 0)
		return -1;
	c->asked_ms = c->made_ms = now_ms;
	c->suspicious = c->answered = false;
	memcpy(c->nonce, challenge.nonce, sizeof(c->nonce));
	return 0;
}

bool challenge_is_about(const struct challenge *c, const struct wire_state *state)
{
	return c->asked_ms && !memcmp(state->nonce, c->nonce, LZ_NONCE_SIZE);
}
