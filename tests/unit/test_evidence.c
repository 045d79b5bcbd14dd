/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Evidence: verified as it is by us and by tools that are not ours, rejected with any bit changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "attest/record.h"
#include "common/hex.h"
#include "evidence/check.h"
#include "evidence/list.h"
#include "evidence/pcrfile.h"
#include "imalog.h"
#include "tpmbed.h"
#include "unit.h"
#include "vtpm/akpub.h"
#include "vtpm/ca.h"
#include "vtpm/endorse.h"
#include "vtpm/eventlog.h"

#define UUID	"4c617a61-7265-7400-8000-0000000000ff"
#define RECORDS 12

static const uint8_t nonce[TPM_NONCE_SIZE] = {1, 2, 3, 4, 0xfe};

struct made {
	struct tpmbed *bed;
	char dir[64];
	struct ca *ca;
	struct bundle b;
	uint8_t *data;
	size_t len;
};

static void extend_record(struct tpmbed *bed, const struct imalog *log, size_t i)
{
	TPML_DIGEST_VALUES values = {.count = TPM_BANKS};
	struct ima_record rec;
	const char *why;
	size_t len;
	const uint8_t *bytes = imalog_record(log, i, &len);

	assert_int_equal(record_parse(bytes, len, &rec, &why), RECORD_OK);
	for (int b = 0; b < TPM_BANKS; b++) {
		values.digests[b].hashAlg = tpm_bank[b];
		assert_int_equal(EVP_Digest(rec.data, rec.data_len,
					    (uint8_t *)&values.digests[b].digest, NULL,
					    b ? EVP_sha256() : EVP_sha1(), NULL),
				 1);
	}
	assert_int_equal(tpm_extend(&bed->tpm, 10, &values), 0);
}

static void add_start(struct made *m)
{
	static const eventlog_digests digests = {{7}, {8}};
	TPML_DIGEST_VALUES values = {.count = TPM_BANKS};
	struct eventlog log;

	eventlog_begin(&log);
	assert_int_equal(eventlog_add(&log, 4, EV_IPL, digests, "kernel", 6), 0);
	for (int b = 0; b < TPM_BANKS; b++) {
		values.digests[b].hashAlg = tpm_bank[b];
		memcpy(&values.digests[b].digest, digests[b], tpm_bank_size[b]);
	}
	assert_int_equal(tpm_extend(&m->bed->tpm, 4, &values), 0);
	bundle_set(&m->b, BUNDLE_EVENTS, log.data, log.len);
}

static void add_list(struct made *m)
{
	struct imalog log;
	char path[32];

	imalog_init(&log);
	imalog_boot(&log, NULL);
	for (int i = 1; i < RECORDS; i++) {
		snprintf(path, sizeof(path), "/usr/bin/program%d", i);
		imalog_add(&log, &(struct imalog_entry){.path = path});
	}
	/* The last is not committed yet. */
	for (size_t i = 0; i < RECORDS - 1; i++)
		extend_record(m->bed, &log, i);
	bundle_set(&m->b, BUNDLE_IMA, log.buf, log.len);
	imalog_free(&log);
}

static void add_quote(struct made *m)
{
	struct ipc_tpm_quoted q;
	char text[PCRFILE_MAX];

	tpmbed_quote(m->bed, nonce, &q);
	bundle_set(&m->b, BUNDLE_QUOTE, q.attest, q.attest_len);
	bundle_set(&m->b, BUNDLE_SIG, q.sig, q.sig_len);
	bundle_set(&m->b, BUNDLE_PCRS_SHA1, text, pcrfile_write(text, 0, q.pcr));
	bundle_set(&m->b, BUNDLE_PCRS_SHA256, text, pcrfile_write(text, 1, q.pcr));
}

static void add_certificates(struct made *m)
{
	uint8_t der[CA_PEM_MAX];
	char pem[CA_PEM_MAX];
	TPMT_PUBLIC ek;
	uint32_t len;

	assert_int_equal(
		ca_issue(m->ca, CA_ATTESTATION_KEY, m->bed->der, m->bed->der_len, UUID, pem), 0);
	bundle_set(&m->b, BUNDLE_AK_CERT, pem, strlen(pem));
	assert_int_equal(endorse_key(&m->bed->tpm, &ek), 0);
	assert_int_equal(akpub_der(&ek, der, sizeof(der), &len), 0);
	assert_int_equal(ca_issue(m->ca, CA_ENDORSEMENT_KEY, der, len, UUID, pem), 0);
	bundle_set(&m->b, BUNDLE_EK_CERT, pem, strlen(pem));
	len = (uint32_t)ca_der(pem, der);
	assert_int_equal(endorse_store(&m->bed->tpm, der, len), 0);
	bundle_set(&m->b, BUNDLE_CA_CERT, ca_certificate(m->ca), strlen(ca_certificate(m->ca)));
}

