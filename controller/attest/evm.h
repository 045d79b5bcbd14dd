/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a portable EVM signature is of: a file's content and who may do what with it. */
#ifndef LAZARET_EVM_H
#define LAZARET_EVM_H

#include <stdbool.h>

#include "attest/template.h"

/**
 * evm_digest() - the digest that was signed
 * @e:		with the fields of «evm-sig»: extended attributes, owner, group, mode
 * @alg:	of the signature
 * @out:	@alg->size bytes, written if true is returned
 *
 * As a 64-bit kernel makes it (security/integrity/evm/evm_crypto.c, evm_calc_hmac_or_hash): the
 * values of the attributes, then owner, group and mode, with zeros for what no other file system would
 * have the same. Content is part of it by the attribute security.ima.
 *
 * Return: false if a field is missing or malformed, or if security.ima is not the digest measured.
 */
bool evm_digest(const struct ima_entry *e, const struct alg *alg, uint8_t out[ALG_DIGEST_MAX]);

#endif
