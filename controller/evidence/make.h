/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Evidence of a VM, made by the parent: asked for, quoted, then read in pieces by who asked. */
#ifndef LAZARET_EVIDENCE_MAKE_H
#define LAZARET_EVIDENCE_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct evidence;
struct ipc_tpm_quoted;
struct vm;

#define EVIDENCE_PIECE (1UL << 20) /* bytes that are read at once */

/* Asks the VM's TPM for a quote over @nonce. What was made before is forgotten. */
void evidence_ask(struct vm *vm, const uint8_t *nonce);

/* A quote came. Return: it was asked for here. */
bool evidence_quoted(struct vm *vm, const struct ipc_tpm_quoted *quoted);

/**
 * evidence_read() - a piece of it, as an answer's fields {"ready", "size", "data"}
 * @at:		offset
 *
 * Return: a new object; "data" is hexadecimal, "" at the end; "ready": false: come again. NULL:
 * nothing was asked for, or it could not be made: *@why.
 */
json_t *evidence_read(const struct vm *vm, size_t at, const char **why);

void evidence_forget(struct vm *vm);

#endif
