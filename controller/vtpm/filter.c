/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/filter.h"

#include <stdbool.h>

#include "vtpm/tpmhdr.h"

#define HANDLES_MAX 7 /* TPMA_CC has three bits for their number */

/* PCRs that anyone may reset and nobody relies upon (TCG PC Client Platform TPM Profile, 4.6). */
#define PCR_DEBUG	16
#define PCR_APPLICATION 23

static const TPM2_CC refused[] = {
	TPM2_CC_Clear,
	TPM2_CC_ClearControl,
	TPM2_CC_HierarchyControl,
	TPM2_CC_ChangeEPS,
	TPM2_CC_ChangePPS,
	TPM2_CC_PP_Commands,
	TPM2_CC_PCR_Allocate,
	TPM2_CC_PCR_SetAuthPolicy,
	TPM2_CC_PCR_SetAuthValue,
	TPM2_CC_SetAlgorithmSet,
	TPM2_CC_FieldUpgradeStart,
	TPM2_CC_FieldUpgradeData,
	TPM2_CC_FirmwareRead,
	TPM2_CC_NV_UndefineSpaceSpecial,
};

static bool is_refused(TPM2_CC code)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i] == code)
			return true;
	return false;
}

static const TPMA_CC *find(const TPML_CCA *commands, TPM2_CC code)
{
	for (UINT32 i = 0; i < commands->count; i++)
		if ((commands->commandAttributes[i] & (TPMA_CC_COMMANDINDEX_MASK | TPMA_CC_V)) ==
		    code)
			return &commands->commandAttributes[i];
	return NULL;
}

/* A code that says «handle number @n» (from 1) is wrong. */
static uint32_t for_handle(uint32_t rc, unsigned int n)
{
	return rc | TPM2_RC_H | n << 8;
}

static uint32_t check_handles(TPM2_CC code, unsigned int count, const uint8_t *handles)
{
	for (unsigned int i = 0; i < count; i++) {
		TPM2_HANDLE handle = tpm_get32(handles + 4 * (size_t)i);

		if (handle == TPM2_RH_PLATFORM || handle == TPM2_RH_PLATFORM_NV)
			return for_handle(TPM2_RC_HIERARCHY, i + 1);
		if (code == TPM2_CC_PCR_Reset && handle != PCR_DEBUG && handle != PCR_APPLICATION)
			return TPM2_RC_LOCALITY;
	}
	return 0;
}

uint32_t filter_check(const TPML_CCA *commands, const uint8_t *untrusted_cmd, size_t len)
{
	TPM2_CC code = tpm_code(untrusted_cmd);
	const TPMA_CC *attributes = find(commands, code);
	unsigned int count;

	if (!attributes || is_refused(code))
		return TPM2_RC_COMMAND_CODE;
	count = (*attributes & TPMA_CC_CHANDLES_MASK) >> TPMA_CC_CHANDLES_SHIFT;
	if (count > HANDLES_MAX || TPM_HEADER_SIZE + 4 * (size_t)count > len)
		return TPM2_RC_COMMAND_SIZE;
	return check_handles(code, count, untrusted_cmd + TPM_HEADER_SIZE);
}
