/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/tpm.h"

#include <string.h>

#include "vtpm/tpmmsg.h"

#define BITMAP_BYTES ((TPM_PCRS + 7) / 8)
#define FIRST_OBJECT 0x80000000U /* TPM2_TRANSIENT_FIRST, whose definition overflows */

const TPMI_ALG_HASH tpm_bank[TPM_BANKS] = {TPM2_ALG_SHA1, TPM2_ALG_SHA256};
const size_t tpm_bank_size[TPM_BANKS] = {TPM2_SHA1_DIGEST_SIZE, TPM2_SHA256_DIGEST_SIZE};

static int capability(const struct swtpm *tpm, TPM2_CAP what, UINT32 first, UINT32 count,
		      TPMS_CAPABILITY_DATA *out, BYTE *more)
{
	struct tpmmsg m;
	int rc;

	tpmmsg_begin(&m, TPM2_CC_GetCapability, false);
	tpmmsg_u32(&m, what);
	tpmmsg_u32(&m, first);
	tpmmsg_u32(&m, count);
	rc = tpmmsg_run(&m, tpm, NULL);
	if (rc)
		return rc;
	TPMMSG_GET(&m, BYTE, more);
	TPMMSG_GET(&m, TPMS_CAPABILITY_DATA, out);
	return tpmmsg_end(&m) < 0 || out->capability != what ? -1 : 0;
}

int tpm_commands(const struct swtpm *tpm, TPML_CCA *out)
{
	TPMS_CAPABILITY_DATA data;
	BYTE more;
	int rc = capability(tpm, TPM2_CAP_COMMANDS, TPM2_CC_FIRST, TPM2_MAX_CAP_CC, &data, &more);

	if (rc)
		return rc;
	*out = data.data.command;
	return more ? -1 : 0;
}

int tpm_clock(const struct swtpm *tpm, TPMS_TIME_INFO *out)
{
	struct tpmmsg m;
	int rc;

	tpmmsg_begin(&m, TPM2_CC_ReadClock, false);
	rc = tpmmsg_run(&m, tpm, NULL);
	if (rc)
		return rc;
	TPMMSG_GET(&m, TPMS_TIME_INFO, out);
	return tpmmsg_end(&m);
}

int tpm_shutdown(const struct swtpm *tpm)
{
	struct tpmmsg m;

	tpmmsg_begin(&m, TPM2_CC_Shutdown, false);
	tpmmsg_u16(&m, TPM2_SU_CLEAR);
	return tpmmsg_run(&m, tpm, NULL);
}

/* Bits of the first @pcrs PCRs, in each of our banks. */
static void select_pcrs(TPML_PCR_SELECTION *out, unsigned int pcrs)
{
	memset(out, 0, sizeof(*out));
	for (int b = 0; b < TPM_BANKS; b++) {
		TPMS_PCR_SELECTION *one = &out->pcrSelections[out->count++];

		one->hash = tpm_bank[b];
		one->sizeofSelect = BITMAP_BYTES;
		for (unsigned int i = 0; i < pcrs; i++)
			one->pcrSelect[i / 8] |= (BYTE)(1 << i % 8);
	}
}

void tpm_quote_selection(TPML_PCR_SELECTION *out)
{
	select_pcrs(out, TPM_QUOTE_PCRS);
}

/* Banks that are not named stay as they are: all others that a TPM may have are named, empty. */
int tpm_allocate(const struct swtpm *tpm)
{
	static const TPMI_ALG_HASH others[] = {TPM2_ALG_SHA384, TPM2_ALG_SHA512};
	TPML_PCR_SELECTION select;
	struct tpmmsg m;
	BYTE done = 0;
	int rc;

	select_pcrs(&select, TPM_PCRS);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		select.pcrSelections[select.count++] =
			(TPMS_PCR_SELECTION){.hash = others[i], .sizeofSelect = BITMAP_BYTES};
	tpmmsg_begin(&m, TPM2_CC_PCR_Allocate, true);
	tpmmsg_u32(&m, TPM2_RH_PLATFORM);
	tpmmsg_password(&m);
	TPMMSG_PUT(&m, TPML_PCR_SELECTION, &select);
	rc = tpmmsg_run(&m, tpm, NULL);
	if (rc)
		return rc;
	TPMMSG_GET(&m, BYTE, &done);
	return tpmmsg_end(&m) < 0 || !done ? -1 : 0;
}

int tpm_extend(const struct swtpm *tpm, uint32_t pcr, const TPML_DIGEST_VALUES *digests)
{
	struct tpmmsg m;

	tpmmsg_begin(&m, TPM2_CC_PCR_Extend, true);
	tpmmsg_u32(&m, pcr);
	tpmmsg_password(&m);
	TPMMSG_PUT(&m, TPML_DIGEST_VALUES, digests);
	return tpmmsg_run(&m, tpm, NULL);
}

