/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transaction: what is done to a VM, step by step, each step's result in the journal.
 *
 * One at a time for each VM, and for one domain of it: if that is replaced by another, the
 * transaction fails. Steps are written so that doing one again does no harm: after a restart of
 * ours a containment or a release is started anew; a cure that was broken off ends in danger.
 */
#ifndef LAZARET_TX_H
#define LAZARET_TX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/vm.h"

#define TX_DETAIL    256
#define TX_NO_DOMAIN (-2)

/* What a step may return besides 0 (done) and TX_FAILED. */
enum { TX_FAILED = -1, TX_DONE = 0, TX_WAIT = 1 /* tx_op_done() will be called */, TX_AGAIN = 2 };

struct tx;

struct tx_step {
	const char *name;
	int (*run)(struct tx *tx);
};

/* All that is the same for each transaction of a kind. vm/crash.c lists them all. */
struct tx_kind {
	const char *name;
	const struct tx_step *steps; /* ends with a NULL name */
	/* Called once; the VM has no transaction any more then. */
	void (*end)(struct tx *tx, int rc);
};

struct tx {
	struct vm *vm;
	const struct tx_kind *kind;
	char who[64];
	unsigned int at; /* its present step */
	int64_t step_ms; /* when the present step began */
	unsigned int tries; /* how often it was run */
	int64_t domid; /* whom it is about; TX_NO_DOMAIN while it destroys or makes one */
	int op_rc; /* result of its last operation */
	uint32_t op_domid;
	bool cancelled;
	char why[TX_DETAIL]; /* it was cancelled */
	char note[TX_DETAIL]; /* a step's own, kept from one run of it to the next */
	char undone[TX_DETAIL]; /* what a step could not withdraw: told by the one that verifies */
	bool woken; /* a release has ended our pause */
	bool creates; /* the next new domain of this VM is made by this transaction */
	char detail[TX_DETAIL]; /* what the step did or why it failed, for people */
	pid_t child; /* of a step that runs one; 0: none */
	int sock;
	struct event *event; /* that child's, or the timer of TX_AGAIN */
	void (*heard)(struct tx *tx, const struct ipc_finding *f); /* from a child; may be NULL */
	void *own; /* of whoever started it: see tx_start_with() */
};

/**
 * tx_start() - begin, unless something is being done to the VM
 * @who:	for the journal
 *
 * Return: 0, or -1 if there is one already.
 */
int tx_start(struct vm *vm, const struct tx_kind *kind, const char *who);

/* The same with something of the caller's in tx->own, which «end» has to free. */
int tx_start_with(struct vm *vm, const struct tx_kind *kind, const char *who, void *own);

/*
 * Ends as failed before a step runs (again), and instead of succeeding; what runs is not broken off. The
 * first @why is told.
 */
void tx_cancel(struct vm *vm, const char *why);

/* A ts_done for a step that returns TX_WAIT: the step is run again, with @op_rc. */
void tx_op_done(void *tx, int rc, uint32_t domid);

/* Names of the steps from the present one on. A new reference. */
json_t *tx_steps(const struct tx *tx);

/* How long the present step has taken, in milliseconds. */
int64_t tx_step_age(const struct tx *tx);

/* Sets the detail and returns TX_FAILED. */
int tx_fail(struct tx *tx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the detail and returns TX_DONE. */
int tx_ok(struct tx *tx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Tells of progress within a step, not in the journal. */
void tx_progress(struct tx *tx, uint64_t done, uint64_t total);

#endif
