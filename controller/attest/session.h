/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One conversation with a guest's module, from HELLO on; reports to the parent. */
#ifndef LAZARET_SESSION_H
#define LAZARET_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/channel.h"
#include "common/ipc.h"
#include "golden/policy.h"

/* Findings told in full, for each boot; the rest are counted. A guest must not fill dom0's disk. */
#define SESSION_FINDINGS_MAX 256

struct session;

/**
 * session_new() - begin
 * @policy:	must outlive it; NULL: nothing is golden
 * @tpm:	the VM has a TPM: nothing is proven without a quote of it
 *
 * Return: NULL without memory or without the digests that are needed.
 */
struct session *session_new(const struct policy *policy, struct channel *ch, bool tpm);

void session_free(struct session *s);

/* Where to read the guest's bytes to; at least one byte. */
uint8_t *session_room(struct session *s, size_t *room);

/**
 * session_fed() - so many bytes came
 *
 * Return: NULL, or why the conversation is over.
 */
const char *session_fed(struct session *s, size_t len);

/* Its TPM came up, or answered; from the parent. Return: NULL, or why we can't go on. */
const char *session_tpm(struct session *s, const struct ipc_tpm_ready *ready);
void session_quoted(struct session *s, const struct ipc_tpm_quoted *quoted);

/* Must be called now and then: what has to come within a time is looked for. */
void session_tick(struct session *s);

/* Is the next challenge due sooner than usual? */
bool session_hurries(const struct session *s);

/* No more of the guest's bytes, please, for the time being: its TPM has too much to explain. */
bool session_full(const struct session *s);

/* Has HELLO come? */
bool session_greeted(const struct session *s);

/* Sends the guest a fresh nonce, unless one is still out. */
void session_challenge(struct session *s);

/* Tells the parent how far the log is read, if that changed. */
void session_report(struct session *s);

#endif
