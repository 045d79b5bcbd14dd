/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of golden packs: Ed25519 (RFC 8032), keys in PEM files as OpenSSL writes them. */
#ifndef LAZARET_SIGN_H
#define LAZARET_SIGN_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a public key and of a signature. */
#define SIGN_KEY_SIZE 32
#define SIGN_SIZE     64

/* Bytes of the text that explains what failed. */
#define SIGN_ERROR_MAX 512

/**
 * sign_keygen() - make a pair of keys
 * @path:	the secret one, mode 0600; the public one gets «.pub» behind it. Neither must exist
 * @error:	SIGN_ERROR_MAX bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int sign_keygen(const char *path, char *error);

/**
 * sign_read_public() - read a public key; of a secret one its public half
 * @key:	written if 0 is returned
 * @error:	SIGN_ERROR_MAX bytes, written if -1 is returned
 */
int sign_read_public(const char *path, uint8_t key[SIGN_KEY_SIZE], char *error);

/**
 * sign_pack() - sign a pack, which is replaced at once by the signed one
 * @key:	file of the secret key
 * @error:	SIGN_ERROR_MAX bytes, written if -1 is returned
 *
 * What is signed is what was checked: a damaged pack is refused. What it says, and so its identity,
 * stays as it is. Return: 0, or -1.
 */
int sign_pack(const char *pack, const char *key, char *error);

/** sign_verify() - is this the signature of a pack of this identity? */
bool sign_verify(const uint8_t id[32], const uint8_t key[SIGN_KEY_SIZE],
		 const uint8_t signature[SIGN_SIZE]);

#endif
