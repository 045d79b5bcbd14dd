/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tpmbed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "vtpm/akpub.h"

#define NOBODY 65534

static const uint8_t state_key[SWTPM_KEY_SIZE] = {1, 2, 3};

static void start(struct tpmbed *bed)
{
	assert_int_equal(swtpm_start(&bed->tpm, bed->dir, state_key, NOBODY, NOBODY), 0);
}

int tpmbed_setup(void **state)
{
	struct tpmbed *bed = calloc(1, sizeof(*bed));

	assert_non_null(bed);
	snprintf(bed->dir, sizeof(bed->dir), "/tmp/lazaret-tpm-XXXXXX");
	assert_non_null(mkdtemp(bed->dir));
	assert_int_equal(chown(bed->dir, NOBODY, NOBODY), 0);
	start(bed);
	assert_int_equal(tpm_allocate(&bed->tpm), 0);
	*state = bed;
	tpmbed_restart(bed);
	return 0;
}

int tpmbed_teardown(void **state)
{
	struct tpmbed *bed = *state;
	char path[128];

	swtpm_stop(&bed->tpm);
	snprintf(path, sizeof(path), "%s/tpm2-00.permall", bed->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/.lock", bed->dir);
	unlink(path);
	rmdir(bed->dir);
	free(bed);
	return 0;
}

void tpmbed_restart(struct tpmbed *bed)
{
	swtpm_stop(&bed->tpm);
	start(bed);
	assert_int_equal(tpm_attestation_key(&bed->tpm, &bed->public, &bed->key), 0);
	assert_int_equal(akpub_der(&bed->public, bed->der, sizeof(bed->der), &bed->der_len), 0);
}

void tpmbed_extend(struct tpmbed *bed, uint32_t pcr, uint8_t byte)
{
	TPML_DIGEST_VALUES values = {.count = TPM_BANKS};

	for (int b = 0; b < TPM_BANKS; b++) {
		values.digests[b].hashAlg = tpm_bank[b];
		memset(&values.digests[b].digest, byte, tpm_bank_size[b]);
	}
	assert_int_equal(tpm_extend(&bed->tpm, pcr, &values), 0);
}

void tpmbed_quote(struct tpmbed *bed, const uint8_t *nonce, struct ipc_tpm_quoted *out)
{
	struct tpm_quote quote;

	memset(out, 0, sizeof(*out));
	memcpy(out->nonce, nonce, sizeof(out->nonce));
	assert_int_equal(tpm_read_pcrs(&bed->tpm, out->pcr), 0);
	assert_int_equal(tpm_quote(&bed->tpm, &bed->key, nonce, &quote), 0);
	memcpy(out->attest, quote.attest, quote.attest_len);
	memcpy(out->sig, quote.sig, quote.sig_len);
	out->attest_len = (uint32_t)quote.attest_len;
	out->sig_len = (uint32_t)quote.sig_len;
}

void tpmbed_ready(struct tpmbed *bed, struct ipc_tpm_ready *out)
{
	TPMS_TIME_INFO info;

	memset(out, 0, sizeof(*out));
	assert_int_equal(tpm_clock(&bed->tpm, &info), 0);
	out->clock_ms = info.clockInfo.clock;
	out->reset_count = info.clockInfo.resetCount;
	out->restart_count = info.clockInfo.restartCount;
	memcpy(out->ak, bed->der, bed->der_len);
	out->ak_len = bed->der_len;
}
