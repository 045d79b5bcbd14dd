/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs in dom0: for each packet that lz-shout sent, prints its text and how large a file was the
 * moment it came: lz-hear FILE COUNT SECONDS.
 */
#include <arpa/inet.h>
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#define PORT	 7791
#define TEXT_MAX 256

int main(int argc, char **argv)
{
	const struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	const struct sched_param first = {.sched_priority = 1};
	struct timeval limit = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[TEXT_MAX];
	struct stat st;

	if (argc != 4)
		errx(2, "usage: lz-hear FILE COUNT SECONDS");
	limit.tv_sec = atoi(argv[3]);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&here, sizeof(here)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		err(1, "port %d", PORT);
	/* What came is looked at before anybody else does anything. */
	if (sched_setscheduler(0, SCHED_FIFO, &first) < 0)
		warn("no priority");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int left = atoi(argv[2]); left > 0; left--) {
		ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			err(1, "%d packets did not come", left);
		if (stat(argv[1], &st) < 0)
			err(1, "%s", argv[1]);
		printf("%.*s %lld\n", (int)n, text, (long long)st.st_size);
	}
	return 0;
}
