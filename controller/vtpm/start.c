/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "common/hex.h"
#include "common/log.h"
#include "vtpm/eventlog.h"
#include "vtpm/tpmmsg.h"

#define READ_SIZE      65536
#define SEPARATORS     8
#define PCR_HYPERVISOR 0
#define PCR_CONFIG     1
#define PCR_KERNEL     4
#define PCR_CMDLINE    8
#define PCR_RAMDISK    9

#define START_MAGIC "LZSTART" /* with its NUL */

/* The file: what of struct ipc_tpm_ready is known of a start, whatever else that may get. */
struct start_file {
	char magic[8];
	char kernel[IPC_PCR_SIZE];
	char ramdisk[IPC_PCR_SIZE];
	char cmdline[IPC_PCR_SIZE];
	char config[IPC_PCR_SIZE];
	char hypervisor[IPC_PCR_SIZE];
	uint32_t log_len;
	uint8_t log[IPC_LOG_MAX];
};

struct measuring {
	const struct swtpm *tpm;
	struct extends *extends;
	struct eventlog log;
};

static const EVP_MD *md_of(int bank)
{
	return tpm_bank[bank] == TPM2_ALG_SHA1 ? EVP_sha1() : EVP_sha256();
}

static int hash_text(const void *text, size_t len, eventlog_digests out)
{
	for (int b = 0; b < TPM_BANKS; b++)
		if (EVP_Digest(text, len, out[b], NULL, md_of(b), NULL) != 1)
			return -1;
	return 0;
}

static int hash_fd(int fd, EVP_MD_CTX *ctx[TPM_BANKS])
{
	static uint8_t buf[READ_SIZE];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (int b = 0; b < TPM_BANKS; b++)
			if (EVP_DigestUpdate(ctx[b], buf, (size_t)n) != 1)
				return -1;
	return n < 0 ? -1 : 0;
}

static int hash_file(const char *path, eventlog_digests out)
{
	EVP_MD_CTX *ctx[TPM_BANKS];
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = fd < 0 ? -1 : 0;

	for (int b = 0; b < TPM_BANKS; b++) {
		ctx[b] = EVP_MD_CTX_new();
		if (!ctx[b] || EVP_DigestInit_ex(ctx[b], md_of(b), NULL) != 1)
			rc = -1;
	}
	if (!rc)
		rc = hash_fd(fd, ctx);
	for (int b = 0; b < TPM_BANKS; b++) {
		if (!rc && EVP_DigestFinal_ex(ctx[b], out[b], NULL) != 1)
			rc = -1;
		EVP_MD_CTX_free(ctx[b]);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* The list of extends, the TPM and the log, in this order of trouble. */
static int measure(struct measuring *m, uint32_t pcr, enum eventlog_type type,
		   const eventlog_digests digests, const void *data, size_t len)
{
	TPML_DIGEST_VALUES values = {.count = TPM_BANKS};
	struct extends_entry entry = {.type = EXTENDS_EXTEND, .pcr = pcr};

	for (int b = 0; b < TPM_BANKS; b++) {
		values.digests[b].hashAlg = tpm_bank[b];
		memcpy(&values.digests[b].digest, digests[b], tpm_bank_size[b]);
	}
	if (Tss2_MU_TPML_DIGEST_VALUES_Marshal(&values, entry.digests, sizeof(entry.digests),
					       &entry.len) ||
	    tpm_extend(m->tpm, pcr, &values) || extends_add(m->extends, &entry) < 0)
		return -1;
	return eventlog_add(&m->log, pcr, type, digests, data,
			    len < EVENTLOG_DATA_MAX ? len : EVENTLOG_DATA_MAX);
}

static int measure_text(struct measuring *m, uint32_t pcr, enum eventlog_type type,
			const char *text, char *hex)
{
	eventlog_digests digests;

	if (hash_text(text, strlen(text), digests) < 0)
		return -1;
	if (hex)
		hex_encode(hex, digests[1], tpm_bank_size[1]);
	return measure(m, pcr, type, digests, text, strlen(text));
}

static int measure_file(struct measuring *m, uint32_t pcr, const char *name, const char *path,
			char *hex)
{
	eventlog_digests digests;
	char text[IPC_PATH + 32];

	if (!path[0])
		return 0;
	if (hash_file(path, digests) < 0) {
		log_warn("%s", path);
		return -1;
	}
	hex_encode(hex, digests[1], tpm_bank_size[1]);
	snprintf(text, sizeof(text), "%s %s", name, path);
	return measure(m, pcr, EV_IPL, digests, text, strlen(text));
}

/* The standard has the version as a string of 16-bit characters with its end. */
static int measure_version(struct measuring *m, const char *text, char *hex)
{
	uint8_t wide[2 * IPC_TEXT] = {0};
	eventlog_digests digests;
	size_t n = strlen(text) + 1;

	for (size_t i = 0; i < n; i++)
		wide[2 * i] = (uint8_t)text[i];
	if (hash_text(wide, 2 * n, digests) < 0)
		return -1;
	hex_encode(hex, digests[1], tpm_bank_size[1]);
	return measure(m, PCR_HYPERVISOR, EV_S_CRTM_VERSION, digests, wide, 2 * n);
}

static int measure_separators(struct measuring *m)
{
	static const uint8_t zero[4];
	eventlog_digests digests;

	if (hash_text(zero, sizeof(zero), digests) < 0)
		return -1;
	for (uint32_t pcr = 0; pcr < SEPARATORS; pcr++)
		if (measure(m, pcr, EV_SEPARATOR, digests, zero, sizeof(zero)) < 0)
			return -1;
	return 0;
}

static void copy(struct start_file *f, const struct ipc_tpm_ready *r)
{
	memcpy(f->magic, START_MAGIC, sizeof(f->magic));
	memcpy(f->kernel, r->kernel, sizeof(f->kernel));
	memcpy(f->ramdisk, r->ramdisk, sizeof(f->ramdisk));
	memcpy(f->cmdline, r->cmdline, sizeof(f->cmdline));
	memcpy(f->config, r->config, sizeof(f->config));
	memcpy(f->hypervisor, r->hypervisor, sizeof(f->hypervisor));
	memcpy(f->log, r->log, sizeof(f->log));
	f->log_len = r->log_len;
}

static int save(const char *path, const struct ipc_tpm_ready *ready)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), rc;
	struct start_file f = {.log_len = 0};

	if (fd < 0)
		return -1;
	copy(&f, ready);
	rc = write(fd, &f, sizeof(f)) == sizeof(f) && fdatasync(fd) == 0 ? 0 : -1;
	close(fd);
	return rc;
}

