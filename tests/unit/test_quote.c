/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quotes of a real TPM: believed as they are, and rejected for the right reason when changed. */
#include <string.h>

#include <openssl/evp.h>

#include "attest/quote.h"
#include <tss2/tss2_mu.h>

#include "tpmbed.h"
#include "unit.h"

static const uint8_t nonce[TPM_NONCE_SIZE] = {0xa5, 1, 2, 3};

struct sample {
	EVP_PKEY *key;
	struct ipc_tpm_quoted q;
};

static struct sample take(struct tpmbed *bed)
{
	struct sample s = {.key = quote_key(bed->der, bed->der_len)};

	assert_non_null(s.key);
	tpmbed_extend(bed, 10, 0x42);
	tpmbed_quote(bed, nonce, &s.q);
	return s;
}

static enum quote_verdict check(const struct sample *s)
{
	struct quote_clock clock;

	return quote_check(s->key, nonce, s->q.attest, s->q.attest_len, s->q.sig, s->q.sig_len,
			   s->q.pcr, &clock);
}

static void good(void **state)
{
	struct sample s = take(*state);

	assert_int_equal(check(&s), QUOTE_OK);
	EVP_PKEY_free(s.key);
}

/* No bit of it can be changed. */
static void every_bit(void **state)
{
	struct sample s = take(*state);

	for (size_t i = 0; i < 8 * (size_t)s.q.attest_len; i++) {
		s.q.attest[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(check(&s), QUOTE_OK);
		s.q.attest[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t i = 0; i < 8 * (size_t)s.q.sig_len; i++) {
		s.q.sig[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_not_equal(check(&s), QUOTE_OK);
		s.q.sig[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (int b = 0; b < TPM_BANKS; b++)
		for (int i = 0; i < TPM_QUOTE_PCRS; i++) {
			s.q.pcr[b][i][0] ^= 1;
			assert_int_equal(check(&s), QUOTE_PCRS);
			s.q.pcr[b][i][0] ^= 1;
		}
	assert_int_equal(check(&s), QUOTE_OK);
	EVP_PKEY_free(s.key);
}

static void reasons(void **state)
{
	struct sample s = take(*state), t = s;

	t.q.attest[0] ^= 1;
	assert_int_equal(check(&t), QUOTE_MAGIC);
	t = s;
	t.q.attest[5] = 0x17; /* TPM_ST_ATTEST_CERTIFY */
	assert_int_not_equal(check(&t), QUOTE_OK);
	t = s;
	t.q.attest_len--;
	assert_int_equal(check(&t), QUOTE_MALFORMED);
	t = s;
	t.q.sig_len++;
	assert_int_equal(check(&t), QUOTE_MALFORMED);
	t = s;
	t.q.sig[1] = 0x14; /* TPM_ALG_RSASSA */
	assert_int_not_equal(check(&t), QUOTE_OK);
	t = s;
	t.q.sig[t.q.sig_len - 1] ^= 1;
	assert_int_equal(check(&t), QUOTE_SIGNATURE);
	EVP_PKEY_free(s.key);
}

static void stale(void **state)
{
	static const uint8_t other[TPM_NONCE_SIZE] = {7};
	struct tpmbed *bed = *state;
	struct sample s = take(bed);

	tpmbed_quote(bed, other, &s.q);
	assert_int_equal(check(&s), QUOTE_NONCE);
	EVP_PKEY_free(s.key);
}

static void by_another_tpm(void **state)
{
	struct sample s = take(*state);
	void *other;

	assert_int_equal(tpmbed_setup(&other), 0);
	tpmbed_extend(other, 10, 0x42);
	tpmbed_quote(other, nonce, &s.q);
	assert_int_equal(check(&s), QUOTE_SIGNATURE);
	tpmbed_teardown(&other);
	EVP_PKEY_free(s.key);
}

/* The same key after a restart, another count: nobody can hide that. */
static void after_a_reset(void **state)
{
	struct tpmbed *bed = *state;
	struct sample s = take(bed);
	struct quote_clock before, after;

	assert_int_equal(quote_check(s.key, nonce, s.q.attest, s.q.attest_len, s.q.sig, s.q.sig_len,
				     s.q.pcr, &before),
			 QUOTE_OK);
	assert_null(quote_clock_check(&before, &before));
	tpmbed_restart(bed);
	tpmbed_quote(bed, nonce, &s.q);
	assert_int_equal(quote_check(s.key, nonce, s.q.attest, s.q.attest_len, s.q.sig, s.q.sig_len,
				     s.q.pcr, &after),
			 QUOTE_OK);
	assert_string_equal(quote_clock_check(&before, &after), "the TPM was reset");
	after = before;
	after.restart_count++;
	assert_string_equal(quote_clock_check(&before, &after), "the TPM was restarted");
	after = before;
	before.clock_ms++;
	assert_non_null(quote_clock_check(&before, &after));
	EVP_PKEY_free(s.key);
}

static void keys(void **state)
{
	struct tpmbed *bed = *state;

	assert_null(quote_key(bed->der, bed->der_len - 1));
	assert_null(quote_key(bed->der, 0));
	bed->der[bed->der_len] = 0;
	assert_null(quote_key(bed->der, bed->der_len + 1));
}

/* A guest that has taken all places for objects neither stops a quote nor loses one. */
static void no_room(void **state)
{
	struct tpmbed *bed = *state;
	struct ipc_tpm_quoted q;
	TPMT_PUBLIC public;
	TPMS_CONTEXT context;
	uint8_t cmd[SWTPM_BUFFER_SIZE], rsp[SWTPM_BUFFER_SIZE];
	size_t len = 0;

	assert_int_equal(tpm_attestation_key(&bed->tpm, &public, &context), 0);
	/* ContextLoad, as often as it goes. */
	memcpy(cmd, "\x80\x01\0\0\0\0\0\0\x01\x61", 10);
	len = 10;
	assert_int_equal(Tss2_MU_TPMS_CONTEXT_Marshal(&context, cmd, sizeof(cmd), &len), 0);
	cmd[4] = (uint8_t)(len >> 8);
	cmd[5] = (uint8_t)len;
	do
		assert_true(swtpm_transact(&bed->tpm, cmd, len, rsp) >= 10);
	while (!memcmp(rsp + 6, "\0\0\0\0", 4));
	for (int i = 0; i < 5; i++)
		tpmbed_quote(bed, nonce, &q);
	/* Still full: what was there is there. */
	assert_true(swtpm_transact(&bed->tpm, cmd, len, rsp) >= 10);
	assert_memory_equal(rsp + 6, "\0\0\x09\x02", 4); /* TPM_RC_OBJECT_MEMORY */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good, tpmbed_setup, tpmbed_teardown),
		cmocka_unit_test_setup_teardown(every_bit, tpmbed_setup, tpmbed_teardown),
		cmocka_unit_test_setup_teardown(reasons, tpmbed_setup, tpmbed_teardown),
		cmocka_unit_test_setup_teardown(stale, tpmbed_setup, tpmbed_teardown),
		cmocka_unit_test_setup_teardown(by_another_tpm, tpmbed_setup, tpmbed_teardown),
		cmocka_unit_test_setup_teardown(after_a_reset, tpmbed_setup, tpmbed_teardown),
		cmocka_unit_test_setup_teardown(keys, tpmbed_setup, tpmbed_teardown),
		cmocka_unit_test_setup_teardown(no_room, tpmbed_setup, tpmbed_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
