// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenstore.h>

#include "acm/starthold.h"
#include "common/conf.h"
#include "store/store.h"
#include "tool/ask.h"
#include "tool/hold.h"

#define CONF_FILE   SYSCONFDIR "/lazaret/lazaretd.conf"
#define DIR_DEFAULT "/var/lib/lazaret" /* where the configuration has an error */

/* Does the daemon's store say that it must be cut off? In doubt, yes. */
static bool is_in_danger(const struct args *args, const char *uuid, const char *name)
{
	struct conf *conf = args->db ? NULL : conf_load(CONF_FILE, stderr);
	bool is_the_one = args->db || conf;
	char path[4096];

	if (args->db)
		snprintf(path, sizeof(path), "%s", args->db);
	else
		snprintf(path, sizeof(path), "%s/" STORE_FILE,
			 conf ? conf->state_dir : DIR_DEFAULT);
	conf_free(conf);
	/* Where it should be there is none: the daemon has never run, and knows of no danger. */
	if (access(path, F_OK) < 0)
		return !is_the_one || errno != ENOENT;
	return store_contained_file(path, uuid, name) != 0;
}

static int hold(const struct args *args, struct xs_handle *xs, xc_interface *xc, uint32_t domid)
{
	char uuid[STARTHOLD_UUID_SIZE], name[STARTHOLD_NAME_SIZE];

	if (starthold_who(xs, xc, domid, uuid, name) < 0)
		return ask_failed(args, "there is no domain %" PRIu32, domid);
	if (!is_in_danger(args, uuid, name)) {
		if (args->json)
			ask_answer(json_pack("{s:b,s:b}", "ok", 1, "held", 0));
		return TOOL_OK;
	}
	if (starthold_take(xs, xc, domid) < 0)
		return ask_failed(args,
				  "%s is in danger, lazaretd does not run, and it can't be paused: "
				  "it must not start",
				  name);
	if (args->json)
		ask_answer(json_pack("{s:b,s:b}", "ok", 1, "held", 1));
	else
		warnx("%s is in danger: it stays paused until lazaretd runs and has cut it off",
		      name);
	return TOOL_OK;
}

int hold_offline(const struct args *args, uint32_t domid)
{
	struct xs_handle *xs = xs_open(0);
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	int status;

	if (xs && xc)
		status = hold(args, xs, xc, domid);
	else
		status = ask_failed(args, "xenstore or Xen can't be asked: only root may");
	if (xs)
		xs_close(xs);
	if (xc)
		xc_interface_close(xc);
	return status;
}
