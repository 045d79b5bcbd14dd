/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that TPM states are encrypted with at rest: one for the host, one from it for each VM. */
#ifndef LAZARET_KEYS_H
#define LAZARET_KEYS_H

#include <stdint.h>

#include "common/seal.h"
#include "vtpm/swtpm.h"

#define KEYS_MOVED	 "key" /* in a VM's folder: the key of a TPM that another host made */
#define KEYS_SEALED_SIZE (SWTPM_KEY_SIZE + SEAL_OVERHEAD)

/**
 * keys_for_vm() - the key of a VM's TPM
 * @dir:	folder of the host's key, which is made there if it is missing (mode 0600)
 * @uuid:	the VM
 * @out:	SWTPM_KEY_SIZE bytes
 *
 * HKDF-SHA256 (RFC 5869) of the host's key, with @uuid as its info; for a TPM
 * that came from another host, the key that it came with, which that one seals.
 *
 * Return: 0; -1 after a message.
 */
int keys_for_vm(const char *dir, const char *uuid, uint8_t *out);

/* What the file KEYS_MOVED holds for @key; @sealed has KEYS_SEALED_SIZE bytes. Return: 0 or -1. */
int keys_seal(const char *dir, const char *uuid, const uint8_t *key, uint8_t *sealed);

#endif
