// SPDX-License-Identifier: GPL-2.0-or-later
/* Golden policies: needs no daemon. */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/timefmt.h"
#include "golden/policy.h"
#include "tool/ask.h"
#include "tool/tool.h"

static const char *const kinds[SHELF_KINDS] = {"golden", "retired", "denied"};

static void print_pack(const struct policy *p, int kind, size_t i)
{
	const struct pack_info *info = pack_info(p->shelf.pack[kind][i]);
	int64_t until = kind == SHELF_GOLDEN ? p->shelf.until[i] : 0;
	char date[TIMEFMT_SIZE];

	printf("  %-8s %s: %llu paths", kinds[kind], info->name, (unsigned long long)info->paths);
	if (until)
		printf(", until %s", time_format(date, until * 1000000000));
	putchar('\n');
}

static void print_text(const struct args *args, const struct policy *p)
{
	printf("%s: good\n", args->operand[1]);
	for (int kind = 0; kind < SHELF_KINDS; kind++)
		for (size_t i = 0; i < p->shelf.packs[kind]; i++)
			print_pack(p, kind, i);
	for (size_t i = 0; i < p->shelf.excludes; i++)
		printf("  %-8s %s\n", "exclude", p->shelf.exclude[i]);
	for (int i = 0; i < FINDING_CLASSES; i++)
		if (p->given[i])
			printf("  %-8s %s\n", finding_action_name(p->action[i]),
			       finding_class_name((enum finding_class)i));
}

static void print_json(const struct policy *p)
{
	json_t *packs[SHELF_KINDS], *actions = json_object(), *out;

	for (int kind = 0; kind < SHELF_KINDS; kind++) {
		packs[kind] = json_array();
		for (size_t i = 0; i < p->shelf.packs[kind]; i++)
			json_array_append_new(packs[kind],
					      json_string(pack_info(p->shelf.pack[kind][i])->name));
	}
	for (int i = 0; i < FINDING_CLASSES; i++)
		if (p->given[i])
			json_object_set_new(actions, finding_class_name((enum finding_class)i),
					    json_string(finding_action_name(p->action[i])));
	out = json_pack("{s:b,s:o,s:o,s:o,s:I,s:o}", "ok", 1, "golden", packs[SHELF_GOLDEN],
			"retired", packs[SHELF_RETIRED], "denied", packs[SHELF_DENIED], "excludes",
			(json_int_t)p->shelf.excludes, "actions", actions);
	ask_print_json(out);
	json_decref(out);
}

int run_policy(const struct args *args)
{
	struct policy *p;

	if (strcmp(args->operand[0], "check") != 0) {
		warnx("policy: «check FILE»");
		return TOOL_USAGE;
	}
	p = policy_load(args->operand[1], NULL, stderr);
	if (!p)
		return TOOL_FAILED;
	if (args->json)
		print_json(p);
	else
		print_text(args, p);
	policy_free(p);
	return TOOL_OK;
}
