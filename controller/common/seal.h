/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets at rest: AES-256-GCM (NIST SP 800-38D), under a key or a passphrase.
 *
 * What is sealed: nonce, ciphertext, tag. A random nonce each time: one key seals far fewer than
 * 2^32 messages.
 */
#ifndef LAZARET_SEAL_H
#define LAZARET_SEAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SEAL_KEY_SIZE  32
#define SEAL_SALT_SIZE 16
#define SEAL_OVERHEAD  (12 + 16) /* bytes that sealing adds */

/**
 * seal_key() - the key of a passphrase (scrypt, RFC 7914: N 2^15, r 8, p 1, which takes 32 MiB)
 *
 * Return: 0 or -1.
 */
int seal_key(const void *pass, size_t len, const uint8_t salt[SEAL_SALT_SIZE],
	     uint8_t key[SEAL_KEY_SIZE]);

/**
 * seal() - encrypt @len bytes of @in
 * @out:	len + SEAL_OVERHEAD bytes
 *
 * Return: 0 or -1.
 */
int seal(const uint8_t key[SEAL_KEY_SIZE], const void *in, size_t len, uint8_t *out);

/**
 * unseal() - the reverse
 * @out:	len - SEAL_OVERHEAD bytes; worth nothing if -1 is returned
 *
 * Return: bytes; -1 if it is not what was sealed under this key.
 */
ssize_t unseal(const uint8_t key[SEAL_KEY_SIZE], const uint8_t *in, size_t len, uint8_t *out);

#endif
