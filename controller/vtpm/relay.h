/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One command of the guest's on its way to swtpm and back. */
#ifndef LAZARET_RELAY_H
#define LAZARET_RELAY_H

#include "vtpm/prepare.h"

/**
 * relay_command() - check it, have it carried out, note what it did to PCRs
 *
 * When the list of extends is full, commands that change PCRs are answered with TPM_RC_NV_SPACE.
 *
 * @untrusted_cmd: with a header that says its length
 * @rsp:	SWTPM_BUFFER_SIZE bytes
 *
 * Return: length of the response, or -1: swtpm is of no use any more and nothing may be answered.
 */
ssize_t relay_command(struct prepared *p, const uint8_t *untrusted_cmd, size_t len, uint8_t *rsp);

#endif
