// SPDX-License-Identifier: GPL-2.0-or-later
/* One VM in full: what it is, why, what was found, what was done about it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/ask.h"
#include "tool/table.h"
#include "tool/when.h"

#define LABEL_COLUMNS 12
#define INDENT	      2

static const char *yes_no(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key)) ? "yes" : "no";
}

static void heading(const char *text)
{
	printf("\n%s%s%s\n", text_on(TEXT_BOLD), text, text_off(TEXT_BOLD));
}

/* A line «label  text», left out if there is no text. */
static void line(unsigned int indent, const char *label, enum text_colour colour,
		 const char *untrusted_text)
{
	char *text;

	if (!untrusted_text || !*untrusted_text)
		return;
	text = text_safe(untrusted_text);
	printf("%*s%s%-*s%s%s%s%s\n", (int)indent, "", text_on(TEXT_DIM), LABEL_COLUMNS, label,
	       text_off(TEXT_DIM), text_on(colour), text, text_off(colour));
	free(text);
}

static void line_number(const char *label, const json_t *number)
{
	char text[24];

	if (!json_is_integer(number))
		return;
	snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(number));
	line(INDENT, label, TEXT_PLAIN, text);
}

static void line_time(const char *label, const char *time_text)
{
	char full[WHEN_SIZE], age[WHEN_SIZE], text[2 * WHEN_SIZE + 16];

	if (!time_text)
		return;
	snprintf(text, sizeof(text), "%s UTC (%s ago)", when_full(full, time_text),
		 when_age(age, time_text, time(NULL)));
	line(INDENT, label, TEXT_PLAIN, text);
}

static void print_head(const json_t *vm)
{
	const char *state = text_of(vm, "state");
	const json_t *pcr = json_object_get(vm, "pcr10");

	line(0, "name", TEXT_BOLD, text_of(vm, "name"));
	line(INDENT, "uuid", TEXT_PLAIN, text_of(vm, "uuid"));
	line_number("domain", json_object_get(vm, "domid"));
	line(INDENT, "state", text_state_colour(state), state);
	line(INDENT, "why", TEXT_PLAIN, text_of(vm, "reason"));
	line_time("since", text_of(vm, "since"));
	line(INDENT, "doing", TEXT_WARN, text_of(vm, "doing"));
	line(INDENT, "cut off", TEXT_PLAIN, yes_no(vm, "contained"));
	line(INDENT, "paused", TEXT_PLAIN, yes_no(vm, "paused"));
	line(INDENT, "label", TEXT_PLAIN, text_of(vm, "label"));
	line(INDENT, "refused", TEXT_BAD, text_of(vm, "refused"));
	line(INDENT, "evidence", TEXT_PLAIN, text_of(vm, "evidence"));
	line_time("last proof", text_of(vm, "last_proof"));
	line_number("records", json_object_get(vm, "records"));
	line_number("lost", json_object_get(vm, "lost"));
	line_number("late", json_object_get(vm, "late"));
	line_number("early", json_object_get(vm, "early"));
	line(INDENT, "pcr 10", TEXT_PLAIN, text_of(pcr, "sha1"));
	line(INDENT, "", TEXT_PLAIN, text_of(pcr, "sha256"));
	line(INDENT, "kernel", TEXT_PLAIN, text_of(vm, "kernel"));
	line(INDENT, "module", TEXT_PLAIN, text_of(vm, "module"));
	line(INDENT, "doorbell", TEXT_PLAIN, text_of(vm, "doorbell"));
	line(INDENT, "IMA's TPM", TEXT_PLAIN, text_of(vm, "mode"));
}

/* In quarantine: what is not cut off all the same. */
static void print_not_enforced(const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		line(INDENT, i ? "" : "not cut", TEXT_WARN, json_string_value(one));
}

/* In quarantine: what its cures have come to, and what is next. */
static void print_cure(const json_t *cure)
{
	json_int_t failed = json_integer_value(json_object_get(cure, "failed"));
	const json_t *place = json_object_get(cure, "place");
	const json_t *next = json_object_get(cure, "next_seconds");
	char text[160] = "";

	if (failed)
		snprintf(text, sizeof(text), "%lld failed", (long long)failed);
	line(INDENT, "cures", TEXT_WARN, text);
	text[0] = '\0';
	if (json_is_integer(place))
		snprintf(text, sizeof(text), "waits for its turn, %lld in line",
			 (long long)json_integer_value(place));
	else if (json_is_true(json_object_get(cure, "handed_over")))
		snprintf(text, sizeof(text),
			 "none by itself, until there are other supplies: an operator has to look");
	else if (json_is_integer(next))
		snprintf(text, sizeof(text), "by itself, in %lld s at the earliest",
			 (long long)json_integer_value(next));
	line(INDENT, "next cure", TEXT_WARN, text);
	line(INDENT, "refused", TEXT_BAD, text_of(cure, "refused"));
}

static void print_tpm(const json_t *tpm)
{
	if (!json_is_object(tpm))
		return;
	heading("Its TPM");
	line(INDENT, "state", TEXT_PLAIN, text_of(tpm, "state"));
	line(INDENT, "started", TEXT_PLAIN,
	     json_is_true(json_object_get(tpm, "measured"))
		     ? "before the VM's first instruction: what booted it was measured"
		     : "late: what booted the VM was not measured");
	line_number("resets", json_object_get(tpm, "resets"));
	line(INDENT, "kernel", TEXT_PLAIN, text_of(tpm, "kernel"));
	line(INDENT, "initramfs", TEXT_PLAIN, text_of(tpm, "ramdisk"));
	line(INDENT, "cmdline", TEXT_PLAIN, text_of(tpm, "cmdline"));
	line(INDENT, "config", TEXT_PLAIN, text_of(tpm, "config"));
}

