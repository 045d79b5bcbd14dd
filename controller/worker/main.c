/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lazaret-remedy, the worker: all that a remedy domain does. remedy-init starts it; nothing in dom0 does.
 *
 * Its disks: xvda the patient's, xvdb what it is compared with (remedy/supply.h), xvdc for what is found
 * (remedy/result.h). It has read a disk that an infected system wrote, and is not to be trusted
 * afterwards: the domain ends with it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "remedy/supply.h"
#include "worker/disk.h"
#include "worker/report.h"
#include "worker/supplies.h"
#include "worker/walk.h"

#define PATIENT	   "/dev/xvda"
#define SUPPLIES   "/dev/xvdb"
#define RESULT	   "/dev/xvdc"
#define UNPACKED   "/run/supplies"
#define SIGNATURES UNPACKED "/" SUPPLY_SIGNATURES
#define ROOT	   "/patient"
#define ERROR_SIZE 256

/* Return: 0, or -1 with the reason in @error. */
static int scan(char *error)
{
	struct suspects suspects = {0};
	struct policy *policy;

	if (supplies_unpack(SUPPLIES, UNPACKED, error, ERROR_SIZE) < 0 ||
	    supplies_policy(UNPACKED, &policy, error, ERROR_SIZE) < 0 ||
	    disk_mount(PATIENT, ROOT, error, ERROR_SIZE) < 0 ||
	    walk(ROOT, policy, &suspects, error, ERROR_SIZE) < 0)
		return -1;
	return suspects_scan(&suspects, ROOT, SIGNATURES, error, ERROR_SIZE);
}

int main(void)
{
	char error[ERROR_SIZE] = "";

	if (report_open(RESULT) < 0) {
		perror(RESULT);
		return 1;
	}
	return scan(error) < 0 ? report_failed("%s", error) : report_done();
}
