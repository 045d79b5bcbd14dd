/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One scan; private to scan.c and scandomain.c. */
#ifndef LAZARET_SCANJOB_H
#define LAZARET_SCANJOB_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "remedy/result.h"
#include "vm/tx.h"

#define PATH_SIZE 4096

enum { DISK_PATIENT, DISK_SUPPLY, DISK_RESULT, DISKS };

struct scan {
	struct host *host;
	char disk[PATH_SIZE]; /* the patient's, in dom0 */
	char tsc_mode[32]; /* "": as the host has it */
	int file[DISKS]; /* what is behind each disk; -1: not open yet */
	int loop[DISKS];
	uint32_t domid; /* of the remedy domain; 0: none */
	struct result_head head;
	int64_t told_ms, looked_ms;
	json_t *findings;
};

/* Steps: make the domain, with a disk for each file; let it run until it has a result; destroy it. */
int scan_create(struct tx *tx);
int scan_look(struct tx *tx);
int scan_destroy(struct tx *tx);

/* Is this a remedy domain, and still there? Numbers of domains that are gone may be given out again. */
bool scan_is_there(struct ts *ts, uint32_t domid);

/* Does the VM not run, or is it paused? Whoever lets it run changes what is being looked at. */
bool scan_stands_still(const struct vm *vm);

#endif
