/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One scan, or the three rounds of a repair; private to them: scan.c, scandisks.c, scandomain.c, mend.c,
 * recheck.c.
 */
#ifndef LAZARET_SCANJOB_H
#define LAZARET_SCANJOB_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "remedy/result.h"
#include "vm/tx.h"

#define PATH_SIZE 4096

/* In the order of the domain's disks, from xvda on; the last is there when something is changed. */
enum { DISK_PATIENT, DISK_SUPPLY, DISK_RESULT, DISK_KEPT, DISKS };

struct scan {
	struct host *host;
	char disk[PATH_SIZE]; /* the patient's, in dom0 */
	bool snapshot; /* of it: the patient may run meanwhile */
	char tsc_mode[32]; /* "": as the host has it */
	int file[DISKS]; /* what is behind each disk; -1: not open */
	int loop[DISKS];
	uint32_t domid; /* of the remedy domain; 0: none */
	uint64_t cpu_ns; /* the VM's processor time */
	struct result_head head;
	int64_t told_ms, looked_ms;
	size_t told_max; /* findings that are taken down; the others are counted */
	json_t *findings;
	bool mends; /* the second round of a repair: @plan is carried out */
	bool mended; /* it was */
	json_t *plan; /* remedy/mendplan.h */
	char kept[64]; /* what the sick bay calls what was removed; "": nothing */
};

/* For a VM that stands still. Return: it, to be given to scan_drop(); NULL: *why says why not. */
struct scan *scan_new(struct vm *vm, const char **why);

/* Of one that no transaction has. */
void scan_free(struct scan *scan);

/* Ends a transaction's scan in tx->own, and its domain, if it is still there. */
void scan_drop(struct tx *tx);

/* How the scan in tx->own ended, for the journal. A new reference. */
json_t *scan_tell(const struct tx *tx, int rc);

/*
 * Steps: write the supply disk; make the domain, with a disk for each file; let it run until it has a
 * result; destroy it; read the result.
 */
int scan_supply(struct tx *tx);
int scan_create(struct tx *tx);
int scan_look(struct tx *tx);
int scan_destroy(struct tx *tx);
int scan_read(struct tx *tx);

/* Closes its disks: what was on those of ours is gone. */
void scan_close(struct scan *scan);

/* Is this a remedy domain, and still there? Numbers of domains that are gone may be given out again. */
bool scan_is_there(struct ts *ts, uint32_t domid);

/*
 * Does the VM not run, or is it paused, and the only one of its UUID? Whoever lets it run changes what is
 * being looked at. @cpu_ns: time it has had so far: more, if it ran since.
 */
bool scan_stands_still(const struct vm *vm, uint64_t *cpu_ns);

#endif
