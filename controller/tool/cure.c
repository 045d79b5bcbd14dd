// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "tool/ask.h"
#include "tool/text.h"

int run_cure(const struct args *args)
{
	int status;
	json_t *answer = ask(args, ask_request("cure", args->operand[0], NULL), &status);
	long long place = json_integer_value(json_object_get(answer, "place"));
	char *name = text_safe(args->operand[0]);

	if (answer && args->json)
		ask_print_json(answer);
	else if (answer && place)
		printf("%s: it waits for its turn, %lld in line; «lazaretctl status» tells of the "
		       "others\n",
		       name, place);
	else if (answer)
		printf("%s: the cure has begun; «lazaretctl show %s» tells how it goes\n", name,
		       name);
	free(name);
	json_decref(answer);
	return status;
}
