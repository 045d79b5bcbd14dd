// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dom0's end of wire.h.
 *
 *	lab-guest domid NAME		print the guest's domain id
 *	lab-guest wait NAME SECS	until its agent runs; exit code 124 if it does not in time
 *	lab-guest run NAME SECS LINE	run LINE there by bash: its stdout, stderr and exit code;
 *					124 when it took longer than SECS or the guest is silent,
 *					125 when there is no such guest
 */

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "wire.h"

/* How much longer than the command itself a response may take. */
#define GRACE_SECONDS 20

/* Does this domain's name in xenstore equal name? */
static bool has_name(struct xs_handle *xs, const char *domid, const char *name)
{
	char path[LAB_PATH], *found;
	bool same;

	snprintf(path, sizeof(path), "/local/domain/%s/name", domid);
	found = xs_read(xs, XBT_NULL, path, NULL);
	same = found && !strcmp(found, name);
	free(found);
	return same;
}

/* The domain id of a guest by its name, or -1. */
static int find_guest(struct xs_handle *xs, const char *name)
{
	unsigned int i, n = 0;
	int domid = -1;
	char **ids = xs_directory(xs, XBT_NULL, "/local/domain", &n);

	for (i = 0; ids && i < n && domid < 0; i++)
		if (has_name(xs, ids[i], name))
			domid = atoi(ids[i]);
	free(ids);
	return domid;
}

/* Put the request where the agent watches for it. */
static bool ask(struct xs_handle *xs, const char *base, const char *id, const char *line,
		const char *seconds)
{
	char path[LAB_PATH], request[64];
	size_t len = strlen(line), at;
	unsigned int n = 0;

	if (len > (size_t)LAB_CHUNK * LAB_CHUNKS_MAX)
		return false;
	for (at = 0; at < len; at += LAB_CHUNK, n++) {
		size_t part = len - at < LAB_CHUNK ? len - at : LAB_CHUNK;

		snprintf(path, sizeof(path), "%s/in/%s/%u", base, id, n);
		if (!xs_write(xs, XBT_NULL, path, line + at, (unsigned int)part))
			return false;
	}
	snprintf(request, sizeof(request), "%u %s", n, seconds);
	snprintf(path, sizeof(path), "%s/req/%s", base, id);
	return xs_write(xs, XBT_NULL, path, request, (unsigned int)strlen(request));
}

/* Wait for the response until a time of the monotonic clock; the caller frees it. */
static char *await(struct xs_handle *xs, const char *path, time_t end)
{
	struct pollfd news = {.fd = xs_fileno(xs), .events = POLLIN};
	struct timespec now;
	char *response, **event;

	for (;;) {
		response = xs_read(xs, XBT_NULL, path, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (response || now.tv_sec >= end)
			return response;
		poll(&news, 1, 1000);
		while ((event = xs_check_watch(xs)))
			free(event);
	}
}

/* Copy KIND/ID/0 … to a stream. */
static void copy_out(struct xs_handle *xs, const char *base, const char *kind, const char *id,
		     unsigned int chunks, FILE *to)
{
	char path[LAB_PATH], *chunk;
	unsigned int i, len;

	for (i = 0; i < chunks && i < LAB_CHUNKS_MAX; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s/%u", base, kind, id, i);
		chunk = xs_read(xs, XBT_NULL, path, &len);
		if (chunk)
			fwrite(chunk, 1, len, to);
		free(chunk);
	}
	if (chunks == LAB_CHUNKS_MAX)
		fprintf(stderr, "lab-guest: std%s may be cut off here\n", kind);
}

static void clean_up(struct xs_handle *xs, const char *base, const char *id)
{
	static const char *const kinds[] = {"req", "in", "out", "err", "rsp"};
	char path[LAB_PATH];
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", base, kinds[i], id);
		xs_rm(xs, XBT_NULL, path);
	}
}

static int run(struct xs_handle *xs, int domid, const char *seconds, const char *line)
{
	char base[LAB_PATH / 4], id[32], path[LAB_PATH], *response = NULL;
	unsigned int out, err;
	struct timespec now;
	int code = LAB_TIMED_OUT;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(base, sizeof(base), "/local/domain/%d/data/lab", domid);
	snprintf(id, sizeof(id), "%d-%ld", getpid(), now.tv_nsec);
	snprintf(path, sizeof(path), "%s/rsp/%s", base, id);
	if (xs_watch(xs, path, "") && ask(xs, base, id, line, seconds))
		response = await(xs, path, now.tv_sec + atoi(seconds) + GRACE_SECONDS);
	if (response && sscanf(response, "%d %u %u", &code, &out, &err) == 3) {
		copy_out(xs, base, "out", id, out, stdout);
		copy_out(xs, base, "err", id, err, stderr);
	} else {
		fprintf(stderr, "lab-guest: domain %d does not answer\n", domid);
	}
	free(response);
	clean_up(xs, base, id);
	return code;
}

/* Wait until the agent says that it runs: one process, because each poll of a shell would take the
 * time that the guest needs to boot.
 */
static int wait_ready(struct xs_handle *xs, int domid, const char *seconds)
{
	struct timespec now;
	char path[LAB_PATH], *value = NULL;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(path, sizeof(path), "/local/domain/%d/data/lab/ready", domid);
	if (xs_watch(xs, path, ""))
		value = await(xs, path, now.tv_sec + atoi(seconds));
	free(value);
	return value ? 0 : LAB_TIMED_OUT;
}

int main(int argc, char **argv)
{
	struct xs_handle *xs = xs_open(0);
	int domid = xs && argc > 2 ? find_guest(xs, argv[2]) : -1;

	if (argc < 3 || (!strcmp(argv[1], "run") && argc != 5) ||
	    (!strcmp(argv[1], "wait") && argc != 4)) {
		fprintf(stderr,
			"usage: lab-guest domid NAME | wait NAME SECS | run NAME SECS LINE\n");
		return LAB_NO_GUEST;
	}
	if (domid < 0) {
		if (!strcmp(argv[1], "run"))
			fprintf(stderr, "lab-guest: guest %s does not run\n", argv[2]);
		return LAB_NO_GUEST;
	}
	if (!strcmp(argv[1], "run"))
		return run(xs, domid, argv[3], argv[4]);
	if (!strcmp(argv[1], "wait"))
		return wait_ready(xs, domid, argv[3]);
	printf("%d\n", domid);
	return 0;
}
