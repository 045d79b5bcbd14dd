/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/pcrfile.h"

#include <stdio.h>
#include <string.h>

#include "common/hex.h"

size_t pcrfile_write(char *out, int bank, const tpm_pcrs pcrs)
{
	size_t n = 0;

	for (int i = 0; i < TPM_PCRS; i++) {
		n += (size_t)snprintf(out + n, PCRFILE_MAX - n, "PCR-%02d:", i);
		for (size_t k = 0; k < tpm_bank_size[bank]; k++)
			n += (size_t)snprintf(out + n, PCRFILE_MAX - n, " %02X", pcrs[bank][i][k]);
		n += (size_t)snprintf(out + n, PCRFILE_MAX - n, "\n");
	}
	return n;
}

int pcrfile_read(const char *untrusted_text, int bank, tpm_pcrs pcrs)
{
	const size_t head = strlen("PCR-00:");
	const char *at = untrusted_text;
	char again[PCRFILE_MAX];

	for (int i = 0; i < TPM_PCRS; i++) {
		if (strnlen(at, head + 3 * tpm_bank_size[bank] + 1) !=
		    head + 3 * tpm_bank_size[bank] + 1)
			return -1;
		for (size_t k = 0; k < tpm_bank_size[bank]; k++) {
			const char digits[3] = {at[head + 3 * k + 1], at[head + 3 * k + 2], '\0'};

			if (hex_decode(&pcrs[bank][i][k], 1, digits) != 1)
				return -1;
		}
		at += head + 3 * tpm_bank_size[bank] + 1;
	}
	pcrfile_write(again, bank, pcrs);
	return strcmp(again, untrusted_text) ? -1 : 0;
}
