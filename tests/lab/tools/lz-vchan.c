/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs in guests: a vchan between two of them, by Xen's own library.
 *
 *	lz-vchan serve DOMAIN SECONDS		answers each line with «heard: LINE» until time is over
 *	lz-vchan call DOMAIN SECONDS TEXT	says TEXT, prints the answer
 *
 * Exit code: 0 it went well; 1 it did not; 2 usage. The kernel needs xen-evtchn, xen-gntdev and
 * xen-gntalloc, and xenbus by /dev/xen/xenbus.
 */
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#define RING	 1024 /* bytes, each way */
#define TEXT_MAX 200
#define PATH	 "data/lz-vchan" /* a guest may write below its own data/ */

/* Reads up to a newline. Return: 0, or -1 when the other side has gone. */
static int hear(struct libxenvchan *chan, char *text)
{
	struct pollfd fd = {.fd = libxenvchan_fd_for_select(chan), .events = POLLIN};

	for (size_t len = 0; len < TEXT_MAX; len++) {
		while (!libxenvchan_data_ready(chan)) {
			if (libxenvchan_is_open(chan) == 0 || poll(&fd, 1, -1) < 0 ||
			    libxenvchan_wait(chan) < 0)
				return -1;
		}
		if (libxenvchan_read(chan, text + len, 1) != 1)
			return -1;
		if (text[len] == '\n') {
			text[len] = '\0';
			return 0;
		}
	}
	return -1;
}

static int say(struct libxenvchan *chan, const char *before, const char *text)
{
	char line[2 * TEXT_MAX];
	int len = snprintf(line, sizeof(line), "%s%s\n", before, text);

	return libxenvchan_send(chan, line, (size_t)len) == len ? 0 : -1;
}

static int serve(int domain)
{
	struct libxenvchan *chan = libxenvchan_server_init(NULL, domain, PATH, RING, RING);
	char text[TEXT_MAX];

	if (!chan)
		err(1, "no vchan can be offered to domain %d", domain);
	chan->blocking = 1;
	puts("offered");
	fflush(stdout);
	while (libxenvchan_is_open(chan) == 2) /* nobody yet */
		libxenvchan_wait(chan);
	while (hear(chan, text) == 0)
		if (say(chan, "heard: ", text) < 0)
			break;
	libxenvchan_close(chan);
	return 0;
}

static int call(int domain, const char *words)
{
	char path[64], text[TEXT_MAX];
	struct libxenvchan *chan;

	snprintf(path, sizeof(path), "/local/domain/%d/" PATH, domain);
	chan = libxenvchan_client_init(NULL, domain, path);
	if (!chan)
		err(1, "no vchan to domain %d", domain);
	chan->blocking = 1;
	if (say(chan, "", words) < 0 || hear(chan, text) < 0)
		errx(1, "no answer");
	puts(text);
	libxenvchan_close(chan);
	return 0;
}

int main(int argc, char **argv)
{
	bool server = argc == 4 && !strcmp(argv[1], "serve");

	if (!server && (argc != 5 || strcmp(argv[1], "call") || strlen(argv[4]) > TEXT_MAX / 2))
		errx(2, "usage: lz-vchan serve DOMAIN SECONDS | call DOMAIN SECONDS TEXT");
	alarm((unsigned int)atoi(argv[3]));
	return server ? serve(atoi(argv[2])) : call(atoi(argv[2]), argv[4]);
}
