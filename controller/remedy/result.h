/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The result disk of a remedy domain: how its worker tells dom0 what it found.
 *
 * It begins with a struct result_head, which is written anew while the work goes on. From RESULT_TEXT
 * on there are @text bytes: a JSON object a line, for each finding, whose members are texts of printable
 * ASCII. After a repair it is a line for each change: class «restored», with what was found and what is there
 * now, or «removed», or «changed». The domain has read what an infected VM wrote: nothing of it is to be
 * believed, and all of it is untrusted until it is copied once and checked.
 */
#ifndef LAZARET_RESULT_H
#define LAZARET_RESULT_H

#include <stdint.h>

#include "common/ipc.h"

#define RESULT_MAGIC   "LZREMEDY"
#define RESULT_VERSION 1
#define RESULT_SIZE    (4u << 20) /* bytes of the disk */
#define RESULT_TEXT    4096 /* where the findings begin */
#define RESULT_ERROR   256
#define RESULT_LINE    8192 /* bytes of one finding, with its newline */

/* Classes of changes. */
#define RESULT_RESTORED "restored"
#define RESULT_REMOVED	"removed"
#define RESULT_CHANGED	"changed" /* by a vaccine */

/* A class of findings: what a vaccine has found. Its rule begins with the vaccine's name and a colon. */
#define RESULT_VACCINE "vaccine"

enum result_state { RESULT_NONE = 0, RESULT_RUNNING, RESULT_DONE, RESULT_FAILED };

/* Little-endian, as all of x86. */
struct result_head {
	char magic[8];
	uint32_t version;
	uint32_t state; /* enum result_state */
	uint64_t done; /* files looked at so far ... */
	uint64_t total; /* ... of so many; 0: not known yet */
	uint64_t bytes; /* of files, that were read */
	uint64_t findings; /* all, also those that had no room */
	uint64_t text; /* bytes of findings that are there */
	uint64_t signatures; /* that files were compared with */
	uint64_t kept; /* bytes on the disk of what was removed (remedy/sickbay.h) */
	char error[RESULT_ERROR]; /* RESULT_FAILED: why, printable ASCII */
	uint64_t vaccines; /* that have looked at the disk */
};

/**
 * result_head() - what a result disk says so far
 * @fd:		the file behind the disk
 * @out:	written if 0 is returned: a copy, checked
 *
 * Return: 0; -1 if nothing was written yet, or if it makes no sense.
 */
int result_head(int fd, struct result_head *out);

/**
 * result_findings() - hand over every finding of a result disk, checked
 * @each:	called for each; class and path are never empty
 * @why:	set on -1
 *
 * Return: how many there were, or -1 if a line makes no sense.
 */
int64_t result_findings(int fd, void (*each)(void *arg, const struct ipc_finding *f), void *arg,
			const char **why);

/**
 * result_child() - the role that reads one, with nothing else in its reach
 * @argv:	uid, gid, folder to be locked in
 *
 * IPC_FD is the socket to the parent, IPC_FD_A the file behind the disk. Return: exit status.
 */
int result_child(int argc, char **argv);

#endif
