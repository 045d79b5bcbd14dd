/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/starthold.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <xenctrl.h>
#include <xenstore.h>

#include "common/log.h"

#define PATH_SIZE  64
#define TAKE_TRIES 10 /* others write to xenstore at the same time */

static void node_of(char path[PATH_SIZE], uint32_t domid)
{
	snprintf(path, PATH_SIZE, "/local/domain/%" PRIu32 "/lazaret-hold", domid);
}

static bool is_there(struct xs_handle *xs, xs_transaction_t t, const char *path)
{
	unsigned int len;
	char *value = xs_read(xs, t, path, &len);
	bool there = value != NULL;

	free(value);
	return there;
}

int starthold_who(struct xs_handle *xs, xc_interface *xc, uint32_t domid,
		  char uuid[STARTHOLD_UUID_SIZE], char name[STARTHOLD_NAME_SIZE])
{
	char path[PATH_SIZE], *value;
	xc_domaininfo_t info;
	unsigned int len;
	const uint8_t *u;

	if (xc_domain_getinfolist(xc, domid, 1, &info) != 1 || info.domain != domid)
		return -1;
	u = info.handle;
	snprintf(uuid, STARTHOLD_UUID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
		 u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		 u[15]);
	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/name", domid);
	value = xs_read(xs, XBT_NULL, path, &len);
	snprintf(name, STARTHOLD_NAME_SIZE, "%s", value ? value : "");
	free(value);
	return 0;
}

/* Return: 1: the node is ours; 0: another script was first; -1: xenstore refused. */
static int claim(struct xs_handle *xs, const char *path)
{
	for (int i = 0; i < TAKE_TRIES; i++) {
		xs_transaction_t t = xs_transaction_start(xs);
		bool other;

		if (!t)
			return -1;
		other = is_there(xs, t, path);
		if (!other && !xs_write(xs, t, path, "1", 1)) {
			xs_transaction_end(xs, t, true);
			return -1;
		}
		if (xs_transaction_end(xs, t, other))
			return !other;
		if (errno != EAGAIN)
			return -1;
	}
	return -1;
}

int starthold_take(struct xs_handle *xs, xc_interface *xc, uint32_t domid)
{
	char path[PATH_SIZE];

	int rc;

	node_of(path, domid);
	/* In this order: whoever is killed in between leaves a pause too many, never one too few. */
	if (xc_domain_pause(xc, domid) < 0)
		return -1;
	rc = claim(xs, path);
	if (rc == 0)
		xc_domain_unpause(xc, domid); /* another script holds it */
	return rc < 0 ? -1 : 0;
}

int starthold_release(struct xs_handle *xs, xc_interface *xc, uint32_t domid)
{
	char path[PATH_SIZE];

	node_of(path, domid);
	if (!is_there(xs, XBT_NULL, path))
		return 0;
	if (xs_rm(xs, XBT_NULL, path)) {
		if (xc_domain_unpause(xc, domid) == 0)
			return 0;
		xs_write(xs, XBT_NULL, path, "1", 1); /* to be tried again */
	}
	log_warnx("domain %" PRIu32 ", which a hotplug script holds, can't be unpaused yet", domid);
	return -1;
}
