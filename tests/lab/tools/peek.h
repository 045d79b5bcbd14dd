/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PEEK_H
#define PEEK_H

#include <libxenvchan.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "uapi/lazaret.h"

struct options {
	uint64_t from;
	uint64_t count; /* records wanted, 0: none, UINT64_MAX: until time is out */
	uint64_t challenge; /* send one after so many records; UINT64_MAX: never */
	double seconds;
	bool all; /* as many as HELLO says */
	bool die; /* leave by SIGKILL */
	bool quiet;
	FILE *keep; /* raw records, as binary_runtime_measurements has them */
	const struct trick *trick;
	int domid;
};

struct peek {
	struct options opt;
	struct libxenvchan *vchan;
	struct timespec until;
	uint64_t tx_seq;
	uint64_t rx_seq;
	struct lz_frame_hdr first; /* HELLO's header, read when connecting */
	struct lz_hello hello;
	uint64_t seen; /* records received */
	uint64_t next; /* index that the next one must have */
	bool answered;
};

/* What to do instead of, or after, a proper RESUME. */
struct trick {
	const char *name;
	void (*play)(struct peek *p);
	const char *what;
};

/* Ends the program with @code and a reason on stderr. */
void peek_fail(int code, const char *what) __attribute__((noreturn));

/* Sends all of @len bytes, waiting for room until time is out. */
void peek_put(struct peek *p, const void *buf, size_t len);

/* A good header with the next seq. */
struct lz_frame_hdr peek_header(struct peek *p, uint16_t type, uint32_t length);

/* A good frame of @type. */
void peek_send(struct peek *p, uint16_t type, const void *payload, uint32_t length);

/* The RESUME that the options ask for. */
struct lz_resume peek_good_resume(const struct peek *p);

/* Sends it. */
void peek_resume(struct peek *p);

/* Sends a CHALLENGE with a fresh nonce. */
void peek_challenge(struct peek *p);

/* Return: the trick of that name, NULL if there is none. */
const struct trick *peek_find_trick(const char *name);

/* Writes a line on each trick. */
void peek_list_tricks(FILE *to);

#endif /* PEEK_H */
