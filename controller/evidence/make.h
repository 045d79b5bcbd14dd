/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence of a VM: asked for, quoted, made by a process of its own, then read in pieces by who asked.
 * Of each VM one at a time.
 */
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

/**
 * evidence_ask() - ask the VM's TPM for a quote over @nonce
 *
 * What was made before is forgotten, once it was read or nobody comes for it any more.
 * Return: 0; -1 with @why: another's is not read yet.
 */
int evidence_ask(struct vm *vm, const uint8_t *nonce, const char **why);

/* A quote came. Return: it was asked for here. */
bool evidence_quoted(struct vm *vm, const struct ipc_tpm_quoted *quoted);

/* The list as far as it is known is in its file; or (@kept false) there is none. */
void evidence_flushed(struct vm *vm, bool kept);

/**
 * evidence_read() - a piece of it, as an answer's fields {"ready", "size", "data"}
 * @at:		offset
 *
 * Return: a new object; "data" is hexadecimal, "" at the end; "ready": false: come again. NULL:
 * nothing was asked for, or it could not be made: *@why.
 */
json_t *evidence_read(struct vm *vm, size_t at, const char **why);

void evidence_forget(struct vm *vm);

#endif
