/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the remedy image, which the worker runs. */
#ifndef LAZARET_WORKER_PROGRAM_H
#define LAZARET_WORKER_PROGRAM_H

#include <jansson.h>

/** program_run() - run one and wait. Return: 0 if it succeeded, else -1. */
int program_run(const char *const argv[]);

/**
 * program_json() - run one that prints JSON, and wait
 * @out:	a new reference; NULL if it printed none
 *
 * Return: 0 if it succeeded, else -1: what it printed may not be all.
 */
int program_json(const char *const argv[], json_t **out);

#endif
