/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TPM's public key as others know it. */
#ifndef LAZARET_AKPUB_H
#define LAZARET_AKPUB_H

#include <stddef.h>
#include <stdint.h>

#include <tss2/tss2_tpm2_types.h>

/**
 * akpub_der() - a P-256 key as DER SubjectPublicKeyInfo (RFC 5480)
 *
 * Return: 0; -1 if it is another kind of key or has no room.
 */
int akpub_der(const TPMT_PUBLIC *public, uint8_t *out, size_t size, uint32_t *len);

#endif
