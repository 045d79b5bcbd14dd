/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsm/workloadfile.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/inifile.h"
#include "xsm/workloads.h"

#define NAMES_MAX   (2 * WORKLOADS_MAX) /* lines that name other workloads */
#define BLANKS	    " \t,"
#define WALLS_MAX   WORKLOADS_MAX
#define WALLS_NAMED 2 /* workloads that make an [apart] section worth its name */

enum part { PART_NONE, PART_WORKLOAD, PART_APART, PART_POLICY };

/* A line that names others; they may come later in the file. */
struct mention {
	unsigned int line;
	bool apart; /* of an [apart] section; else of a talks-to */
	size_t by; /* the workload whose section it is in, or the [apart] section's number */
	char names[200];
};

struct wall {
	unsigned int line;
	char name[WORKLOAD_NAME_MAX];
	workload_set members;
};

struct reader {
	struct inifile ini;
	struct workloads *ws;
	enum part part;
	struct mention mentions[NAMES_MAX];
	size_t mentioned;
	struct wall walls[WALLS_MAX];
	size_t walled;
	unsigned int line[WORKLOADS_MAX]; /* of the last talks-to of each */
};

/* These types are there already, and these ends make others of a shorter name. */
static bool is_reserved(const char *name)
{
	static const char *const names[] = {"danger", "guest", "new", "dom0ch", "peerch", "selfch"};
	static const char *const ends[] = {"-run", "-peer"};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (len > strlen(ends[i]) && !strcmp(name + len - strlen(ends[i]), ends[i]))
			return true;
	return false;
}

static bool is_name(const char *name)
{
	size_t len = strlen(name);

	return islower((unsigned char)*name) && len < WORKLOAD_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
	       name[len - 1] != '-' && !strstr(name, "--");
}

/* Return: whether @name may be that of a new section of its kind; false after a message. */
static bool check_name(struct reader *r, const char *kind, const char *name)
{
	if (!is_name(name))
		inifile_complain(&r->ini, r->ini.line,
				 "[%s NAME] takes a name of lower-case letters, digits and single "
				 "«-», up to %d bytes long",
				 kind, WORKLOAD_NAME_MAX - 1);
	else if (is_reserved(name))
		inifile_complain(&r->ini, r->ini.line,
				 "«%s» can't be the name of a workload: Lazaret's own types are "
				 "called so",
				 name);
	else
		return true;
	return false;
}

static void open_workload(struct reader *r, const char *name)
{
	struct workloads *ws = r->ws;
	size_t old = workloads_find(ws, name);
	struct workload *w = &ws->list[ws->count];

	if (!check_name(r, "workload", name))
		return;
	if (old != WORKLOADS_MISSING) {
		inifile_complain(&r->ini, r->ini.line, "[workload %s] is there already in line %u",
				 name, ws->list[old].line);
		return;
	}
	if (ws->count == WORKLOADS_MAX) {
		inifile_complain(&r->ini, r->ini.line, "more than %d workloads", WORKLOADS_MAX);
		return;
	}
	*w = (struct workload){.line = r->ini.line, .itself = true, .migrate = true};
	memcpy(w->name, name, strlen(name) + 1);
	ws->count++;
	r->part = PART_WORKLOAD;
}

static void open_apart(struct reader *r, const char *name)
{
	struct wall *wall = &r->walls[r->walled];

	if (!check_name(r, "apart", name))
		return;
	for (size_t i = 0; i < r->walled; i++)
		if (!strcmp(r->walls[i].name, name)) {
			inifile_complain(&r->ini, r->ini.line,
					 "[apart %s] is there already in line %u", name,
					 r->walls[i].line);
			return;
		}
	if (r->walled == WALLS_MAX) {
		inifile_complain(&r->ini, r->ini.line, "more than %d [apart] sections", WALLS_MAX);
		return;
	}
	wall->line = r->ini.line;
	memcpy(wall->name, name, strlen(name) + 1);
	r->walled++;
	r->part = PART_APART;
}

/* What follows @kind in a header; NULL if it is another kind of section. */
static const char *after(const char *header, const char *kind)
{
	size_t len = strlen(kind);

	if (strncmp(header, kind, len) || (header[len] && !isblank((unsigned char)header[len])))
		return NULL;
	return header + len + strspn(header + len, " \t");
}

static void on_section(void *arg, char *name)
{
	struct reader *r = arg;
	const char *rest;

	r->part = PART_NONE;
	if (!name)
		return;
	if ((rest = after(name, "workload")))
		open_workload(r, rest);
	else if ((rest = after(name, "apart")))
		open_apart(r, rest);
	else if (!strcmp(name, "policy"))
		r->part = PART_POLICY;
	else
		inifile_complain(&r->ini, r->ini.line,
				 "unknown section [%s]; there are [workload NAME], [apart NAME] "
				 "and [policy]",
				 name);
}

static void mention(struct reader *r, bool apart, size_t by, const char *names)
{
	struct mention *m = &r->mentions[r->mentioned];

	if (r->mentioned == NAMES_MAX) {
		inifile_complain(&r->ini, r->ini.line, "more than %d lines that name workloads",
				 NAMES_MAX);
		return;
	}
	m->line = r->ini.line;
	m->apart = apart;
	m->by = by;
	snprintf(m->names, sizeof(m->names), "%s", names); /* a line of the file is shorter */
	r->mentioned++;
}

