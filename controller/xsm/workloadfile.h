/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the file of workloads: for workloads.c alone. */
#ifndef LAZARET_WORKLOADFILE_H
#define LAZARET_WORKLOADFILE_H

#include <stdbool.h>
#include <stdio.h>

struct workloads;

/* Fills the zeroed @ws. Return: false after messages to @errors. */
bool workloadfile_read(struct workloads *ws, const char *path, FILE *errors);

#endif
