/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every file of the patient's disk, compared with golden values. */
#ifndef LAZARET_WORKER_WALK_H
#define LAZARET_WORKER_WALK_H

#include <stddef.h>

#include "golden/policy.h"
#include "worker/layout.h"
#include "worker/suspects.h"

/**
 * walk() - look at every file, report what is not as it should be
 * @layout:	where the disk's file systems are mounted
 * @policy:	golden values; NULL: none, every file is a suspect
 * @suspects:	files whose content is not golden are added
 * @error:	@size bytes, written if -1 is returned
 *
 * A file is reported if the policy does not allow it and it can be run, or decides what is run (it is
 * executable, ELF or a script, or in one of the places where a system looks for what to start); or if
 * other content is golden at its path and it is not below /etc or /var, where a system changes files by
 * itself. On a file system of which nobody knows where it belongs, any file is that the policy does not allow.
 * Files and folders that can't be read are reported as that.
 *
 * Return: 0, or -1.
 */
int walk(const struct layout *layout, const struct policy *policy, struct suspects *suspects,
	 char *error, size_t size);

#endif
