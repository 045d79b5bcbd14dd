/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../unit/imalog.h"
#include "attest/verify.h"
#include "fuzz.h"

static struct verifier verifier;
static struct shelf shelf;

/* A key that nobody has signed with, so that what looks like a signature is taken apart. */
static void add_signer(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	int fd = memfd_create("key", MFD_CLOEXEC);
	FILE *out = fdopen(dup(fd), "w");
	char path[64], error[SIGNERS_ERROR_MAX];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	shelf.signers = signers_new();
	if (!key || !out || !shelf.signers || PEM_write_PUBKEY(out, key) != 1 || fclose(out) ||
	    signers_add(shelf.signers, path, error))
		abort();
	EVP_PKEY_free(key);
	close(fd);
}

static void start(void)
{
	char error[PACK_ERROR_MAX];
	int fd = fuzz_pack_fd();

	struct pack *pack = pack_open(fd, error);

	if (!pack || shelf_add(&shelf, SHELF_GOLDEN, pack, 0) ||
	    verifier_init(&verifier, &shelf, REPLAY_DEFAULT_BANKS))
		abort();
	close(fd);
	add_signer();
}

/* Without this no mutation would ever get behind the template hash. */
static void repair(uint8_t *record, const struct ima_record *rec)
{
	if (!rec->bare && !rec->violation)
		EVP_Digest(rec->data, rec->data_len, record + 4, NULL, EVP_sha1(), NULL);
}

static void check_path(const struct finding *f, const char *path)
{
	uint8_t digest[32];

	imalog_digest(path, digest, sizeof(digest));
	if (f->found_len != sizeof(digest) || memcmp(f->found, digest, sizeof(digest)))
		abort();
}

/* Nothing is good but the two files of the pack, with their own digests. */
static void check_good(const struct finding *f)
{
	if (f->path_len != 6 || (memcmp(f->path, "/bin/a", 6) && memcmp(f->path, "/bin/b", 6)))
		abort();
	check_path(f, memcmp(f->path, "/bin/a", 6) ? "/bin/b" : "/bin/a");
}

static void check(const struct finding *f)
{
	char text[FINDING_TEXT_MAX];

	finding_describe(f, text);
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
	if (f->class == FINDING_GOOD)
		check_good(f);
	else if (f->action == ACTION_ALLOW && f->class != FINDING_ELSEWHERE &&
		 f->class != FINDING_BYPASS)
		abort();
	if (f->action != verifier.action[f->class] || f->action > verifier.worst)
		abort();
}

/* Each record gets its own memory, so that a read behind it is seen. */
static void verify(const uint8_t *data, size_t len, bool repaired)
{
	uint8_t *copy = malloc(len + !len);
	struct ima_record rec;
	struct finding f;
	const char *reason;

	memcpy(copy, data, len);
	if (repaired && record_parse(copy, len, &rec, &reason) == RECORD_OK)
		repair(copy, &rec);
	verify_record(&verifier, copy, len, &f);
	check(&f);
	free(copy);
}

void fuzz_record(const uint8_t *data, size_t len)
{
	struct ima_record rec;
	const char *reason = NULL;
	bool repaired = len && (*data & 1);

	if (!verifier.replay)
		start();
	verifier_reset(&verifier);
	for (size_t at = 1; at < len; at += rec.size) {
		if (record_parse(data + at, len - at, &rec, &reason) != RECORD_OK) {
			if (!reason)
				abort();
			verify(data + at, len - at, false);
			break;
		}
		if (!rec.size || rec.size > len - at)
			abort();
		verify(data + at, rec.size, repaired);
	}
}
