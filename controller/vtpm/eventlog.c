/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/eventlog.h"

#include <string.h>

#include <openssl/evp.h>

#define SIGNATURE	"Spec ID Event03"
#define SIGNATURE_SIZE	16
#define SPEC_MINOR	0
#define SPEC_MAJOR	2
#define SPEC_ERRATA	0
#define UINTN_SIZE	2 /* of a UEFI UINTN in the log: 64 bits */
#define HEADER_PCR_SIZE (4 + 4 + TPM2_SHA1_DIGEST_SIZE + 4)
#define HEADER_SIZE	(SIGNATURE_SIZE + 4 + 4 + 4 + 4 * TPM_BANKS + 1)

static void put(struct eventlog *log, const void *bytes, size_t len)
{
	memcpy(log->data + log->len, bytes, len);
	log->len += len;
}

static void put_number(struct eventlog *log, uint32_t value, size_t bytes)
{
	const uint8_t le[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
			       (uint8_t)(value >> 24)};

	put(log, le, bytes);
}

void eventlog_begin(struct eventlog *log)
{
	static const uint8_t zero[TPM2_SHA1_DIGEST_SIZE];

	log->len = 0;
	put_number(log, 0, 4);
	put_number(log, EV_NO_ACTION, 4);
	put(log, zero, sizeof(zero));
	put_number(log, HEADER_SIZE, 4);
	put(log, SIGNATURE, SIGNATURE_SIZE);
	put_number(log, 0, 4); /* platform class: client */
	put_number(log, SPEC_MINOR | SPEC_MAJOR << 8 | SPEC_ERRATA << 16 | UINTN_SIZE << 24, 4);
	put_number(log, TPM_BANKS, 4);
	for (int b = 0; b < TPM_BANKS; b++) {
		put_number(log, tpm_bank[b], 2);
		put_number(log, (uint32_t)tpm_bank_size[b], 2);
	}
	put_number(log, 0, 1); /* no vendor's information */
}

int eventlog_add(struct eventlog *log, uint32_t pcr, enum eventlog_type type,
		 const eventlog_digests digests, const void *data, size_t len)
{
	size_t need = 4 + 4 + 4 + 4 + len;

	for (int b = 0; b < TPM_BANKS; b++)
		need += 2 + tpm_bank_size[b];
	if (len > EVENTLOG_DATA_MAX || need > sizeof(log->data) - log->len)
		return -1;
	put_number(log, pcr, 4);
	put_number(log, type, 4);
	put_number(log, TPM_BANKS, 4);
	for (int b = 0; b < TPM_BANKS; b++) {
		put_number(log, tpm_bank[b], 2);
		put(log, digests[b], tpm_bank_size[b]);
	}
	put_number(log, (uint32_t)len, 4);
	put(log, data, len);
	return 0;
}

struct view {
	const uint8_t *at;
	size_t left;
};

static bool take(struct view *v, void *out, size_t len)
{
	if (v->left < len)
		return false;
	if (out)
		memcpy(out, v->at, len);
	v->at += len;
	v->left -= len;
	return true;
}

static bool take_number(struct view *v, uint32_t *out, size_t bytes)
{
	uint8_t le[4] = {0};

	if (!take(v, le, bytes))
		return false;
	*out = le[0] | (uint32_t)le[1] << 8 | (uint32_t)le[2] << 16 | (uint32_t)le[3] << 24;
	return true;
}

static bool known_type(uint32_t type)
{
	return type == EV_SEPARATOR || type == EV_S_CRTM_VERSION ||
	       type == EV_PLATFORM_CONFIG_FLAGS || type == EV_IPL;
}

static bool extend(tpm_pcrs pcrs, uint32_t pcr, const eventlog_digests digests)
{
	for (int b = 0; b < TPM_BANKS; b++) {
		const EVP_MD *md = tpm_bank[b] == TPM2_ALG_SHA1 ? EVP_sha1() : EVP_sha256();
		uint8_t both[2 * TPM_DIGEST_MAX];
		size_t size = tpm_bank_size[b];

		memcpy(both, pcrs[b][pcr], size);
		memcpy(both + size, digests[b], size);
		if (EVP_Digest(both, 2 * size, pcrs[b][pcr], NULL, md, NULL) != 1)
			return false;
	}
	return true;
}

static const char *replay_event(struct view *v, tpm_pcrs pcrs)
{
	uint32_t pcr, type, count, alg, len;
	eventlog_digests digests;

	if (!take_number(v, &pcr, 4) || !take_number(v, &type, 4) || !take_number(v, &count, 4))
		return "the event log ends within an event";
	if (pcr >= TPM_PCRS || !known_type(type))
		return "the event log has an event of an unknown type or PCR";
	if (count != TPM_BANKS)
		return "an event has not one digest for each bank";
	for (int b = 0; b < TPM_BANKS; b++)
		if (!take_number(v, &alg, 2) || alg != tpm_bank[b] ||
		    !take(v, digests[b], tpm_bank_size[b]))
			return "an event has digests of other banks";
	if (!take_number(v, &len, 4) || len > EVENTLOG_READ_MAX || !take(v, NULL, len))
		return "an event's data is too long";
	return extend(pcrs, pcr, digests) ? NULL : "OpenSSL failed to compute a digest";
}

int eventlog_replay(const uint8_t *untrusted_log, size_t len, tpm_pcrs pcrs, const char **why)
{
	struct view v = {untrusted_log, len};
	struct eventlog head;

	memset(pcrs, 0, sizeof(tpm_pcrs));
	/* What no event can change: locality 4 alone starts these with all ones. */
	for (int b = 0; b < TPM_BANKS; b++)
		for (uint32_t i = 17; i <= 22; i++)
			memset(pcrs[b][i], 0xff, tpm_bank_size[b]);
	eventlog_begin(&head);
	*why = "the event log does not begin as it should";
	if (v.left < head.len || memcmp(v.at, head.data, head.len))
		return -1;
	take(&v, NULL, head.len);
	while (v.left) {
		*why = replay_event(&v, pcrs);
		if (*why)
			return -1;
	}
	*why = NULL;
	return 0;
}
