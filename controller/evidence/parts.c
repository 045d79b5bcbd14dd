/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidence/parts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/hex.h"
#include "common/timefmt.h"
#include "evidence/pcrfile.h"
#include "vm/vm.h"
#include "vtpm/ca.h"
#include "vtpm/vtpm.h"

static struct ca *open_ca(const struct vm *vm)
{
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/ca", vm->host->conf->state_dir);
	return ca_open(dir);
}

static int add_file(struct bundle *b, enum bundle_part part, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data = NULL;
	int rc = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && (size_t)st.st_size <= max)
		data = malloc((size_t)st.st_size + 1);
	if (data && read(fd, data, (size_t)st.st_size) == st.st_size) {
		bundle_set(b, part, data, (size_t)st.st_size);
		rc = 0;
	}
	free(data);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int add_key(struct bundle *b, const struct ipc_tpm_ready *ready)
{
	const unsigned char *p = ready->ak;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)ready->ak_len);
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long len = 0;

	if (key && bio && PEM_write_bio_PUBKEY(bio, key) == 1)
		len = BIO_get_mem_data(bio, &pem);
	if (len > 0)
		bundle_set(b, BUNDLE_AK, pem, (size_t)len);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return len > 0 ? 0 : -1;
}

static void add_info(struct bundle *b, const struct vm *vm, const struct ipc_tpm_quoted *q)
{
	char when[TIMEFMT_SIZE], nonce[2 * IPC_NONCE_SIZE + 1], *text;
	json_t *info;

	hex_encode(nonce, q->nonce, sizeof(q->nonce));
	info = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "vm", vm->row.uuid, "name", vm->row.name,
			 "nonce", nonce, "time", time_format(when, time_now_ns()), "state",
			 vm_state_name(vm->row.state), "reason", vm->row.reason, "made_by",
			 "lazaretd " LAZARET_VERSION);
	text = json_dumps(info, JSON_INDENT(1));
	bundle_set(b, BUNDLE_INFO, text ? text : "{}", text ? strlen(text) : 2);
	free(text);
	json_decref(info);
}

static const char *add_certificates(struct bundle *b, const struct vm *vm,
				    const struct ipc_tpm_ready *ready, const struct ca *ca)
{
	char pem[CA_PEM_MAX], path[4200];

	if (ca_issue(ca, CA_ATTESTATION_KEY, ready->ak, ready->ak_len, vm->row.uuid, pem) < 0)
		return "its key can't be certified";
	bundle_set(b, BUNDLE_AK_CERT, pem, strlen(pem));
	bundle_set(b, BUNDLE_CA_CERT, ca_certificate(ca), strlen(ca_certificate(ca)));
	snprintf(path, sizeof(path), "%s/vtpm/%s/ek.crt", vm->host->conf->state_dir, vm->row.uuid);
	return add_file(b, BUNDLE_EK_CERT, path, CA_PEM_MAX) < 0
		       ? "its endorsement key's certificate can't be read"
		       : NULL;
}

static const char *fill(struct bundle *b, const struct vm *vm, const struct ipc_tpm_quoted *q,
			const struct ca *ca)
{
	static const enum bundle_part files[TPM_BANKS] = {BUNDLE_PCRS_SHA1, BUNDLE_PCRS_SHA256};
	const struct ipc_tpm_ready *ready = vtpm_ready(vm);
	char text[PCRFILE_MAX];

	if (!ready || q->rc || q->attest_len > sizeof(q->attest) || q->sig_len > sizeof(q->sig))
		return "its TPM refused the quote";
	add_info(b, vm, q);
	bundle_set(b, BUNDLE_QUOTE, q->attest, q->attest_len);
	bundle_set(b, BUNDLE_SIG, q->sig, q->sig_len);
	for (int bank = 0; bank < TPM_BANKS; bank++)
		bundle_set(b, files[bank], text, pcrfile_write(text, bank, q->pcr));
	bundle_set(b, BUNDLE_EVENTS, ready->log, ready->measured ? ready->log_len : 0);
	if (add_key(b, ready) < 0)
		return "its key can't be read";
	return add_certificates(b, vm, ready, ca);
}

#define NO_CA "the host's certificate authority can't be used"

const char *parts_fill(struct bundle *b, const struct vm *vm, const struct ipc_tpm_quoted *q)
{
	struct ca *ca = open_ca(vm);
	const char *why = ca ? fill(b, vm, q, ca) : NO_CA;

	ca_close(ca);
	return why;
}

const char *parts_seal(struct bundle *b, const struct vm *vm, const uint8_t *ima)
{
	struct ca *ca = open_ca(vm);
	const char *why = ca && bundle_seal(b, ca, ima) == 0 ? NULL : NO_CA;

	ca_close(ca);
	return why;
}
