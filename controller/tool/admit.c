// SPDX-License-Identifier: GPL-2.0-or-later
/* Asked by a hotplug script while a domain is being made: may it run beside those that run? */
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool/ask.h"
#include "tool/hold.h"

#define DOMAIN_MAX   32751 /* DOMID_FIRST_RESERVED - 1, xen/public/xen.h */
#define WAIT_SECONDS 4 /* a toolstack gives its scripts ten */

/* Return: an exit status; TOOL_UNREACHABLE: nobody answered, or not soon enough. */
static int ask_daemon(const struct args *args, unsigned long domid)
{
	json_t *request = ask_request("admit", NULL, NULL), *answer;
	struct conn *conn;
	int status;

	json_object_set_new(request, "domid", json_integer((json_int_t)domid));
	conn = conn_open(args->socket, &status);
	answer = conn ? ask_within(conn, request, args->json, WAIT_SECONDS, &status) : NULL;
	if (!conn)
		json_decref(request);
	if (answer && args->json)
		ask_print_json(answer);
	json_decref(answer);
	conn_close(conn);
	return status;
}

int run_admit(const struct args *args)
{
	const char *text = args->operand[0];
	char *end;
	unsigned long domid = strtoul(text, &end, 10);
	int status;

	if (!isdigit((unsigned char)*text) || *end || !domid || domid > DOMAIN_MAX) {
		warnx("admit: a domain's number, not «%s»", text);
		return TOOL_USAGE;
	}
	status = ask_daemon(args, domid);
	return status == TOOL_UNREACHABLE ? hold_offline(args, (uint32_t)domid) : status;
}
