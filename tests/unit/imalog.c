/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "imalog.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of one record at most; no test needs more than the limits of the wire and a bit. */
#define RECORD_ROOM 140000

/* A record being made. */
struct maker {
	uint8_t *p;
	const struct imalog_entry *e;
	const char *alg;
	uint8_t digest[64];
	size_t digest_len;
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static size_t digest_size(const char *alg)
{
	const EVP_MD *md = EVP_get_digestbyname(alg);

	return md ? (size_t)EVP_MD_get_size(md) : 32;
}

void imalog_init(struct imalog *l)
{
	memset(l, 0, sizeof(*l));
	l->start = must(calloc(1, sizeof(*l->start)));
}

void imalog_free(struct imalog *l)
{
	free(l->buf);
	free(l->start);
}

void imalog_digest(const char *path, uint8_t *out, size_t len)
{
	uint8_t sum[32];

	EVP_Digest(path, strlen(path), sum, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < len; i++)
		out[i] = sum[i % 32];
}

static void put(struct maker *m, const void *data, size_t len)
{
	if (len)
		memcpy(m->p, data, len);
	m->p += len;
}

static void put32(struct maker *m, uint32_t v)
{
	const uint8_t b[] = {v & 255, v >> 8 & 255, v >> 16 & 255, v >> 24};

	put(m, b, sizeof(b));
}

static void put_digest_ng(struct maker *m, const char *kind)
{
	put32(m, (uint32_t)(strlen(kind) + strlen(m->alg) + 2 + m->digest_len));
	put(m, kind, strlen(kind));
	put(m, m->alg, strlen(m->alg));
	put(m, ":", 2);
	put(m, m->digest, m->digest_len);
}

static void put_field(struct maker *m, const char *id, size_t len)
{
	if (len == 1 && *id == 'd') {
		put32(m, (uint32_t)m->digest_len);
		put(m, m->digest, m->digest_len);
	} else if (len == 4 && !memcmp(id, "d-ng", 4)) {
		put_digest_ng(m, "");
	} else if (len == 6 && !memcmp(id, "d-ngv2", 6)) {
		put_digest_ng(m, m->e->extra_len == 6 && !memcmp(m->e->extra, "verity", 6)
					 ? "verity:"
					 : "ima:");
	} else if (len == 8 && !memcmp(id, "d-modsig", 8) && m->e->extra_len) {
		put_digest_ng(m, "");
	} else if (*id == 'n') {
		put32(m, (uint32_t)strlen(m->e->path) + 1);
		put(m, m->e->path, strlen(m->e->path) + 1);
	} else {
		put32(m, m->e->extra_len);
		put(m, m->e->extra, m->e->extra_len);
	}
}

static const char *format_of(const char *template)
{
	static const char *const formats[][2] = {
		{"ima-ng", "d-ng|n-ng"},
		{"ima-sig", "d-ng|n-ng|sig"},
		{"ima-buf", "d-ng|n-ng|buf"},
		{"ima-ngv2", "d-ngv2|n-ng"},
		{"ima-sigv2", "d-ngv2|n-ng|sig"},
		{"ima-modsig", "d-ng|n-ng|sig|d-modsig|modsig"},
		{"evm-sig", "d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode"},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i][0], template))
			return formats[i][1];
	return template;
}

static void put_fields(struct maker *m, const char *template)
{
	const char *format = format_of(template);

	while (*format) {
		size_t len = strcspn(format, "|");

		put_field(m, format, len);
		format += len + (format[len] == '|');
	}
}

/* Kernel: ima_crypto.c. The name is padded, its length is not hashed. */
static size_t bare_hashed(const struct maker *m, uint8_t *out)
{
	memset(out, 0, 276);
	memcpy(out, m->digest, 20);
	memcpy(out + 20, m->e->path, strlen(m->e->path));
	return 276;
}

static void extend(uint8_t *pcr, const EVP_MD *md, const void *data, size_t len, bool violation)
{
	uint8_t both[64];
	const size_t size = (size_t)EVP_MD_get_size(md);

	memcpy(both, pcr, size);
	if (violation)
		memset(both + size, 0xff, size);
	else
		EVP_Digest(data, len, both + size, NULL, md, NULL);
	EVP_Digest(both, 2 * size, pcr, NULL, md, NULL);
}

static void set_digest(struct maker *m)
{
	const struct imalog_entry *e = m->e;

	m->alg = e->alg ? e->alg : "sha256";
	m->digest_len = e->violation ? 20 : digest_size(m->alg);
	memset(m->digest, 0, sizeof(m->digest));
	if (e->violation)
		return;
	if (e->digest)
		memcpy(m->digest, e->digest, m->digest_len);
	else
		imalog_digest(e->path, m->digest, m->digest_len);
}

static void reserve(struct imalog *l)
{
	if (l->room - l->len < RECORD_ROOM) {
		l->room = 2 * l->room + RECORD_ROOM;
		l->buf = must(realloc(l->buf, l->room));
	}
	/* Grown when the number of offsets is a power of two. */
	if (!((l->records + 1) & l->records))
		l->start = must(realloc(l->start, 2 * (l->records + 1) * sizeof(*l->start)));
}

void imalog_add(struct imalog *l, const struct imalog_entry *e)
{
	const char *template = e->template ? e->template : "ima-sig";
	const bool bare = !strcmp(template, "ima");
	const uint32_t pcr = e->pcr ? e->pcr : 10;
	struct maker m = {.e = e};
	uint8_t padded[276], *hash, *data, *hashed;
	size_t hashed_len;

	reserve(l);
	set_digest(&m);
	m.p = l->buf + l->len;
	put32(&m, pcr);
	hash = m.p;
	memset(m.p, 0, 20);
	m.p += 20;
	put32(&m, (uint32_t)strlen(template));
	put(&m, template, strlen(template));
	data = m.p;
	if (bare) {
		put(&m, m.digest, 20);
		put32(&m, (uint32_t)strlen(e->path));
		put(&m, e->path, strlen(e->path));
		hashed = padded;
		hashed_len = bare_hashed(&m, padded);
	} else {
		m.p += 4;
		put_fields(&m, template);
		hashed = data + 4;
		hashed_len = (size_t)(m.p - hashed);
		m.p = data;
		put32(&m, (uint32_t)hashed_len);
		m.p += hashed_len;
	}
	if (!e->violation)
		EVP_Digest(hashed, hashed_len, hash, NULL, EVP_sha1(), NULL);
	extend(l->sha1[pcr], EVP_sha1(), hashed, hashed_len, e->violation);
	extend(l->sha256[pcr], EVP_sha256(), hashed, hashed_len, e->violation);
	l->len = (size_t)(m.p - l->buf);
	l->start[++l->records] = l->len;
}

void imalog_boot(struct imalog *l, const char *template)
{
	static const uint8_t zeros[64];
	const bool bare = template && !strcmp(template, "ima");
	const struct imalog_entry e = {
		.template = template,
		.alg = bare ? "sha1" : "sha256",
		.digest = zeros,
		.path = "boot_aggregate",
	};

	imalog_add(l, &e);
}

const uint8_t *imalog_record(const struct imalog *l, size_t i, size_t *len)
{
	*len = l->start[i + 1] - l->start[i];
	return l->buf + l->start[i];
}