/* Return: as start_load(). */
static int read_file(const char *path, struct start_file *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? START_DAMAGED : -1;
	n = read(fd, f, sizeof(*f));
	close(fd);
	if (n < 0)
		return -1;
	return n == sizeof(*f) && !memcmp(f->magic, START_MAGIC, sizeof(f->magic)) &&
			       f->log_len <= sizeof(f->log)
		       ? 0
		       : START_DAMAGED;
}

int start_load(const char *path, struct ipc_tpm_ready *ready)
{
	struct start_file f;
	int rc = read_file(path, &f);

	if (rc) {
		log_warnx("%s: %s", path, rc == START_DAMAGED ? "damaged" : "can't be read");
		return rc;
	}
	memcpy(ready->kernel, f.kernel, sizeof(ready->kernel));
	memcpy(ready->ramdisk, f.ramdisk, sizeof(ready->ramdisk));
	memcpy(ready->cmdline, f.cmdline, sizeof(ready->cmdline));
	memcpy(ready->config, f.config, sizeof(ready->config));
	memcpy(ready->hypervisor, f.hypervisor, sizeof(ready->hypervisor));
	memcpy(ready->log, f.log, f.log_len);
	ready->log_len = f.log_len;
	return 0;
}

int start_measure(const struct ipc_tpm_spec *spec, const struct swtpm *tpm, struct extends *extends,
		  const char *path, struct ipc_tpm_ready *ready, const char **why)
{
	struct measuring m = {.tpm = tpm, .extends = extends};

	eventlog_begin(&m.log);
	*why = "what boots it can't be measured";
	if (measure_version(&m, spec->hypervisor, ready->hypervisor) < 0 ||
	    measure_text(&m, PCR_CONFIG, EV_PLATFORM_CONFIG_FLAGS, spec->config, ready->config) <
		    0 ||
	    measure_file(&m, PCR_KERNEL, "kernel", spec->kernel, ready->kernel) < 0 ||
	    measure_separators(&m) < 0 ||
	    measure_text(&m, PCR_CMDLINE, EV_IPL, spec->cmdline, ready->cmdline) < 0 ||
	    measure_file(&m, PCR_RAMDISK, "initramfs", spec->ramdisk, ready->ramdisk) < 0)
		return -1;
	memcpy(ready->log, m.log.data, m.log.len);
	ready->log_len = (uint32_t)m.log.len;
	return save(path, ready);
}
