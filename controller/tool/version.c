// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>

#include "tool/ask.h"

int run_version(const struct args *args)
{
	json_t *answer;

	if (!args->json) {
		puts("lazaretctl " LAZARET_VERSION);
		return TOOL_OK;
	}
	answer = json_pack("{s:b,s:s}", "ok", 1, "version", LAZARET_VERSION);
	if (!answer)
		errx(TOOL_FAILED, "no memory");
	ask_print_json(answer);
	json_decref(answer);
	return TOOL_OK;
}
