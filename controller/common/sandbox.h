/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a child gives up everything it does not need. */
#ifndef LAZARET_SANDBOX_H
#define LAZARET_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

struct sandbox {
	uid_t uid;
	gid_t gid;
	const char *root; /* empty folder to be locked in */
	size_t memory; /* limit on address space, bytes */
	unsigned long ioctl_request; /* the one ioctl that stays allowed; 0: none */
};

/**
 * sandbox_enter() - no network, no other IPC, no files, no privileges, few system calls
 *
 * To be called once, as root, after everything that needs files is open. Any other system call
 * than those of the list ends the process (seccomp). On any failure the process ends: a child
 * never goes on with more than it should have.
 */
void sandbox_enter(const struct sandbox *box);

#endif
