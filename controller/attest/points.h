/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What PCR 10 was after each record of the latest part of a log. */
#ifndef LAZARET_POINTS_H
#define LAZARET_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vtpm/tpm.h"

/* PCR 10 after some record. */
struct point {
	uint8_t sha1[TPM2_SHA1_DIGEST_SIZE];
	uint8_t sha256[TPM2_SHA256_DIGEST_SIZE];
};

/**
 * struct points - the latest part
 * @base:	records before the first of them
 * @count:	at least 1: list[i] is after record @base + i
 */
struct points {
	struct point *list;
	size_t count;
	uint64_t base;
	size_t room;
};

/* Begins with the point before the first record, where all is zero. Return: 0; -1 without memory. */
int points_init(struct points *p);
void points_free(struct points *p);

/* Return: room for one more, which counts from now on; NULL without memory. */
struct point *points_add(struct points *p);

/* Return: index of the last that is the same, or -1. */
ssize_t points_find(const struct points *p, const struct point *what);

/* Forgets all before number @i, which stays. */
void points_drop(struct points *p, size_t i);

bool point_same(const struct point *a, const struct point *b);

#endif
