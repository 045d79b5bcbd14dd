/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a vtpm child is told of its VM. */
#ifndef LAZARET_VTPM_SPEC_H
#define LAZARET_VTPM_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/ipc.h"
#include "vm/account.h"

struct vm;

/* Another text for each domain that ever was: numbers start again when dom0 does. */
void spec_generation(char *out, size_t size, uint32_t domid);

/**
 * spec_fill() - from what is known of the VM
 * @account:	whom its TPM runs as
 * @config:	its configuration, see ts_config()
 *
 * @spec->measure is set if there is a kernel that could be measured.
 *
 * Return: 0; -1 if a text is too long.
 */
int spec_fill(struct ipc_tpm_spec *spec, const struct vm *vm, const struct account *account,
	      uint32_t domid, const json_t *config);

#endif
