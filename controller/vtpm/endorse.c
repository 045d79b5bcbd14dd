/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/endorse.h"

#include <string.h>

#include "vtpm/tpmmsg.h"

#define NV_PIECE 512 /* bytes written at once */

/* PolicySecret(TPM_RH_ENDORSEMENT), SHA-256 (EK Credential Profile, B.6.2: PolicyA). */
static const uint8_t policy_a[] = {0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc,
				   0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52,
				   0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};

static void fill_template(TPM2B_PUBLIC *template)
{
	TPMT_PUBLIC *p = &template->publicArea;

	memset(template, 0, sizeof(*template));
	p->type = TPM2_ALG_ECC;
	p->nameAlg = TPM2_ALG_SHA256;
	p->objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
			      TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY |
			      TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
	p->authPolicy.size = sizeof(policy_a);
	memcpy(p->authPolicy.buffer, policy_a, sizeof(policy_a));
	p->parameters.eccDetail.symmetric.algorithm = TPM2_ALG_AES;
	p->parameters.eccDetail.symmetric.keyBits.aes = 128;
	p->parameters.eccDetail.symmetric.mode.aes = TPM2_ALG_CFB;
	p->parameters.eccDetail.scheme.scheme = TPM2_ALG_NULL;
	p->parameters.eccDetail.curveID = TPM2_ECC_NIST_P256;
	p->parameters.eccDetail.kdf.scheme = TPM2_ALG_NULL;
	p->unique.ecc.x.size = p->unique.ecc.y.size = 32;
}

int endorse_key(const struct swtpm *tpm, TPMT_PUBLIC *public)
{
	TPM2B_PUBLIC template;
	TPM2_HANDLE handle;
	int rc;

	fill_template(&template);
	rc = tpm_create_primary(tpm, TPM2_RH_ENDORSEMENT, &template, public, &handle);
	return rc ? rc : tpm_flush(tpm, handle);
}

/* The platform's: a guest can neither write nor remove it. */
static int define(const struct swtpm *tpm, size_t len)
{
	const TPM2B_NV_PUBLIC area = {
		.nvPublic =
			{
				.nvIndex = ENDORSE_NV_INDEX,
				.nameAlg = TPM2_ALG_SHA256,
				.attributes = TPMA_NV_PPWRITE | TPMA_NV_PPREAD | TPMA_NV_OWNERREAD |
					      TPMA_NV_AUTHREAD | TPMA_NV_NO_DA |
					      TPMA_NV_PLATFORMCREATE,
				.dataSize = (UINT16)len,
			},
	};
	struct tpmmsg m;

	tpmmsg_begin(&m, TPM2_CC_NV_DefineSpace, true);
	tpmmsg_u32(&m, TPM2_RH_PLATFORM);
	tpmmsg_password(&m);
	tpmmsg_u16(&m, 0); /* no authorization value */
	TPMMSG_PUT(&m, TPM2B_NV_PUBLIC, &area);
	return tpmmsg_run(&m, tpm, NULL);
}

static int write_piece(const struct swtpm *tpm, const uint8_t *data, size_t len, size_t at)
{
	TPM2B_MAX_NV_BUFFER piece = {.size = (UINT16)len};
	struct tpmmsg m;

	memcpy(piece.buffer, data, len);
	tpmmsg_begin(&m, TPM2_CC_NV_Write, true);
	tpmmsg_u32(&m, TPM2_RH_PLATFORM);
	tpmmsg_u32(&m, ENDORSE_NV_INDEX);
	tpmmsg_password(&m);
	TPMMSG_PUT(&m, TPM2B_MAX_NV_BUFFER, &piece);
	tpmmsg_u16(&m, (UINT16)at);
	return tpmmsg_run(&m, tpm, NULL);
}

int endorse_store(const struct swtpm *tpm, const uint8_t *cert, size_t len)
{
	int rc = len > UINT16_MAX ? -1 : define(tpm, len);

	for (size_t at = 0; !rc && at < len; at += NV_PIECE)
		rc = write_piece(tpm, cert + at, len - at < NV_PIECE ? len - at : NV_PIECE, at);
	return rc;
}
