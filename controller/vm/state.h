/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states of a VM and which may follow which. */
#ifndef LAZARET_STATE_H
#define LAZARET_STATE_H

#include <stdbool.h>

/*
 * unknown → attesting → trusted ⇄ stale, → danger → curing → probation → trusted; held by an
 * operator. The numbers are stored: append only.
 */
enum vm_state {
	VM_UNKNOWN = 0, /* no proof: never shown as trusted */
	VM_ATTESTING = 1, /* a channel is there, the log is being read */
	VM_TRUSTED = 2,
	VM_STALE = 3, /* was trusted, the proof grew old */
	VM_DANGER = 4, /* contained; stays so over restarts of everything */
	VM_CURING = 5,
	VM_PROBATION = 6, /* freshly proven, still cut off */
	VM_HELD = 7, /* released by an operator in spite of findings */
	VM_STATES
};

/* The state's name as shown and stored in events. */
const char *vm_state_name(enum vm_state state);

/* Must the VM be cut off from the others in this state? */
bool vm_state_contained(enum vm_state state);

/**
 * vm_state_may_follow() - is a transition part of the machine?
 *
 * Only curing, probation and an operator's release lead out of danger.
 */
bool vm_state_may_follow(enum vm_state from, enum vm_state to);

#endif
