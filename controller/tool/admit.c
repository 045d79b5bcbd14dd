// SPDX-License-Identifier: GPL-2.0-or-later
/* Asked by a hotplug script while a domain is being made: may it run beside those that run? */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool/ask.h"

#define DOMAIN_MAX 32751 /* DOMID_FIRST_RESERVED - 1, xen/public/xen.h */

int run_admit(const struct args *args)
{
	const char *text = args->operand[0];
	char *end;
	unsigned long domid = strtoul(text, &end, 10);
	json_t *request, *answer;
	int status;

	if (!isdigit((unsigned char)*text) || *end || !domid || domid > DOMAIN_MAX) {
		warnx("admit: a domain's number, not «%s»", text);
		return TOOL_USAGE;
	}
	request = ask_request("admit", NULL, NULL);
	json_object_set_new(request, "domid", json_integer((json_int_t)domid));
	answer = ask(args, request, &status);
	if (answer && args->json)
		ask_print_json(answer);
	json_decref(answer);
	return status;
}
