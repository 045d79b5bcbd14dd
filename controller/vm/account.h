/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a VM's children run as: numbers of the VM's own, so that a child that a guest has taken over can
 * neither signal nor trace nor read another VM's. Nobody else has these numbers; they come from the
 * configuration's vm-uids, and a VM mostly gets the same ones again, as they follow from its UUID.
 */
#ifndef LAZARET_ACCOUNT_H
#define LAZARET_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ACCOUNT_TEXT 16 /* bytes for a number and its NUL */
#define ACCOUNT_NONE                                                                          \
	"no number is left for its processes to run as: make vm-uids in lazaretd.conf wider " \
	"and restart lazaretd"

struct vm;

struct account {
	uid_t uid;
	gid_t gid;
};

/**
 * account_of() - the VM's account, given out at the first call and kept until we end
 * @out:	filled in
 *
 * Without vm-uids it is the configuration's «user», for all VMs.
 *
 * Return: false, after a message, if no number is left.
 */
bool account_of(struct vm *vm, struct account *out);

/* The same as text, for the arguments of a child. */
bool account_args(struct vm *vm, char uid[ACCOUNT_TEXT], char gid[ACCOUNT_TEXT]);

#endif
