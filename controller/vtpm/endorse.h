/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The endorsement key of a TPM that we make, and its certificate in the TPM, where software of the
 * guest looks for it (TCG EK Credential Profile 2.4, B.4.4: template L-2, ECC P-256; 2.2.1.4: NV
 * index).
 */
#ifndef LAZARET_ENDORSE_H
#define LAZARET_ENDORSE_H

#include "vtpm/tpm.h"

#define ENDORSE_NV_INDEX 0x01c0000aU

/* The public part of the key that the template makes. Return: as tpm.h's functions. */
int endorse_key(const struct swtpm *tpm, TPMT_PUBLIC *public);

/* Writes the certificate, in DER, where guests can read it and none can change it. */
int endorse_store(const struct swtpm *tpm, const uint8_t *cert, size_t len);

#endif
