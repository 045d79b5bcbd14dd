// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "tool/ask.h"

int run_reload(const struct args *args)
{
	int status;
	json_t *answer = ask(args, ask_request("reload", NULL, NULL), &status);

	if (!answer)
		return status;
	if (args->json)
		ask_print_json(answer);
	else
		puts("the configuration was read again");
	json_decref(answer);
	return TOOL_OK;
}