int tpm_reset(const struct swtpm *tpm, uint32_t pcr)
{
	struct tpmmsg m;

	tpmmsg_begin(&m, TPM2_CC_PCR_Reset, true);
	tpmmsg_u32(&m, pcr);
	tpmmsg_password(&m);
	return tpmmsg_run(&m, tpm, NULL);
}

/* One command's worth. Return: digests taken, or what tpmmsg_run() returned if not 0. */
static int read_some(const struct swtpm *tpm, int bank, unsigned int first, tpm_pcrs out)
{
	TPML_PCR_SELECTION select = {.count = 1}, got = {0};
	TPMS_PCR_SELECTION *one = &select.pcrSelections[0];
	TPML_DIGEST digests = {0};
	struct tpmmsg m;
	UINT32 counter;
	int rc;

	one->hash = tpm_bank[bank];
	one->sizeofSelect = BITMAP_BYTES;
	one->pcrSelect[first / 8] = 0xff;
	tpmmsg_begin(&m, TPM2_CC_PCR_Read, false);
	TPMMSG_PUT(&m, TPML_PCR_SELECTION, &select);
	rc = tpmmsg_run(&m, tpm, NULL);
	if (rc)
		return rc;
	TPMMSG_GET(&m, UINT32, &counter);
	TPMMSG_GET(&m, TPML_PCR_SELECTION, &got);
	TPMMSG_GET(&m, TPML_DIGEST, &digests);
	if (tpmmsg_end(&m) < 0 || digests.count != 8)
		return -1;
	for (unsigned int i = 0; i < 8; i++) {
		if (digests.digests[i].size != tpm_bank_size[bank])
			return -1;
		memcpy(out[bank][first + i], digests.digests[i].buffer, tpm_bank_size[bank]);
	}
	return 0;
}

int tpm_read_pcrs(const struct swtpm *tpm, tpm_pcrs out)
{
	memset(out, 0, sizeof(tpm_pcrs));
	for (int bank = 0; bank < TPM_BANKS; bank++)
		for (unsigned int first = 0; first < TPM_PCRS; first += 8) {
			int rc = read_some(tpm, bank, first, out);

			if (rc)
				return rc;
		}
	return 0;
}

int tpm_flush(const struct swtpm *tpm, TPM2_HANDLE handle)
{
	struct tpmmsg m;

	tpmmsg_begin(&m, TPM2_CC_FlushContext, false);
	tpmmsg_u32(&m, handle);
	return tpmmsg_run(&m, tpm, NULL);
}

/* Saves an object and takes it out of the TPM. */
static int put_away(const struct swtpm *tpm, TPM2_HANDLE handle, TPMS_CONTEXT *context)
{
	struct tpmmsg m;
	int rc;

	tpmmsg_begin(&m, TPM2_CC_ContextSave, false);
	tpmmsg_u32(&m, handle);
	rc = tpmmsg_run(&m, tpm, NULL);
	if (rc)
		return rc;
	TPMMSG_GET(&m, TPMS_CONTEXT, context);
	return tpmmsg_end(&m) < 0 ? -1 : tpm_flush(tpm, handle);
}

static int bring_back(const struct swtpm *tpm, const TPMS_CONTEXT *context, TPM2_HANDLE *handle)
{
	struct tpmmsg m;

	tpmmsg_begin(&m, TPM2_CC_ContextLoad, false);
	TPMMSG_PUT(&m, TPMS_CONTEXT, context);
	return tpmmsg_run(&m, tpm, handle);
}

int tpm_create_primary(const struct swtpm *tpm, TPM2_HANDLE hierarchy, const TPM2B_PUBLIC *template,
		       TPMT_PUBLIC *public, TPM2_HANDLE *handle)
{
	static const TPM2B_SENSITIVE_CREATE nothing;
	TPM2B_PUBLIC made = {0};
	struct tpmmsg m;
	int rc;

	tpmmsg_begin(&m, TPM2_CC_CreatePrimary, true);
	tpmmsg_u32(&m, hierarchy);
	tpmmsg_password(&m);
	TPMMSG_PUT(&m, TPM2B_SENSITIVE_CREATE, &nothing);
	TPMMSG_PUT(&m, TPM2B_PUBLIC, template);
	tpmmsg_u16(&m, 0); /* outsideInfo */
	tpmmsg_u32(&m, 0); /* creationPCR */
	rc = tpmmsg_run(&m, tpm, handle);
	if (rc)
		return rc;
	TPMMSG_GET(&m, TPM2B_PUBLIC, &made);
	*public = made.publicArea;
	return tpmmsg_end(&m);
}

