/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a cure is to change on a disk: a JSON object a line, as dom0 writes it on the supply disk and the
 * remedy domain's worker reads it.
 *
 *	do		«restore», «remove» or «vaccine»
 *	path		in the guest, as result.h has it: printable ASCII, other bytes as \xNN
 *	found		digest that the file had when it was looked at, as «sha256:0123…»; «vaccine»: «» if
 *			it is none
 *	expected	«restore»: digest of what is to be there
 *	of		«restore»: the package and version that has it; «» if the golden pack does not say;
 *			«vaccine»: its name
 */
#ifndef LAZARET_MENDPLAN_H
#define LAZARET_MENDPLAN_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#define MENDPLAN_ROWS	 4096 /* a disk with more is beyond repair */
#define MENDPLAN_RESTORE "restore"
#define MENDPLAN_REMOVE	 "remove"
#define MENDPLAN_VACCINE "vaccine"

/**
 * mendplan_add() - what is to become of one finding of a scan
 * @plan:	array of rows; one for each path, of which the first finding that can be restored wins
 * @finding:	class, path, found, expected, expected_version: texts, as a scan tells them
 * @why:	set if -1 is returned
 *
 * A file that a golden value is known for is restored; any other one is removed. What a vaccine alone has
 * found, it has to cure.
 * Return: 0; -1 if nothing can be done about such a finding.
 */
int mendplan_add(json_t *plan, const json_t *finding, const char **why);

/** mendplan_write() - one row a line. Return: 0, or -1 with errno. */
int mendplan_write(const json_t *plan, FILE *out);

/** mendplan_read() - the reverse. Return: a new reference; NULL if it makes no sense. */
json_t *mendplan_read(FILE *in);

#endif
