/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parent's side of the attest role. */
#ifndef LAZARET_ATTEST_H
#define LAZARET_ATTEST_H

#include <stddef.h>

struct ipc_tpm_quoted;
struct vm;

/* Starts the child for a running VM whose guest has published its rings; a running one stays. */
void attest_start(struct vm *vm);

/* Ends the child, if there is one, without a word to the VM. */
void attest_stop(struct vm *vm);

/* Tells the child of a TPM that came up, and of a quote that it asked for. */
void attest_tpm(struct vm *vm);
void attest_quoted(struct vm *vm, const struct ipc_tpm_quoted *quoted);

/* Where the records of the VM's present boot are kept. */
void attest_spool_path(const struct vm *vm, char *out, size_t size);

/* Asks for all that was read to be in that file. Return: 0; -1: nobody reads. */
int attest_flush(struct vm *vm);

/* Asks for a proof now. */
void attest_challenge(struct vm *vm);

#endif
