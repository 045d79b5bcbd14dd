/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which VMs may run on this host at the same time (sHype's Chinese wall).
 *
 * A VM of a workload starts under a held label: cut off, and Xen lets nobody run it. It is admitted,
 * that is, gets the label it runs with, unless one runs that it may never run beside. A VM in
 * quarantine counts as running, by the label that it would get back.
 */
#ifndef LAZARET_ADMISSION_H
#define LAZARET_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADMISSION_WHY 256 /* bytes of a reason, with the NUL */

struct host;
struct vm;

/**
 * admission_domain() - admit one domain of a VM
 * @domid:	its number: the VM's own, or that of its twin, while it is migrated to this very host
 * @why:	ADMISSION_WHY bytes: the reason, if it is refused
 *
 * Done already, or not needed: that is no refusal. Journaled when it is done. In quarantine it is
 * admitted to the danger label.
 * Return: 0, or -1.
 */
int admission_domain(struct vm *vm, uint32_t domid, char *why);

/* The same for the VM's domain; a refusal is journaled once and kept as vm->refused. */
void admission_consider(struct vm *vm);

/**
 * admission_allows() - may the VM run under this label, beside those that run now?
 * @why:	@size bytes: the reason, if not
 */
bool admission_allows(const struct vm *vm, const char *label, char *why, size_t size);

/* Turns the label of a VM that is held into the one it runs with; others stay. TS_LABEL_SIZE bytes. */
void admission_running(const struct host *host, char *label);

/* The other way: with which label does a domain start that ran under this one? */
void admission_starting(const struct host *host, char *label);

#endif
