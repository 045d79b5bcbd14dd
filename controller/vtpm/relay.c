/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/relay.h"

#include <stdbool.h>
#include <string.h>

#include <tss2/tss2_mu.h>

#include "vtpm/filter.h"
#include "vtpm/tpmhdr.h"

/* Where the parameters begin: after header, handles and authorizations. 0: it ends before. */
static size_t parameters_of(const uint8_t *cmd, size_t len, size_t handles)
{
	size_t at = TPM_HEADER_SIZE + 4 * handles;

	if (tpm_tag(cmd) != TPM2_ST_SESSIONS)
		return at <= len ? at : 0;
	if (at + 4 > len || tpm_get32(cmd + at) > len - at - 4)
		return 0;
	return at + 4 + tpm_get32(cmd + at);
}

static int take_digests(const uint8_t *at, size_t len, struct extends_entry *e)
{
	TPML_DIGEST_VALUES digests = {0};
	size_t used = 0;

	if (Tss2_MU_TPML_DIGEST_VALUES_Unmarshal(at, len, &used, &digests) ||
	    used > sizeof(e->digests))
		return -1;
	memcpy(e->digests, at, used);
	e->type = EXTENDS_EXTEND;
	e->len = used;
	return 0;
}

/* What a command that succeeded did to which PCR. Return: 1: @e is filled; 0: to none; -1. */
static int effect(const uint8_t *cmd, size_t len, const uint8_t *rsp, size_t rsp_len,
		  struct extends_entry *e)
{
	size_t at;

	if (len < TPM_HEADER_SIZE + 4)
		return 0;
	e->pcr = tpm_get32(cmd + TPM_HEADER_SIZE);
	e->len = 0;
	if (e->pcr >= TPM_PCRS) /* TPM_RH_NULL is allowed, and does nothing */
		return 0;
	switch (tpm_code(cmd)) {
	case TPM2_CC_PCR_Reset:
		e->type = EXTENDS_RESET;
		return 1;
	case TPM2_CC_PCR_Extend:
		at = parameters_of(cmd, len, 1);
		return at && take_digests(cmd + at, len - at, e) == 0 ? 1 : -1;
	case TPM2_CC_PCR_Event:
	case TPM2_CC_EventSequenceComplete:
		/* The TPM tells what it extended, after the length of its parameters. */
		at = TPM_HEADER_SIZE + 4;
		return rsp_len > at && take_digests(rsp + at, rsp_len - at, e) == 0 ? 1 : -1;
	default:
		return 0;
	}
}

static bool may_change_pcrs(TPM2_CC code)
{
	return code == TPM2_CC_PCR_Extend || code == TPM2_CC_PCR_Event ||
	       code == TPM2_CC_PCR_Reset || code == TPM2_CC_EventSequenceComplete;
}

/* What could not be noted must not be done: it would be missing after a restart of the TPM. */
static uint32_t check(const struct prepared *p, const uint8_t *untrusted_cmd, size_t len)
{
	uint32_t rc = filter_check(&p->commands, untrusted_cmd, len);

	if (!rc && may_change_pcrs(tpm_code(untrusted_cmd)) && !extends_room(p->extends))
		return TPM2_RC_NV_SPACE;
	return rc;
}

ssize_t relay_command(struct prepared *p, const uint8_t *untrusted_cmd, size_t len, uint8_t *rsp)
{
	uint32_t rc = check(p, untrusted_cmd, len);
	struct extends_entry entry;
	ssize_t n;
	int did;

	if (rc) {
		tpm_put_error(rsp, rc);
		return TPM_HEADER_SIZE;
	}
	n = swtpm_transact(&p->tpm, untrusted_cmd, len, rsp);
	if (n < 0 || tpm_code(rsp))
		return n;
	did = effect(untrusted_cmd, len, rsp, (size_t)n, &entry);
	if (did < 0 || (did > 0 && extends_add(p->extends, &entry) < 0))
		return -1;
	return n;
}
