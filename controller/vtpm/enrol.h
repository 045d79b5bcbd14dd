/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a VM's TPM and of what boots it, over restarts of everything.
 *
 * In the store, as {"ak", "resets", "restarts", "starts": [{"kernel", "ramdisk", "cmdline",
 * "config", "hypervisor"}]}: several starts may be good at a time, so that an update can be rolled
 * out.
 */
#ifndef LAZARET_ENROL_H
#define LAZARET_ENROL_H

#include <stdbool.h>

#include <jansson.h>

struct ipc_tpm_ready;
struct vm;

/* Compares a TPM that came up, and the start it measured, with what is known; else: danger. */
void enrol_check(struct vm *vm, const struct ipc_tpm_ready *ready);

/**
 * enrol_add() - from now on this start is good
 * @start:	digests that differ from those of the present or else the last enrolled start;
 *		NULL: the present one as it is
 * @only:	and no other is
 *
 * Return: 0; -1 with @why.
 */
int enrol_add(struct vm *vm, const char *who, const json_t *start, bool only, const char **why);

/**
 * enrol_good() - may the VM be trusted, as to its start?
 *
 * Yes, if what boots it was measured and is enrolled; or if it was not measured and nothing is
 * enrolled: whoever has enrolled a start wants no other, so one that nobody has seen is none.
 *
 * Return: true; else false with @why.
 */
bool enrol_good(const struct vm *vm, const char **why);

#endif
