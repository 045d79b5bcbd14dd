/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent's side of the evidence role: its process, and what it is told and tells. */
#ifndef LAZARET_EVIDENCE_MAKER_H
#define LAZARET_EVIDENCE_MAKER_H

#include <stdint.h>

#include "common/ipc.h"
#include "evidence/bundle.h"

struct maker;
struct vm;

/* Starts one, for the VM's list and an archive's empty file. Return: NULL if that is impossible. */
struct maker *maker_start(struct vm *vm, int file);

/* Ends it, whatever it is doing; NULL is fine. */
void maker_end(struct maker *m);

/* Does the list explain this? evidence_listed() comes of it. */
void maker_list(struct maker *m, const struct ipc_list *pcrs);

/* Calls evidence_again() by and by. */
void maker_later(struct maker *m, int ms);

/* Here are all parts but the list; write. Return: 0; -1: one is too large. evidence_written(). */
int maker_write(struct maker *m, const struct bundle *parts);

/* To whom it is reported (make.c). The maker may be ended in there. */
void evidence_listed(struct vm *vm, const struct ipc_listed *listed);
void evidence_again(struct vm *vm);
void evidence_written(struct vm *vm, uint64_t len);
void evidence_failed(struct vm *vm, const char *why);

#endif
