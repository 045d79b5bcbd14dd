/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The measured start: what boots a VM, in the PCRs that the TCG has for it.
 *
 * A PV or PVH guest has no firmware that could measure; dom0 loads its kernel and so measures it.
 * PCR 0: hypervisor; 1: configuration; 4: kernel; 8: command line; 9: initramfs (as GRUB has 8
 * and 9); separators in 0 to 7 (TCG PC Client Platform Firmware Profile, 3.3.4).
 */
#ifndef LAZARET_START_H
#define LAZARET_START_H

#include "common/ipc.h"
#include "vtpm/extends.h"
#include "vtpm/swtpm.h"

/**
 * start_measure() - hash, extend, write the event log
 * @path:	file that start_load() reads
 * @ready:	digests and log are filled
 *
 * Return: 0; -1 with @why.
 */
int start_measure(const struct ipc_tpm_spec *spec, const struct swtpm *tpm, struct extends *extends,
		  const char *path, struct ipc_tpm_ready *ready, const char **why);

#define START_DAMAGED (-2) /* to read it again is of no use */

/* What start_measure() found, for a TPM that is brought up again. Return: 0, START_DAMAGED or -1. */
int start_load(const char *path, struct ipc_tpm_ready *ready);

#endif
