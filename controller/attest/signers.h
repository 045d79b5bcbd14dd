/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose signatures on files are as good as golden values. */
#ifndef LAZARET_SIGNERS_H
#define LAZARET_SIGNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/template.h"

/* Keys, at most. */
#define SIGNERS_MAX 64

/* Bytes of the text that explains why a key was refused. */
#define SIGNERS_ERROR_MAX 256

struct signers;

enum signature_class {
	SIGNATURE_NONE =
		0, /* the record has none, or it is of a kind that says nothing of the file */
	SIGNATURE_GOOD,
	SIGNATURE_STRANGER, /* by a key that nobody named */
	SIGNATURE_EXPIRED, /* by a key whose certificate is not valid now */
	SIGNATURE_BAD, /* by one of the keys, but not of this content; or malformed */
};

/** signers_new() - no keys yet. Return: to be freed with signers_free(), or NULL. */
struct signers *signers_new(void);

/** signers_free() - NULL is fine */
void signers_free(struct signers *s);

/**
 * signers_add() - trust a key
 * @path:	X.509 certificate or bare public key, PEM or DER: RSA or ECDSA
 * @error:	SIGNERS_ERROR_MAX bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int signers_add(struct signers *s, const char *path, char *error);

/**
 * signers_check() - the signatures that a record holds, of which one good one will do
 * @now:	seconds since 1970
 *
 * - «sig»: the kernel's formats, version 2 (of the content's digest) and 3 (of that of an fs-verity
 *   descriptor): security/integrity/integrity.h, signature_v2_hdr; ima_appraise.c, ima_file_id.
 * - «modsig»: what is appended to a kernel module or image, PKCS #7 without attributes as the kernel's
 *   scripts/sign-file makes it, of the digest «d-modsig».
 * - «evmsig»: portable EVM signatures (evmctl sign --portable), see evm.h.
 *
 * Return: enum signature_class: the first of GOOD, EXPIRED, BAD, STRANGER, NONE.
 */
enum signature_class signers_check(const struct signers *s, const struct ima_entry *e, int64_t now);

/** signers_has_any() - does a record hold a signature at all? */
static inline bool signers_has_any(const struct ima_entry *e)
{
	return e->sig.len || e->modsig.len || e->evmsig.len;
}

#endif
