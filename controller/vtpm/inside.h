/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's TPM as the parent has it; private to vtpm.c, proc.c (its child), report.c (what that
 * reports), hold.c and saved.c.
 */
#ifndef LAZARET_VTPM_INSIDE_H
#define LAZARET_VTPM_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "common/ipc.h"
#include "vm/vm.h"
#include "vtpm/extends.h"
#include "vtpm/nodes.h"

#define VTPM_DIR_SIZE 4200

struct vtpm {
	struct vm *vm;
	uint32_t domid;
	char generation[EXTENDS_GENERATION_SIZE]; /* names the domain, among all that ever were */
	char dir[VTPM_DIR_SIZE]; /* the VM's folder */
	pid_t pid; /* 0: no child */
	int sock;
	struct event *event; /* the child's */
	struct event *timer; /* until the configuration can be read */
	int64_t config_ms; /* since when it is waited for */
	bool held; /* our pause is in force */
	bool measure;
	bool saved; /* there is a mark that says that it is being saved */
	int incarnation; /* see acm/incarnation.h; 0: not known yet */
	bool up; /* «ready» is filled */
	bool serving;
	int64_t serving_ms; /* since when; 0: not */
	struct nodes_ring ring; /* the one that is, or is about to be, served */
	int64_t retry_ms;
	unsigned int failures;
	char told[IPC_TEXT]; /* the failure that the journal has last; "": none */
	bool ready_told; /* the journal has «ready», but for its counters */
	struct ipc_tpm_ready ready;
};

/* Starts its child as soon as the configuration can be read and no other child has its state. */
void vtpm_start_child(struct vtpm *tpm);

/* Its TPM ends in order, by itself. Nothing happens if it has no child. */
void vtpm_end_child(struct vtpm *tpm);

/* Another one, but later: after a while that grows until one has served for long. */
void vtpm_retry_later(struct vtpm *tpm);

/* It is down, and tried again later. */
void vtpm_failed(struct vtpm *tpm, const char *why);

/* An event about it, journaled if it is @news. Takes @data. */
void vtpm_tell(struct vtpm *tpm, bool news, json_t *data);

/* Has the guest's ring served, if there is one, and nobody does so yet. */
void vtpm_serve(struct vtpm *tpm);

/* A message of its child. Return: false if it makes no sense. */
bool vtpm_on_message(struct vtpm *tpm, uint32_t type, const void *data, ssize_t len);

#endif
