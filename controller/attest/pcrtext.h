/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCR values as other tools write them. */
#ifndef LAZARET_PCRTEXT_H
#define LAZARET_PCRTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "attest/alg.h"
#include "attest/record.h"

/* Banks in one file, at most. */
#define PCRTEXT_BANKS_MAX 8

/* Bytes of the text that explains what is wrong. */
#define PCRTEXT_ERROR_MAX 160

/**
 * struct pcrtext - the values of a TPM
 * @bank:	@banks of them, in the file's order
 * @given:	which PCRs the file has
 */
struct pcrtext {
	size_t banks;
	struct pcrtext_bank {
		const struct alg *alg;
		bool given[IMA_PCR_COUNT];
		uint8_t value[IMA_PCR_COUNT][ALG_DIGEST_MAX];
	} bank[PCRTEXT_BANKS_MAX];
};

/**
 * pcrtext_read() - read a file of PCR values
 * @in:		lines «PCR-10: 00 11…» (evmctl; /sys/class/tpm/tpm0/pcrs of TPM 1.2), «10: 0x0011…» or
 *		«sha256:» before them (tpm2_pcrread). The length of a value tells the bank where no
 *		line does
 * @error:	PCRTEXT_ERROR_MAX bytes, written if -1 is returned: with the line
 *
 * Return: 0, or -1.
 */
int pcrtext_read(FILE *in, struct pcrtext *out, char *error);

#endif