static void add_key(struct made *m)
{
	const unsigned char *p = m->bed->der;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)m->bed->der_len);
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem = NULL;
	long len;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	len = BIO_get_mem_data(bio, &pem);
	bundle_set(&m->b, BUNDLE_AK, pem, (size_t)len);
	BIO_free(bio);
	EVP_PKEY_free(key);
}

static int setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));
	char info[256], hex[2 * TPM_NONCE_SIZE + 1];
	void *bed;

	assert_int_equal(tpmbed_setup(&bed), 0);
	m->bed = bed;
	snprintf(m->dir, sizeof(m->dir), "/tmp/lazaret-ca-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	m->ca = ca_open(m->dir);
	assert_non_null(m->ca);
	hex_encode(hex, nonce, sizeof(nonce));
	snprintf(info, sizeof(info), "{\"vm\":\"" UUID "\",\"nonce\":\"%s\"}", hex);
	bundle_set(&m->b, BUNDLE_INFO, info, strlen(info));
	add_start(m);
	add_list(m);
	add_quote(m);
	add_certificates(m);
	add_key(m);
	assert_int_equal(bundle_seal(&m->b, m->ca, NULL), 0);
	m->data = bundle_pack(&m->b, &m->len);
	assert_non_null(m->data);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct made *m = *state;
	void *bed = m->bed;
	char path[128];

	tpmbed_teardown(&bed);
	ca_close(m->ca);
	bundle_free(&m->b);
	snprintf(path, sizeof(path), "%s/ca.key", m->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/ca.crt", m->dir);
	unlink(path);
	rmdir(m->dir);
	free(m->data);
	free(m);
	return 0;
}

static void good(void **state)
{
	struct made *m = *state;
	struct check c;

	assert_int_equal(check_evidence(m->data, m->len, nonce, ca_certificate(m->ca), &c), 0);
	assert_string_equal(c.failed, "");
	assert_string_equal(c.vm, UUID);
	assert_true(c.ca_given);
	assert_true(c.measured);
	assert_int_equal(c.records, RECORDS);
	assert_int_equal(c.committed, RECORDS - 1);
	assert_int_equal(check_evidence(m->data, m->len, NULL, NULL, &c), 0);
	assert_false(c.ca_given);
}

static void every_byte(void **state)
{
	struct made *m = *state;
	struct check c;

	for (size_t i = 0; i < m->len; i++) {
		m->data[i] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(check_evidence(m->data, m->len, NULL, NULL, &c), -1);
		assert_string_not_equal(c.failed, "");
		m->data[i] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(check_evidence(m->data, m->len - 1, NULL, NULL, &c), -1);
	assert_int_equal(check_evidence(m->data, 0, NULL, NULL, &c), -1);
}

static void others(void **state)
{
	static const uint8_t other[TPM_NONCE_SIZE] = {9};
	struct made *m = *state;
	void *second;
	struct check c;

	assert_int_equal(check_evidence(m->data, m->len, other, NULL, &c), -1);
	assert_non_null(strstr(c.failed, "another nonce"));
	assert_int_equal(setup(&second), 0);
	assert_int_equal(check_evidence(m->data, m->len, nonce,
					ca_certificate(((struct made *)second)->ca), &c),
			 -1);
	assert_non_null(strstr(c.failed, "not signed"));
	teardown(&second);
}

/* What the host itself could not sign without being caught: a list that its TPM does not have. */
static void wrong_list(void **state)
{
	struct made *m = *state;
	struct check c;
	size_t len;

	free(m->data);
	m->b.part[BUNDLE_IMA].data[m->b.part[BUNDLE_IMA].len - 400] ^= 1;
	assert_int_equal(bundle_seal(&m->b, m->ca, NULL), 0);
	m->data = bundle_pack(&m->b, &len);
	assert_int_equal(check_evidence(m->data, len, nonce, NULL, &c), -1);
	assert_non_null(strstr(c.failed, "ima.bin"));
}

static int list_file(const struct made *m, size_t len)
{
	int fd = memfd_create("list", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, m->b.part[BUNDLE_IMA].data, len), len);
	return fd;
}

static struct ipc_list quoted_list(struct made *m)
{
	struct ipc_list out = {0};
	struct ipc_tpm_quoted q;

	tpmbed_quote(m->bed, nonce, &q);
	for (int b = 0; b < TPM_BANKS; b++)
		memcpy(out.pcr[b], q.pcr[b][10], sizeof(out.pcr[b]));
	return out;
}

/* The list as it is being written: its last record may be there in part. */
static void lists(void **state)
{
	struct made *m = *state;
	struct ipc_list pcr = quoted_list(m);
	size_t len = m->b.part[BUNDLE_IMA].len;
	struct ipc_listed out;
	uint8_t sum[32];
	const char *why;
	int fd = list_file(m, len - 1);

	assert_int_equal(list_read(fd, &pcr, &out, &why), 0);
	assert_true(out.explains); /* by all records but the last */
	assert_true(out.len < len - 1);
	EVP_Digest(m->b.part[BUNDLE_IMA].data, out.len, sum, NULL, EVP_sha256(), NULL);
	assert_memory_equal(out.sum, sum, sizeof(sum));
	assert_int_equal(ftruncate(fd, (off_t)out.len - 1), 0);
	assert_int_equal(list_read(fd, &pcr, &out, &why), 0);
	assert_false(out.explains);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(list_read(fd, &pcr, &out, &why), -1);
	assert_non_null(strstr(why, "not kept"));
	close(fd);
	m->b.part[BUNDLE_IMA].data[0] = 99; /* no PCR */
	fd = list_file(m, len);
	assert_int_equal(list_read(fd, &pcr, &out, &why), -1);
	close(fd);
}

/* What the evidence process writes is what everybody can check. */
static void written(void **state)
{
	struct made *m = *state;
	size_t len = m->b.part[BUNDLE_IMA].len;
	int out = memfd_create("archive", MFD_CLOEXEC), fd = list_file(m, len);
	uint8_t sum[32], *data = malloc(m->len);

	EVP_Digest(m->b.part[BUNDLE_IMA].data, len, sum, NULL, EVP_sha256(), NULL);
	assert_int_equal(bundle_write(&m->b, fd, len, sum, out), m->len);
	assert_int_equal(pread(out, data, m->len, 0), m->len);
	assert_memory_equal(data, m->data, m->len);
	free(data);
	/* Another boot's list has taken its place meanwhile. */
	assert_int_equal(pwrite(fd, "x", 1, 30), 1);
	assert_int_equal(bundle_write(&m->b, fd, len, sum, out), -1);
	assert_int_equal(ftruncate(fd, 10), 0);
	assert_int_equal(bundle_write(&m->b, fd, len, sum, out), -1);
	close(fd);
	close(out);
}

static void write_part(const struct made *m, enum bundle_part part)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", m->dir, bundle_name(part));
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(m->b.part[part].data, 1, m->b.part[part].len, f),
			 m->b.part[part].len);
	fclose(f);
}