static void print_finding(const json_t *finding)
{
	const char *time_text = text_of(finding, "verdict");
	char when[WHEN_SIZE], *class = text_safe(text_of(finding, "class"));
	bool danger = !json_is_false(json_object_get(finding, "danger"));
	enum text_colour colour = danger ? TEXT_BAD : TEXT_WARN;

	printf("%*s%s%s%s in record %lld, %s\n", INDENT, "", text_on(colour), class,
	       text_off(colour), (long long)json_integer_value(json_object_get(finding, "index")),
	       when_full(when, time_text ? time_text : text_of(finding, "time")));
	line(2 * INDENT, "path", TEXT_BOLD, text_of(finding, "path"));
	line(2 * INDENT, "found", TEXT_PLAIN, text_of(finding, "found"));
	line(2 * INDENT, "expected", TEXT_PLAIN, text_of(finding, "expected"));
	line(2 * INDENT, "golden here", TEXT_PLAIN, text_of(finding, "expected_version"));
	line(2 * INDENT, "known as", TEXT_PLAIN, text_of(finding, "known_version"));
	line(2 * INDENT, "belongs to", TEXT_PLAIN, text_of(finding, "nearest"));
	line(2 * INDENT, "rule", TEXT_PLAIN, text_of(finding, "rule"));
	line(2 * INDENT, "because", TEXT_PLAIN, text_of(finding, "reason"));
	free(class);
}

static void print_findings(const json_t *findings)
{
	const json_t *finding;
	size_t i;

	if (!json_array_size(findings))
		return;
	heading("Findings of this boot");
	json_array_foreach (findings, i, finding)
		print_finding(finding);
}

/* What comes back after a cure or a release. */
static void print_plan(const json_t *plan)
{
	const json_t *nics = json_object_get(plan, "nics"), *nic;
	size_t i;

	if (!json_is_object(plan))
		return;
	heading("Recorded before it was withdrawn");
	line(INDENT, "label", TEXT_PLAIN, text_of(plan, "label"));
	json_array_foreach (nics, i, nic) {
		const char *mac = text_of(nic, "mac"), *bridge = text_of(nic, "bridge");
		char text[160];

		snprintf(text, sizeof(text), "%s on %s", mac ? mac : "?", bridge ? bridge : "?");
		line(INDENT, "network", TEXT_PLAIN, text);
	}
}

static void print_steps(const json_t *steps)
{
	static const struct column columns[] = {
		{"TIME", false}, {"DOING", false},  {"STEP", false},
		{"MS", true},	 {"RESULT", false}, {"DETAIL", false},
	};
	struct table *table;
	const json_t *step;
	char when[WHEN_SIZE];
	size_t i;

	if (!json_array_size(steps))
		return;
	heading("What was done");
	table = table_new(columns, sizeof(columns) / sizeof(*columns));
	json_array_foreach (steps, i, step) {
		const char *result = text_of(step, "result");
		bool good = result && !strcmp(result, "ok");

		table_add(table, TEXT_PLAIN, when_full(when, text_of(step, "time")));
		table_add(table, TEXT_PLAIN, text_of(step, "transaction"));
		table_add(table, TEXT_PLAIN, text_of(step, "step"));
		table_add_number(table, TEXT_PLAIN,
				 json_integer_value(json_object_get(step, "ms")));
		table_add(table, good ? TEXT_GOOD : TEXT_BAD, result);
		table_add(table, TEXT_PLAIN, text_of(step, "detail"));
	}
	table_print(table, INDENT, stdout);
}

static void print_history(const json_t *history)
{
	static const struct column columns[] = {
		{"TIME", false}, {"FROM", false}, {"TO", false}, {"BY", false}, {"WHY", false},
	};
	struct table *table;
	const json_t *row;
	char when[WHEN_SIZE];
	size_t i;

	if (!json_array_size(history))
		return;
	heading("History");
	table = table_new(columns, sizeof(columns) / sizeof(*columns));
	json_array_foreach (history, i, row) {
		const char *to = text_of(row, "to");

		table_add(table, TEXT_PLAIN, when_full(when, text_of(row, "time")));
		table_add(table, TEXT_PLAIN, text_of(row, "from"));
		table_add(table, text_state_colour(to), to);
		table_add(table, TEXT_PLAIN, text_of(row, "who"));
		table_add(table, TEXT_PLAIN, text_of(row, "reason"));
	}
	table_print(table, INDENT, stdout);
}

int run_show(const struct args *args)
{
	int status;
	json_t *answer = ask(args, ask_request("show", args->operand[0], NULL), &status);
	const json_t *vm = json_object_get(answer, "vm");

	if (!answer)
		return status;
	if (args->json) {
		ask_print_json(answer);
	} else {
		print_head(vm);
		print_not_enforced(json_object_get(vm, "not_enforced"));
		print_cure(json_object_get(vm, "cure"));
		print_tpm(json_object_get(vm, "tpm"));
		print_findings(json_object_get(vm, "found"));
		print_plan(json_object_get(vm, "plan"));
		print_steps(json_object_get(vm, "steps"));
		print_history(json_object_get(vm, "history"));
	}
	json_decref(answer);
	return status;
}
