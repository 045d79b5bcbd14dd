/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/crash.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acm/contain.h"
#include "acm/keep.h"
#include "acm/restore.h"
#include "common/log.h"
#include "remedy/cure.h"
#include "remedy/scan.h"
#include "vm/tx.h"

#define POINT_SIZE 64
#define EXIT_USAGE 2

static const struct tx_kind *const kinds[] = {
	&contain_isolate, &contain_kill,  &contain_watch, &release_kind, &cure_kind, &repair_kind,
	&keep_restart,	  &keep_shutdown, &keep_clean_up, &keep_start,	 &scan_kind,
};
static const char *const places[] = {CRASH_UNDER_WAY, CRASH_DONE, CRASH_RECORDED};

#define N_KINDS	 (sizeof(kinds) / sizeof(kinds[0]))
#define N_PLACES (sizeof(places) / sizeof(places[0]))

static char *armed; /* NULL: not in a test */

/* @step, @place: NULL for the beginning. */
static void point_name(char out[POINT_SIZE], const char *kind, const char *step, const char *place)
{
	if (step)
		snprintf(out, POINT_SIZE, "%s:%s:%s", kind, step, place);
	else
		snprintf(out, POINT_SIZE, "%s:begin", kind);
}

/* Prints a point, or (@wanted) compares it. */
static bool visit(const char *wanted, const char *kind, const char *step, const char *place)
{
	char name[POINT_SIZE];

	point_name(name, kind, step, place);
	if (!wanted)
		puts(name);
	return wanted && !strcmp(name, wanted);
}

/* Levels of containment share a name, and some steps: those are printed as often as they are there. */
static bool visit_all(const char *wanted)
{
	bool found = false;

	for (size_t i = 0; i < N_KINDS; i++) {
		found |= visit(wanted, kinds[i]->name, NULL, NULL);
		for (const struct tx_step *step = kinds[i]->steps; step->name; step++)
			for (size_t k = 0; k < N_PLACES; k++)
				found |= visit(wanted, kinds[i]->name, step->name, places[k]);
	}
	return found;
}

void crash_init(void)
{
	const char *wanted = getenv(CRASH_VAR);

	if (!wanted)
		return;
	if (!strcmp(wanted, CRASH_LIST)) {
		visit_all(NULL);
		exit(0);
	}
	if (!visit_all(wanted)) {
		log_warnx("there is no «%s» to end at: " CRASH_VAR "=" CRASH_LIST
			  " lazaretd lists what there is",
			  wanted);
		exit(EXIT_USAGE);
	}
	armed = strdup(wanted);
	unsetenv(CRASH_VAR);
	log_warnx("this is a test: it ends at «%s», as if killed", armed);
}

static void end_if(const char *kind, const char *step, const char *place)
{
	char here[POINT_SIZE];

	point_name(here, kind, step, place);
	if (!strcmp(here, armed))
		kill(getpid(), SIGKILL);
}

static bool is_listed(const struct tx_kind *kind)
{
	size_t i = 0;

	while (i < N_KINDS && kinds[i] != kind)
		i++;
	return i < N_KINDS;
}

void crash_begin(const struct tx_kind *kind)
{
	if (!armed)
		return;
	if (!is_listed(kind))
		fatalx("the transaction «%s» is not in the list of vm/crash.c: no test ends in it",
		       kind->name);
	end_if(kind->name, NULL, NULL);
}

void crash_point(const struct tx_kind *kind, unsigned int at, const char *place)
{
	if (armed)
		end_if(kind->name, kind->steps[at].name, place);
}
