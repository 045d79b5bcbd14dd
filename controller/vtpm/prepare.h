/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bringing a VM's TPM up: made if the VM never had one, then started, and filled with either the
 * measured start or with all that was in it before.
 *
 * Runs as root, before a byte of the guest's is read.
 */
#ifndef LAZARET_PREPARE_H
#define LAZARET_PREPARE_H

#include "common/ipc.h"
#include "vtpm/extends.h"
#include "vtpm/swtpm.h"
#include "vtpm/tpm.h"

/* A TPM that is up. */
struct prepared {
	struct swtpm tpm;
	TPMS_CONTEXT key; /* quotes are signed with it */
	TPML_CCA commands;
	struct extends *extends;
};

/**
 * prepare() - bring it up
 * @ready:	filled, to be told to the parent
 * @why:	the reason of a failure
 *
 * Return: 0 or -1.
 */
int prepare(const struct ipc_tpm_spec *spec, struct prepared *out, struct ipc_tpm_ready *ready,
	    const char **why);

#endif
