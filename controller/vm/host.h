/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent's one instance of everything, and the events it tells of. */
#ifndef LAZARET_HOST_H
#define LAZARET_HOST_H

#include <stdio.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <jansson.h>

#include "acm/toolstack.h"
#include "common/conf.h"
#include "ctl/ctl.h"
#include "store/store.h"

struct vm;
struct event_base;

struct host {
	struct event_base *base;
	const char *conf_path;
	struct conf *conf;
	struct store *store;
	struct ts *ts;
	struct ctl *ctl;
	FILE *events; /* NDJSON copy of the event stream, or NULL */
	struct conf_uids vm_uids; /* as when we started; see vm/account.h */
	uid_t child_uid; /* whom all children run as without these */
	gid_t child_gid;
	LIST_HEAD(, vm) vms;
};

/**
 * host_event() - journal something and tell all who listen
 * @vm:		whom it is about; NULL: the host
 * @kind:	«finding», «step», «error», …
 * @who:	part of the program or user that caused it
 * @data:	details; the reference is taken; may be NULL
 */
void host_event(struct host *host, struct vm *vm, const char *kind, const char *who, json_t *data);

/**
 * host_save() - the same, and the VM's row, in one commit
 *
 * Return: 0; -1 if it could not be written: the event is told all the same, and containment must
 * go on in spite of it.
 */
int host_save(struct vm *vm, const char *kind, const char *who, json_t *data);

/* Tells those who listen now, without a journal row: for what is frequent. Takes @data. */
void host_tell(struct host *host, struct vm *vm, const char *kind, json_t *data);

#endif
