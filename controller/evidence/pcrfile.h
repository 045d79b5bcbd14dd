/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCRs as text that «evmctl ima_measurement --pcrs» reads: «PCR-00: » and the bytes, for each. */
#ifndef LAZARET_PCRFILE_H
#define LAZARET_PCRFILE_H

#include <stddef.h>

#include "vtpm/tpm.h"

#define PCRFILE_MAX 4096

/* Writes a bank's PCRs into PCRFILE_MAX bytes. Return: length. */
size_t pcrfile_write(char *out, int bank, const tpm_pcrs pcrs);

/* Reads what pcrfile_write() wrote. Return: 0, or -1 if it is not exactly that. */
int pcrfile_read(const char *untrusted_text, int bank, tpm_pcrs pcrs);

#endif
