/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bringing a VM's TPM up: made if the VM never had one, then started, and filled with either the
 * measured start or with all that was in it before.
 *
 * Runs as root. Of the guest's it reads the list of extends alone: digests, whose lengths are checked.
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
 * Return: 0 or -1. A failure leaves what was extended on disk for another try; only if that is
 * damaged for good does the domain get no TPM any more: one with empty PCRs would let the guest
 * extend a better past than it had.
 */
int prepare(const struct ipc_tpm_spec *spec, struct prepared *out, struct ipc_tpm_ready *ready,
	    const char **why);

#endif
