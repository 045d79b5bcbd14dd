/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual machine, known by its UUID over renames, reboots and restarts of ours.
 *
 * vm.c: the object and its state; presence.c: its domain comes and goes; judge.c: what follows from
 * its child's reports; speaker.c and doubt.c: what of them outlives a connection; tick.c: what follows
 * from time passing; view.c: how it is shown. Files that act on it: acm/contain.c, acm/restore.c,
 * remedy/cure.c, remedy/scan.c.
 */
#ifndef LAZARET_VM_H
#define LAZARET_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "acm/admission.h"
#include "common/ipc.h"
#include "remedy/ward.h"
#include "vm/doubt.h"
#include "vm/host.h"

#define VM_NO_CHANNEL "no channel: the guest has no lazaret module, or it has not started yet"

struct attest;
struct evidence;
struct tx;
struct vtpm;

struct vm {
	LIST_ENTRY(vm) entry;
	struct host *host;
	struct store_vm row;
	const struct conf_vm *conf;
	uid_t uid; /* see vm/account.h; 0: none yet */
	int64_t domid; /* -1: not running */
	bool unsaved; /* the row could not be written: it is tried again */

	/* What the child for the present domain reported. */
	struct vtpm *vtpm; /* its TPM; NULL: none */
	struct attest *attest;
	bool channel; /* the guest has published its rings */
	int64_t retry_ms;
	unsigned int failures;
	bool greeted;
	struct ipc_hello hello;
	bool proven; /* «proof» is of this connection */
	struct ipc_proof proof;
	int64_t proof_ms; /* monotonic; 0: never */
	int64_t proof_ns;
	uint64_t records;
	uint64_t dangers; /* findings of this boot that mean danger and are not accepted */
	int64_t golden_ms; /* since when this boot's log is complete and golden; 0: it is not */
	json_t *findings; /* of this boot, by the golden values of now; rows as in the journal */
	json_t *journaled; /* findings of this domain that the journal has */
	struct doubt doubt; /* of this domain */

	struct tx *tx; /* what is being done to it; NULL: nothing */
	bool pause_held; /* a pause of ours is in force, we know */
	bool pause_doubtful; /* row.paused_by_us is what an earlier run of ours meant to do */
	int64_t twin; /* another domain with the same UUID; -1: none */
	char refused[ADMISSION_WHY]; /* why its domain is not admitted; "": it is */
	char tampered[STORE_BOOT_SIZE]; /* boot whose log or TPM was tampered with, as we know */
	int64_t contain_retry_ms;
	struct ward ward; /* of its cures */
	struct evidence *evidence; /* that somebody asked for; NULL: none */
	json_t *rebirth; /* what a domain of ours that reboots is made of again */
};

/* Return: the VM, made if it was not known. */
struct vm *vm_get(struct host *host, const char *uuid);

/* Finds by UUID, name or domain number. Return: NULL if there is none, or if the name is not unique. */
struct vm *vm_find(struct host *host, const char *key);
struct vm *vm_by_domid(struct host *host, uint32_t domid);

/* Loads what the store remembers. What was trusted then is unknown now. */
void vm_load_all(struct host *host);

/* The toolstack's list has it, or has it no more. */
void vm_seen(struct vm *vm, const struct ts_domain *dom);
void vm_gone(struct vm *vm);

/**
 * vm_twin() - a second domain with its UUID is there, or (-1) is there no more
 *
 * Only one is watched, so that the VM is not trusted while there are two; the second domain of a VM
 * that must be cut off is held paused, and is contained when it is the only one.
 */
void vm_twin(struct vm *vm, int64_t domid);

/**
 * vm_set_state() - change the state, if the machine has that transition
 * @who:	who causes it
 * @fmt:	the reason, for people
 *
 * Return: 0; -1 if it was not recorded, or is not allowed.
 */
int vm_set_state(struct vm *vm, enum vm_state state, const char *who, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* How far it is cut off in danger: as an operator said for this incident, or as configured. */
enum vm_level vm_level(const struct vm *vm);

/* Puts the VM in danger and starts to contain it; in danger already: the reason is journaled. */
void vm_danger(struct vm *vm, const char *who, const char *reason);

/* Forgets all that was reported of a boot: another one begins, or the channel is gone. */
void vm_forget_boot(struct vm *vm);

/* Reports of the VM's child (judge.c). Texts have been checked for their end. */
void vm_on_hello(struct vm *vm, const struct ipc_hello *hello);
void vm_on_reading(struct vm *vm, const struct ipc_reading *reading);
void vm_on_finding(struct vm *vm, const struct ipc_finding *finding);
void vm_on_proof(struct vm *vm, const struct ipc_proof *proof);
void vm_on_detached(struct vm *vm, const char *why);
void vm_on_tamper(struct vm *vm, const struct ipc_text *what);
void vm_on_hint(struct vm *vm, const struct ipc_text *what);

/* Its TPM is down, for the time being. */
void vm_on_tpm_lost(struct vm *vm, const char *why);

/* Once a second for each VM (tick.c). */
void vm_tick(struct vm *vm);

/* As in the control socket's answers (view.c). New references. */
json_t *vm_view(const struct vm *vm);
json_t *vm_view_full(const struct vm *vm);

#endif
