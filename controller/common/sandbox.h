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
	size_t memory; /* limit on address space, bytes; see sandbox_memory() */
	size_t file_size; /* limit on what it writes to one file, bytes; 0: none */
	int niceness; /* it must not take the CPU from the parent and from others */
	unsigned long ioctl_request; /* the one ioctl that stays allowed; 0: none */
	/* More of them, up to a 0; NULL: no more. */
	const unsigned long *more_ioctls;
};

/**
 * sandbox_memory() - a limit: what is mapped now, and so much more
 *
 * Return: bytes; the process ends if that can't be found out.
 */
size_t sandbox_memory(size_t more);

/**
 * sandbox_enter() - no network, no other IPC, no files, no privileges, few system calls
 *
 * To be called once, as root, after everything that needs files is open. Any other system call
 * than those of the list ends the process (seccomp). On any failure the process ends: a child
 * never goes on with more than it should have. It dies with its parent, as before.
 *
 * Children share one user, so that the kernel would let them signal and trace each other: that no
 * system call of the kind is in the list, and that they are not dumpable, is what keeps one that a
 * guest has taken over from the children of other guests.
 */
void sandbox_enter(const struct sandbox *box);

#endif
