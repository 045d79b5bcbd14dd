/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file in which an operator says what kinds of VMs there are: who may talk with whom, and which
 * may never run on one host at the same time. policy/xsm/workloads.conf is one that explains itself.
 */
#ifndef LAZARET_WORKLOADS_H
#define LAZARET_WORKLOADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WORKLOADS_MAX	   64 /* one bit each in a set */
#define WORKLOAD_NAME_MAX  25 /* bytes with the NUL */
#define WORKLOAD_TYPE_SIZE 64 /* bytes of a FLASK type's name, with the NUL */
#define WORKLOADS_MISSING  ((size_t)-1)

/* A set of workloads: bit i is workload i of the file. */
typedef uint64_t workload_set;

struct workload {
	char name[WORKLOAD_NAME_MAX];
	unsigned int line; /* of its section */
	bool itself; /* two VMs of it may talk with each other */
	bool devices; /* may be given hardware, and serve devices to dom0 */
	bool migrate; /* may be saved and migrated */
	workload_set talks; /* whom it may talk with; both have each other in theirs */
	workload_set apart; /* who may not run while one of it runs; likewise */
};

struct workloads {
	struct workload list[WORKLOADS_MAX];
	size_t count;
	bool hold_unlabelled; /* a VM without a label waits for its admission */
};

/* The types of a workload in the policy. */
enum workload_type {
	WORKLOAD_HELD, /* what a VM's configuration names: it waits for its admission */
	WORKLOAD_RUNS, /* what it becomes then */
	WORKLOAD_PEERS, /* its event channels towards other guests */
};

/**
 * workloads_load() - read and check such a file
 * @errors:	each error goes there, as «path:line: text» on a line of its own
 *
 * Return: to be given to workloads_free(); NULL if there was an error.
 */
struct workloads *workloads_load(const char *path, FILE *errors);
void workloads_free(struct workloads *ws);

/* Return: the workload's place in @ws->list, or WORKLOADS_MISSING. */
size_t workloads_find(const struct workloads *ws, const char *name);

/* May a VM of workload @a exchange memory and events with one of @b? */
bool workloads_may_talk(const struct workloads *ws, size_t a, size_t b);

/* Is @b kept from running while @a runs? */
bool workloads_apart(const struct workloads *ws, size_t a, size_t b);

/* Writes the name of a type of the workload called @name. */
void workload_type(char type[WORKLOAD_TYPE_SIZE], const char *name, enum workload_type which);

/**
 * workloads_of_label() - which workload does a label stand for?
 * @label:	user:role:type, or user:role:type:level
 * @which:	set to WORKLOAD_HELD or WORKLOAD_RUNS
 *
 * Return: its place, or WORKLOADS_MISSING.
 */
size_t workloads_of_label(const struct workloads *ws, const char *label, enum workload_type *which);

/* Replaces the type in @label (@size bytes), or cuts it short if there is no place. */
void workload_label(char *label, size_t size, const char *type);

/* Is that the type in @label? */
bool workload_label_is(const char *label, const char *type);

/**
 * workload_label_guess() - what a held label would be called when it runs, whatever the file says
 *
 * Return: false if @label can't be a held one.
 */
bool workload_label_guess(const char *label, char *runs, size_t size);

#endif