/* The commands of lazaret-evidence(7). */
static void by_public_tools(void **state)
{
	static const char commands[] =
		"cd %s && sha256sum --quiet -c SHA256SUMS && "
		"openssl x509 -in ca.crt -noout -pubkey >ca.pem && "
		"openssl dgst -sha256 -verify ca.pem -signature SHA256SUMS.sig SHA256SUMS && "
		"openssl verify -CAfile ca.crt ak.crt && "
		"openssl x509 -in ak.crt -noout -pubkey | cmp - ak.pem && "
		"tpm2_checkquote -Q -u ak.pem -m quote.msg -s quote.sig -g sha256 -q %s && "
		"evmctl ima_measurement --pcrs sha1,pcrs.sha1 --pcrs sha256,pcrs.sha256 ima.bin && "
		"tpm2_eventlog eventlog.bin >/dev/null";
	struct made *m = *state;
	char hex[2 * TPM_NONCE_SIZE + 1], line[2048], whole[2200];
	int rc;

	if (system("command -v tpm2_checkquote >/dev/null && command -v evmctl >/dev/null"))
		skip();
	for (int i = 0; i < BUNDLE_PARTS; i++)
		write_part(m, (enum bundle_part)i);
	hex_encode(hex, nonce, sizeof(nonce));
	snprintf(line, sizeof(line), commands, m->dir, hex);
	snprintf(whole, sizeof(whole), "(%s) >/dev/null 2>&1", line);
	rc = system(whole);
	if (rc)
		rc = system(line); /* once more, to be seen */
	snprintf(line, sizeof(line), "cd %s && rm -f ca.pem", m->dir);
	assert_int_equal(system(line), 0);
	for (int i = 0; i < BUNDLE_PARTS; i++) {
		if (i == BUNDLE_CA_CERT)
			continue;
		snprintf(line, sizeof(line), "%s/%s", m->dir, bundle_name((enum bundle_part)i));
		unlink(line);
	}
	assert_int_equal(rc, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good),  TEST(every_byte), TEST(others),	      TEST(wrong_list),
		TEST(lists), TEST(written),    TEST(by_public_tools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