static void set_flag(struct reader *r, bool *flag, const char *key, const char *value)
{
	*flag = !strcmp(value, "yes");
	if (!*flag && strcmp(value, "no") != 0)
		inifile_complain(&r->ini, r->ini.line, "%s must be «yes» or «no», not «%s»", key,
				 value);
}

static void on_workload_key(struct reader *r, const char *key, const char *value)
{
	size_t now = r->ws->count - 1;
	struct workload *w = &r->ws->list[now];

	if (!strcmp(key, "talks-to"))
		mention(r, false, now, value);
	else if (!strcmp(key, "itself"))
		set_flag(r, &w->itself, key, value);
	else if (!strcmp(key, "devices"))
		set_flag(r, &w->devices, key, value);
	else if (!strcmp(key, "migrate"))
		set_flag(r, &w->migrate, key, value);
	else
		inifile_complain(
			&r->ini, r->ini.line,
			"unknown key «%s»; there are talks-to, itself, devices and migrate", key);
}

static void on_value(void *arg, const char *key, const char *value)
{
	struct reader *r = arg;

	switch (r->part) {
	case PART_WORKLOAD:
		on_workload_key(r, key, value);
		break;
	case PART_APART:
		if (!strcmp(key, "workloads"))
			mention(r, true, r->walled - 1, value);
		else
			inifile_complain(&r->ini, r->ini.line,
					 "unknown key «%s»; there is workloads", key);
		break;
	case PART_POLICY:
		if (!strcmp(key, "hold-unlabelled"))
			set_flag(r, &r->ws->hold_unlabelled, key, value);
		else
			inifile_complain(&r->ini, r->ini.line,
					 "unknown key «%s»; there is hold-unlabelled", key);
		break;
	case PART_NONE:
		if (!r->ini.failed)
			inifile_complain(&r->ini, r->ini.line,
					 "«%s» stands before the first section", key);
		break;
	}
}

static void talk(struct reader *r, const struct mention *m, size_t other)
{
	struct workloads *ws = r->ws;

	if (other == m->by) {
		inifile_complain(&r->ini, m->line,
				 "that is this workload: «itself = yes» lets its VMs talk with "
				 "each other");
		return;
	}
	ws->list[m->by].talks |= (workload_set)1 << other;
	ws->list[other].talks |= (workload_set)1 << m->by;
	r->line[m->by] = r->line[other] = m->line;
}

/* Nothing is left out in silence: a name that is not there may be a slip of the pen. */
static void complain_of_name(struct reader *r, const struct mention *m, const char *name)
{
	if (!strcmp(name, "danger"))
		inifile_complain(&r->ini, m->line,
				 "a VM in danger reaches nobody, and nobody reaches it: refused");
	else
		inifile_complain(&r->ini, m->line, "there is no [workload %s] in this file", name);
}

static void resolve(struct reader *r, struct mention *m)
{
	unsigned int named = 0;
	char *save;

	for (char *name = strtok_r(m->names, BLANKS, &save); name;
	     name = strtok_r(NULL, BLANKS, &save)) {
		size_t other = workloads_find(r->ws, name);

		named++;
		if (other == WORKLOADS_MISSING)
			complain_of_name(r, m, name);
		else if (m->apart)
			r->walls[m->by].members |= (workload_set)1 << other;
		else
			talk(r, m, other);
	}
	if (!named)
		inifile_complain(&r->ini, m->line, "no workload is named");
}

static void raise_wall(struct reader *r, const struct wall *wall)
{
	struct workloads *ws = r->ws;

	for (size_t i = 0; i < ws->count; i++) {
		workload_set others = wall->members & ~((workload_set)1 << i);

		if (wall->members >> i & 1)
			ws->list[i].apart |= others;
	}
	if (__builtin_popcountll(wall->members) < WALLS_NAMED)
		inifile_complain(&r->ini, wall->line,
				 "[apart %s] needs at least %d workloads in its «workloads»",
				 wall->name, WALLS_NAMED);
}

static void check_sense(struct reader *r)
{
	struct workloads *ws = r->ws;

	for (size_t i = 0; i < ws->count; i++) {
		workload_set both = ws->list[i].talks & ws->list[i].apart;

		for (size_t k = i + 1; k < ws->count; k++)
			if (both >> k & 1)
				inifile_complain(&r->ini, r->line[i],
						 "%s and %s may never run at the same time: they "
						 "can't talk with each other",
						 ws->list[i].name, ws->list[k].name);
	}
	if (!ws->count && !r->ini.failed)
		inifile_complain(&r->ini, r->ini.line, "there is no [workload NAME] section");
}

bool workloadfile_read(struct workloads *ws, const char *path, FILE *errors)
{
	struct reader r = {.ini = {.path = path,
				   .errors = errors,
				   .section = on_section,
				   .value = on_value,
				   .arg = &r},
			   .ws = ws};
	FILE *file = fopen(path, "re");

	if (!file) {
		fprintf(errors, "%s: %s\n", path, strerror(errno));
		return false;
	}
	inifile_read(&r.ini, file);
	fclose(file);
	for (size_t i = 0; i < r.mentioned; i++)
		resolve(&r, &r.mentions[i]);
	for (size_t i = 0; i < r.walled; i++)
		raise_wall(&r, &r.walls[i]);
	check_sense(&r);
	return !r.ini.failed;
}
