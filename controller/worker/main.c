/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lazaret-remedy, the worker: all that a remedy domain does. remedy-init starts it; nothing in dom0 does.
 *
 * Its disks: xvda the patient's, xvdb what it is compared with (remedy/supply.h), xvdc for what is found
 * (remedy/result.h). If there is a plan on xvdb, it is carried out, and xvdd takes what that removes. It has read a disk that an infected system wrote, and is not to be trusted
 * afterwards: the domain ends with it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "remedy/supply.h"
#include "worker/layout.h"
#include "worker/memory.h"
#include "worker/mend.h"
#include "worker/report.h"
#include "worker/rows.h"
#include "worker/sources.h"
#include "worker/supplies.h"
#include "worker/vaccines.h"
#include "worker/walk.h"

#define PATIENT	   "/dev/xvda"
#define SUPPLIES   "/dev/xvdb"
#define RESULT	   "/dev/xvdc"
#define KEPT	   "/dev/xvdd"
#define PLAN	   SUPPLIES_UNPACKED "/" SUPPLY_PLAN
#define PACKAGES   SUPPLIES_UNPACKED "/" SUPPLY_PACKAGES
#define GOLDEN	   "/run/golden"
#define SIGNATURES SUPPLIES_UNPACKED "/" SUPPLY_SIGNATURES
#define VACCINES   SUPPLIES_UNPACKED "/" SUPPLY_VACCINES
#define ROOT	   "/patient"
#define ERROR_SIZE 256

/* Return: 0, or -1 with the reason in @error. */
static int scan(char *error)
{
	static struct layout layout;
	struct suspects suspects = {0};
	struct policy *policy;

	if (supplies_policy(SUPPLIES_UNPACKED, &policy, error, ERROR_SIZE) < 0 ||
	    layout_mount(&layout, PATIENT, false, ROOT, error, ERROR_SIZE) < 0 ||
	    walk(&layout, policy, &suspects, error, ERROR_SIZE) < 0 ||
	    vaccines_scan(VACCINES, ROOT, error, ERROR_SIZE) < 0)
		return -1;
	return suspects_scan(&suspects, ROOT, SIGNATURES, error, ERROR_SIZE);
}

/* Return: as scan()'s. */
static int repair(char *error)
{
	static struct layout layout;
	struct rows rows = {0};
	int rc;

	if (rows_read(PLAN, &rows, error, ERROR_SIZE) < 0 ||
	    sources_gather(&rows, PACKAGES, GOLDEN, error, ERROR_SIZE) < 0 ||
	    layout_mount(&layout, PATIENT, true, ROOT, error, ERROR_SIZE) < 0)
		return -1;
	rc = mend(&rows, ROOT, KEPT, error, ERROR_SIZE);
	if (!rc)
		rc = vaccines_cure(&rows, VACCINES, ROOT, error, ERROR_SIZE);
	/* Whoever reads that it is done must find all of it on the disk. */
	if (layout_unmount(&layout) < 0 && !rc) {
		snprintf(error, ERROR_SIZE, "the disk can't be unmounted: %s", strerror(errno));
		rc = -1;
	}
	return rc;
}

static int work(char *error)
{
	if (supplies_unpack(SUPPLIES, SUPPLIES_UNPACKED, error, ERROR_SIZE) < 0)
		return -1;
	return access(PLAN, F_OK) == 0 ? repair(error) : scan(error);
}

int main(void)
{
	char error[ERROR_SIZE] = "";
	int rc;

	if (report_open(RESULT) < 0) {
		perror(RESULT);
		return 1;
	}
	rc = work(error);
	memory_tell(); /* the domain may be destroyed as soon as it has a result */
	return rc < 0 ? report_failed("%s", error) : report_done();
}
