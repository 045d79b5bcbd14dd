/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parent's side of a VM's TPM.
 *
 * A VM that has not run yet is held paused until its TPM is up and what boots it is measured. A VM
 * that runs already gets its TPM all the same, marked as late.
 */
#ifndef LAZARET_VTPM_H
#define LAZARET_VTPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct host;
struct ipc_tpm_quote;
struct ipc_tpm_ready;
struct vm;

/* Return: 0, or -1 after a message: then no VM can have a TPM. */
int vtpm_start(struct host *host);

/* A domain appeared: gives it a TPM, if its policy says so. */
void vtpm_attach(struct vm *vm);

/* Its domain is gone, or its policy wants no TPM any more. */
void vtpm_detach(struct vm *vm);

/* We end; the VM and its device stay, for the next of us. */
void vtpm_leave(struct vm *vm);

/* Once a second: what failed is tried again. */
void vtpm_tick(struct vm *vm);

/* What is known of the TPM; NULL while it is not up. */
const struct ipc_tpm_ready *vtpm_ready(const struct vm *vm);

/* Asks for a quote, which goes to the VM's attest child. Nothing happens if the TPM is not up. */
void vtpm_quote(struct vm *vm, const struct ipc_tpm_quote *quote);

/* As in the control socket's answers; a new reference. */
json_t *vtpm_view(const struct vm *vm);

#endif
