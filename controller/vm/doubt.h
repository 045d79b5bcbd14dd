/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For how long a domain's quotes have explained too little, over all connections: a guest could begin
 * a new one each time that the child's patience is about to end.
 */
#ifndef LAZARET_DOUBT_H
#define LAZARET_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

struct ipc_doubt;
struct vm;

/**
 * struct doubt - what is known of a domain
 * @since_ms:	there is doubt since; 0: none at present
 * @spent_ms:	and was, in connections before
 * @committed:	records that quotes explained at most
 * @records:	records that were read at most
 * @told:	it was called tampering; no news until something is explained
 */
struct doubt {
	int64_t since_ms;
	int64_t spent_ms;
	uint64_t committed;
	uint64_t records;
	bool told;
};

/* A child's report; after PROVER_PATIENCE_MS of them without progress it is tampering. */
void doubt_heard(struct vm *vm, const struct ipc_doubt *doubt);

/* The connection, or the TPM, is gone: the time until the next report does not count. */
void doubt_pause(struct vm *vm);

/* Another domain. */
void doubt_forget(struct vm *vm);

#endif
