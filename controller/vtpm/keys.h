/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that TPM states are encrypted with at rest: one for the host, one from it for each VM. */
#ifndef LAZARET_KEYS_H
#define LAZARET_KEYS_H

#include <stdint.h>

#include "vtpm/swtpm.h"

/**
 * keys_for_vm() - the key of a VM's TPM
 * @dir:	folder of the host's key, which is made there if it is missing (mode 0600)
 * @uuid:	the VM
 * @out:	SWTPM_KEY_SIZE bytes
 *
 * HKDF-SHA256 (RFC 5869) of the host's key, with @uuid as its info.
 *
 * Return: 0; -1 after a message.
 */
int keys_for_vm(const char *dir, const char *uuid, uint8_t *out);

#endif