int tpm_attestation_key(const struct swtpm *tpm, TPMT_PUBLIC *public, TPMS_CONTEXT *context)
{
	static const TPM2B_PUBLIC template = {
		.publicArea =
			{
				.type = TPM2_ALG_ECC,
				.nameAlg = TPM2_ALG_SHA256,
				.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
						    TPMA_OBJECT_SENSITIVEDATAORIGIN |
						    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
						    TPMA_OBJECT_RESTRICTED |
						    TPMA_OBJECT_SIGN_ENCRYPT,
				.parameters.eccDetail =
					{
						.symmetric.algorithm = TPM2_ALG_NULL,
						.scheme = {.scheme = TPM2_ALG_ECDSA,
							   .details.ecdsa.hashAlg =
								   TPM2_ALG_SHA256},
						.curveID = TPM2_ECC_NIST_P256,
						.kdf.scheme = TPM2_ALG_NULL,
					},
			},
	};
	TPM2_HANDLE handle;
	int rc = tpm_create_primary(tpm, TPM2_RH_PLATFORM, &template, public, &handle);

	return rc ? rc : put_away(tpm, handle, context);
}

static int take_quote(struct tpmmsg *m, struct tpm_quote *out)
{
	TPM2B_ATTEST attest = {0};
	TPMT_SIGNATURE sig;

	TPMMSG_GET(m, TPM2B_ATTEST, &attest);
	if (tpmmsg_end(m) < 0 || attest.size > sizeof(out->attest))
		return -1;
	memcpy(out->attest, attest.attestationData, attest.size);
	out->attest_len = attest.size;
	/* The signature as it is: a response's authorizations come after it. */
	out->sig_len = m->at;
	TPMMSG_GET(m, TPMT_SIGNATURE, &sig);
	if (tpmmsg_end(m) < 0 || m->at - out->sig_len > sizeof(out->sig))
		return -1;
	memcpy(out->sig, m->buf + out->sig_len, m->at - out->sig_len);
	out->sig_len = m->at - out->sig_len;
	return 0;
}

static int quote_with(const struct swtpm *tpm, TPM2_HANDLE key, const uint8_t *nonce,
		      struct tpm_quote *out)
{
	TPM2B_DATA data = {.size = TPM_NONCE_SIZE};
	TPML_PCR_SELECTION select;
	struct tpmmsg m;
	int rc;

	memcpy(data.buffer, nonce, TPM_NONCE_SIZE);
	tpm_quote_selection(&select);
	tpmmsg_begin(&m, TPM2_CC_Quote, true);
	tpmmsg_u32(&m, key);
	tpmmsg_password(&m);
	TPMMSG_PUT(&m, TPM2B_DATA, &data);
	tpmmsg_u16(&m, TPM2_ALG_NULL); /* the key's own scheme */
	TPMMSG_PUT(&m, TPML_PCR_SELECTION, &select);
	rc = tpmmsg_run(&m, tpm, NULL);
	return rc ? rc : take_quote(&m, out);
}

static int load_and_quote(const struct swtpm *tpm, const TPMS_CONTEXT *key, const uint8_t *nonce,
			  struct tpm_quote *out)
{
	TPM2_HANDLE handle;
	int rc = bring_back(tpm, key, &handle), flushed;

	if (rc)
		return rc;
	rc = quote_with(tpm, handle, nonce, out);
	flushed = tpm_flush(tpm, handle);
	return rc ? rc : flushed;
}

/* All places are taken: the last object goes out and comes back to the one place that is free. */
static int quote_in_turn(const struct swtpm *tpm, const TPMS_CONTEXT *key, const uint8_t *nonce,
			 struct tpm_quote *out)
{
	TPMS_CAPABILITY_DATA data;
	TPMS_CONTEXT guests;
	TPM2_HANDLE last, back;
	BYTE more;
	int rc =
		capability(tpm, TPM2_CAP_HANDLES, FIRST_OBJECT, TPM2_MAX_CAP_HANDLES, &data, &more);

	if (rc || !data.data.handles.count)
		return rc ? rc : -1;
	last = data.data.handles.handle[data.data.handles.count - 1];
	rc = put_away(tpm, last, &guests);
	if (rc)
		return rc;
	rc = load_and_quote(tpm, key, nonce, out);
	if (bring_back(tpm, &guests, &back) || back != last)
		return -1;
	return rc;
}

int tpm_quote(const struct swtpm *tpm, const TPMS_CONTEXT *key, const uint8_t *nonce,
	      struct tpm_quote *out)
{
	int rc = load_and_quote(tpm, key, nonce, out);

	return rc == TPM2_RC_OBJECT_MEMORY ? quote_in_turn(tpm, key, nonce, out) : rc;
}
