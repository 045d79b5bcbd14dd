/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's own certificate authority: it vouches for the keys of TPMs that it has made itself, and
 * signs evidence. P-256, SHA-256.
 */
#ifndef LAZARET_CA_H
#define LAZARET_CA_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#define CA_SIGNATURE_MAX 80 /* bytes of an ECDSA signature in DER */
#define CA_PEM_MAX	 2048 /* bytes of a certificate */

struct ca;

/* What a certificate is for (TCG EK Credential Profile 2.4, 3.2.16: extended key usage). */
enum ca_kind { CA_ATTESTATION_KEY, CA_ENDORSEMENT_KEY };

/**
 * ca_open() - the authority in a folder, made there at the first use
 * @dir:	folder, made with mode 0700; ca.key and ca.crt are in it
 *
 * Return: NULL after a message.
 */
struct ca *ca_open(const char *dir);
void ca_close(struct ca *ca);

/* Its own certificate as PEM, owned by @ca. */
const char *ca_certificate(const struct ca *ca);

/**
 * ca_issue() - a certificate for a TPM's key
 * @der:	SubjectPublicKeyInfo
 * @uuid:	of the VM; becomes the subject's common name
 * @pem:	CA_PEM_MAX bytes
 *
 * Return: 0 or -1.
 */
int ca_issue(const struct ca *ca, enum ca_kind kind, const uint8_t *der, size_t len,
	     const char *uuid, char *pem);

/* The DER form of a PEM certificate; @der has CA_PEM_MAX bytes. Return: bytes, or -1. */
int ca_der(const char *pem, uint8_t *der);

/* Signs; @sig has CA_SIGNATURE_MAX bytes. Return: bytes, or -1. */
int ca_sign(const struct ca *ca, const void *data, size_t len, uint8_t *sig);

#endif
