/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which commands a guest may send to its TPM: all but those that belong to whoever owns the
 * platform, and that is dom0.
 */
#ifndef LAZARET_FILTER_H
#define LAZARET_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include <tss2/tss2_tpm2_types.h>

/**
 * filter_check() - may the guest send this?
 * @commands:	what the TPM says of its commands (TPM2_GetCapability, TPM_CAP_COMMANDS): how many
 *		handles each of them has
 * @untrusted_cmd: a command, at least a header; its header's length is @len
 *
 * Refused are commands that the TPM does not have, those of the platform (clear, hierarchies,
 * seeds, banks, firmware), any that names the platform as one of its handles, and the reset of a
 * PCR that is in use.
 *
 * Return: 0, or the TPM's code (TPM 2.0 Part 2, 6.6.3) that it is to be answered with.
 */
uint32_t filter_check(const TPML_CCA *commands, const uint8_t *untrusted_cmd, size_t len);

#endif
