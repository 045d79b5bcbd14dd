/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs in a guest: talks with another guest for ever, in both directions, and counts what comes.
 *
 *	lz-talk FILE vchan-serve DOMID PATH	a vchan, offered to a domain in xenstore
 *	lz-talk FILE vchan-call DOMID PATH	the other end of it
 *	lz-talk FILE tcp-serve PORT
 *	lz-talk FILE tcp-call ADDRESS PORT
 *
 * FILE always has the number of bytes that came. A vchan's ring is looked at though no event came:
 * two guests that want to talk do not need any, since the memory that they share stays shared.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libxenvchan.h>

#define EVERY_MS  500
#define SILENT_MS 15000 /* then a connection is made again */
#define RING	  1024

static const char text[64] = "a word from one guest to another";
static const char *file;
static unsigned long long came;

/* The file is there whole at all times, so that whoever reads it never finds half a number. */
static void note(size_t more)
{
	char number[32];
	int fd, n;

	came += more;
	n = snprintf(number, sizeof(number), "%020llu\n", came);
	fd = open(file, O_WRONLY | O_CREAT, 0644);
	if (fd < 0 || pwrite(fd, number, (size_t)n, 0) != n)
		err(1, "%s", file);
	close(fd);
}

static void talk_vchan(struct libxenvchan *vchan)
{
	char in[RING];

	vchan->blocking = 0;
	for (;;) {
		int n = libxenvchan_read(vchan, in, sizeof(in));

		if (n > 0)
			note((size_t)n);
		/* A ring that is full, or a peer that is not there yet, is tried again. */
		libxenvchan_write(vchan, text, sizeof(text));
		usleep(EVERY_MS * 1000);
	}
}

static struct libxenvchan *call_vchan(int domid, const char *path)
{
	struct libxenvchan *vchan;

	while (!(vchan = libxenvchan_client_init(NULL, domid, path)))
		usleep(EVERY_MS * 1000);
	return vchan;
}

/* Until it is silent or broken. */
static void talk_tcp(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char in[RING];
	int silent = 0;

	while (silent < SILENT_MS) {
		ssize_t n;

		if (send(fd, text, sizeof(text), MSG_DONTWAIT) < 0 && errno != EAGAIN)
			break;
		usleep(EVERY_MS * 1000);
		silent += EVERY_MS;
		if (poll(&p, 1, 0) <= 0)
			continue;
		n = recv(fd, in, sizeof(in), MSG_DONTWAIT);
		if (n <= 0)
			break;
		note((size_t)n);
		silent = 0;
	}
	close(fd);
}

static int call_tcp(const struct sockaddr_in *to)
{
	const struct timeval limit = {.tv_sec = SILENT_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* connect()'s as well */
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0)
		return fd;
	close(fd);
	usleep(EVERY_MS * 1000);
	return -1;
}

static int serve_tcp(const struct sockaddr_in *at)
{
	static int listener = -1;
	const int yes = 1;

	if (listener < 0) {
		listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
		if (bind(listener, (const struct sockaddr *)at, sizeof(*at)) < 0 ||
		    listen(listener, 4) < 0)
			err(1, "port");
	}
	return accept(listener, NULL, NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct libxenvchan *vchan;
	const char *mode;

	if (argc < 4)
		errx(2, "usage: lz-talk FILE vchan-serve|vchan-call|tcp-serve|tcp-call …");
	signal(SIGPIPE, SIG_IGN);
	file = argv[1];
	mode = argv[2];
	note(0);
	if (!strncmp(mode, "vchan-", 6) && argc == 5) {
		vchan = strcmp(mode, "vchan-call")
				? libxenvchan_server_init(NULL, atoi(argv[3]), argv[4], RING, RING)
				: call_vchan(atoi(argv[3]), argv[4]);
		if (!vchan)
			err(1, "%s", argv[4]);
		talk_vchan(vchan);
	}
	address.sin_port = htons((uint16_t)atoi(argv[argc - 1]));
	if (!strcmp(mode, "tcp-call") && !inet_aton(argv[3], &address.sin_addr))
		errx(2, "%s is no address", argv[3]);
	for (;;) {
		int fd = strcmp(mode, "tcp-call") ? serve_tcp(&address) : call_tcp(&address);

		if (fd >= 0)
			talk_tcp(fd);
	}
}
