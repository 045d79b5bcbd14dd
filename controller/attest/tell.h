/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attest child reports to its parent. */
#ifndef LAZARET_TELL_H
#define LAZARET_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify.h"
#include "attest/wire.h"
#include "common/ipc.h"

void tell_hello(const struct wire_hello *hello);

/* @guest_ns: the guest's word for when; @received_ns: dom0's. */
void tell_finding(const struct finding *f, uint64_t guest_ns, int64_t received_ns);

/**
 * tell_proof() - the guest's module answered, and (@quoted) its TPM as well
 * @last_danger: index of the last record that means danger, if there is one
 * @ima_policy:	the measurement policy that is demanded was loaded
 *
 * Only when every record that the guest counted has been read.
 */
void tell_proof(const struct verifier *v, const struct wire_state *state, uint64_t last_danger,
		bool quoted, bool ima_policy);

/* How far the log is read. */
void tell_reading(const struct verifier *v, uint64_t last_danger);

/* Whether quotes explain what they should; @why: NULL: they do. */
void tell_doubt(uint64_t committed, uint64_t records, const char *why);

/* IPC_TAMPER or IPC_HINT. */
void tell_text(enum ipc_type type, const char *what);

#endif
