// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/ask.h"
#include "tool/table.h"
#include "tool/when.h"

static const struct column columns[] = {
	{"NAME", false},    {"DOMAIN", true},	 {"STATE", false},  {"FOR", true},
	{"PROOF", true},    {"EVIDENCE", false}, {"RECORDS", true}, {"FINDINGS", true},
	{"CUT OFF", false}, {"REASON", false},
};

static void add_vm(struct table *table, const json_t *vm, time_t now)
{
	const char *state = text_of(vm, "state");
	const json_t *domid = json_object_get(vm, "domid");
	long long findings = json_integer_value(json_object_get(vm, "findings"));
	char age[WHEN_SIZE];

	table_add(table, TEXT_PLAIN, text_of(vm, "name"));
	if (json_is_integer(domid))
		table_add_number(table, TEXT_PLAIN, json_integer_value(domid));
	else
		table_add(table, TEXT_DIM, NULL);
	table_add(table, text_state_colour(state), state);
	table_add(table, TEXT_PLAIN, when_age(age, text_of(vm, "since"), now));
	table_add(table, TEXT_PLAIN, when_age(age, text_of(vm, "last_proof"), now));
	table_add(table, TEXT_PLAIN, text_of(vm, "evidence"));
	table_add_number(table, TEXT_PLAIN, json_integer_value(json_object_get(vm, "records")));
	table_add_number(table, findings ? TEXT_BAD : TEXT_PLAIN, findings);
	table_add(table, TEXT_PLAIN, json_is_true(json_object_get(vm, "contained")) ? "yes" : "no");
	if (text_of(vm, "refused"))
		table_add(table, TEXT_BAD, text_of(vm, "refused"));
	else
		table_add(table, TEXT_PLAIN, text_of(vm, "reason"));
}

static void print_host(const json_t *answer)
{
	char *version = text_safe(text_of(answer, "version"));
	char *journal = text_safe(text_of(answer, "journal"));
	bool flask = json_is_true(json_object_get(answer, "flask"));
	bool good = !strcmp(journal, "ok");
	const json_t *one;
	size_t i;

	printf("lazaretd %s; %s%s%s; journal: %s%s%s\n\n", version,
	       text_on(flask ? TEXT_PLAIN : TEXT_WARN),
	       flask ? "FLASK enforces labels" : "no FLASK: containment by devices alone",
	       text_off(flask ? TEXT_PLAIN : TEXT_WARN), text_on(good ? TEXT_PLAIN : TEXT_BAD),
	       journal, text_off(good ? TEXT_PLAIN : TEXT_BAD));
	json_array_foreach (json_object_get(answer, "not_enforced"), i, one) {
		char *text = text_safe(json_string_value(one));

		printf("not enforced: %s%s\n", text,
		       i + 1 == json_array_size(json_object_get(answer, "not_enforced")) ? "\n"
											 : "");
		free(text);
	}
	free(version);
	free(journal);
}

static void print_names(const char *what, const json_t *names)
{
	const json_t *name;
	size_t i;

	if (json_array_size(names))
		printf("%s:", what);
	json_array_foreach (names, i, name) {
		char *text = text_safe(json_string_value(name));

		printf(" %s", text);
		free(text);
	}
	if (json_array_size(names))
		puts("");
}

static void print_cures(const json_t *cures)
{
	const json_t *busy = json_object_get(cures, "under_way");
	const json_t *waiting = json_object_get(cures, "waiting");

	print_names("being cured or scanned", busy);
	print_names("in line to be cured", waiting);
	if (json_array_size(busy) || json_array_size(waiting))
		puts("");
}

static void print_vms(const json_t *vms)
{
	struct table *table;
	const json_t *vm;
	time_t now = time(NULL);
	size_t i;

	if (!json_array_size(vms)) {
		puts("no VMs");
		return;
	}
	table = table_new(columns, sizeof(columns) / sizeof(*columns));
	json_array_foreach (vms, i, vm)
		add_vm(table, vm, now);
	table_print(table, 0, stdout);
}

/* For --check: is there anything that an operator should look at? */
static bool all_well(const json_t *answer)
{
	const char *journal = text_of(answer, "journal");
	const json_t *vm;
	size_t i;

	json_array_foreach (json_object_get(answer, "vms"), i, vm) {
		const char *state = text_of(vm, "state");

		if (!state || strcmp(state, "trusted") != 0)
			return false;
	}
	return journal && !strcmp(journal, "ok");
}

int run_status(const struct args *args)
{
	int status;
	json_t *answer = ask(args, ask_request("status", NULL, NULL), &status);

	if (!answer)
		return status;
	if (args->json) {
		ask_print_json(answer);
	} else {
		print_host(answer);
		print_cures(json_object_get(answer, "cures"));
		print_vms(json_object_get(answer, "vms"));
	}
	if (args->check && !all_well(answer))
		status = TOOL_FAILED;
	json_decref(answer);
	return status;
}
