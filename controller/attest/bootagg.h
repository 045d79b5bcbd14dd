/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_aggregate: what IMA makes of the boot PCRs of a TPM that it has itself. */
#ifndef LAZARET_BOOTAGG_H
#define LAZARET_BOOTAGG_H

#include "attest/verify.h"
#include "vtpm/tpm.h"

/* What it must be after a start that led to @pcrs (kernel: ima_crypto.c, ima_calc_boot_aggregate). */
void bootagg_expect(const tpm_pcrs pcrs, struct verify_boot *out);

#endif
