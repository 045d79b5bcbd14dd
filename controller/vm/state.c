/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/state.h"

#define BIT(state) (1u << (state))

static const struct {
	const char *name;
	unsigned int next;
	bool contained;
} states[VM_STATES] = {
	[VM_UNKNOWN] = {"unknown", BIT(VM_ATTESTING) | BIT(VM_DANGER), false},
	[VM_ATTESTING] = {"attesting", BIT(VM_UNKNOWN) | BIT(VM_TRUSTED) | BIT(VM_DANGER), false},
	[VM_TRUSTED] = {"trusted",
			BIT(VM_UNKNOWN) | BIT(VM_ATTESTING) | BIT(VM_STALE) | BIT(VM_DANGER),
			false},
	[VM_STALE] = {"stale",
		      BIT(VM_UNKNOWN) | BIT(VM_ATTESTING) | BIT(VM_TRUSTED) | BIT(VM_DANGER),
		      false},
	[VM_DANGER] = {"danger", BIT(VM_CURING) | BIT(VM_HELD), true},
	[VM_CURING] = {"curing", BIT(VM_DANGER) | BIT(VM_PROBATION), true},
	[VM_PROBATION] = {"probation", BIT(VM_DANGER) | BIT(VM_TRUSTED), true},
	[VM_HELD] = {"held", BIT(VM_DANGER) | BIT(VM_UNKNOWN), false},
};

const char *vm_state_name(enum vm_state state)
{
	return state < VM_STATES ? states[state].name : "invalid";
}

bool vm_state_contained(enum vm_state state)
{
	return state >= VM_STATES || states[state].contained;
}

bool vm_state_may_follow(enum vm_state from, enum vm_state to)
{
	return from < VM_STATES && to < VM_STATES && (states[from].next & BIT(to));
}
