/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/move.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "common/hex.h"
#include "common/seal.h"
#include "vtpm/keys.h"
#include "vtpm/mark.h"
#include "vtpm/movefile.h"

#define MAGIC	   "LZTPM001"
#define MAGIC_SIZE 8
#define HEAD_SIZE  (MAGIC_SIZE + SEAL_SALT_SIZE)
#define PATH_SIZE  4352

const char *move_pass_read(const char *path, struct move_pass *pass)
{
	FILE *in = fopen(path, "re");

	if (!in)
		return strerror(errno);
	pass->len = fread(pass->text, 1, sizeof(pass->text), in);
	fclose(in);
	if (pass->len == sizeof(pass->text))
		return "it is too long for a passphrase";
	while (pass->len &&
	       (pass->text[pass->len - 1] == '\n' || pass->text[pass->len - 1] == '\r'))
		pass->len--;
	return pass->len < MOVE_PASS_MIN ? "it is too short for a passphrase" : NULL;
}

/* Seals @text and writes all of the file. */
static const char *write_sealed(const char *text, const struct move_pass *pass, FILE *out)
{
	uint8_t head[HEAD_SIZE] = MAGIC, key[SEAL_KEY_SIZE];
	size_t len = strlen(text);
	uint8_t *sealed = malloc(len + SEAL_OVERHEAD);
	const char *why = NULL;

	if (!sealed || RAND_bytes(head + MAGIC_SIZE, SEAL_SALT_SIZE) != 1 ||
	    seal_key(pass->text, pass->len, head + MAGIC_SIZE, key) < 0 ||
	    seal(key, text, len, sealed) < 0)
		why = "it can't be encrypted";
	else if (fwrite(head, sizeof(head), 1, out) != 1 ||
		 fwrite(sealed, len + SEAL_OVERHEAD, 1, out) != 1)
		why = strerror(errno);
	OPENSSL_cleanse(key, sizeof(key));
	free(sealed);
	return why;
}

static json_t *key_json(const char *dir, const char *uuid)
{
	char hex[2 * SWTPM_KEY_SIZE + 1];
	uint8_t key[SWTPM_KEY_SIZE];
	json_t *out = NULL;

	if (keys_for_vm(dir, uuid, key) == 0) {
		hex_encode(hex, key, sizeof(key));
		out = json_string(hex);
	}
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(hex, sizeof(hex));
	return out;
}

const char *move_pack(const char *state_dir, const json_t *vm, const struct move_pass *pass,
		      FILE *out)
{
	const char *uuid = json_string_value(json_object_get(vm, "uuid")), *why;
	char dir[PATH_SIZE - 64], folder[PATH_SIZE];
	json_t *all = json_object();
	char *text = NULL;

	snprintf(dir, sizeof(dir), "%s/vtpm", state_dir);
	snprintf(folder, sizeof(folder), "%s/%s", dir, uuid);
	json_object_set(all, "uuid", json_object_get(vm, "uuid"));
	json_object_set(all, "name", json_object_get(vm, "name"));
	json_object_set(all, "tpm", json_object_get(vm, "tpm"));
	json_object_set_new(all, "key", key_json(dir, uuid));
	why = movefile_gather(folder, all);
	if (!why && !json_object_get(all, "key"))
		why = "the key of its state can't be read";
	if (!why)
		text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
	if (!why)
		why = text ? write_sealed(text, pass, out) : "no memory";
	if (text)
		OPENSSL_cleanse(text, strlen(text));
	free(text);
	json_decref(all);
	return why;
}

/* Opens @len bytes of a file. Return: NULL, or what is wrong. */
static const char *open_sealed(const uint8_t *untrusted, size_t len, const struct move_pass *pass,
			       json_t **vm)
{
	uint8_t key[SEAL_KEY_SIZE], *text;
	const char *why = NULL;
	ssize_t n = -1;

	if (len < HEAD_SIZE + SEAL_OVERHEAD || memcmp(untrusted, MAGIC, MAGIC_SIZE) != 0)
		return "this is no TPM that «vtpm export» wrote";
	text = malloc(len);
	if (text && seal_key(pass->text, pass->len, untrusted + MAGIC_SIZE, key) == 0)
		n = unseal(key, untrusted + HEAD_SIZE, len - HEAD_SIZE, text);
	if (n < 0)
		why = "the passphrase is another, or the file was changed";
	else
		*vm = json_loadb((const char *)text, (size_t)n, 0, NULL);
	if (!why && !*vm)
		why = "it was written by another version of Lazaret";
	if (text)
		OPENSSL_cleanse(text, len);
	OPENSSL_cleanse(key, sizeof(key));
	free(text);
	return why;
}

/* As an exporter of ours writes it? Who knows the passphrase may still not leave our folder. */
static const char *check(const json_t *vm)
{
	const char *uuid = json_string_value(json_object_get(vm, "uuid"));
	const char *key = json_string_value(json_object_get(vm, "key"));

	if (!uuid || strlen(uuid) != 36 || strspn(uuid, "0123456789abcdef-") != 36 || !key ||
	    strlen(key) != 2 * SWTPM_KEY_SIZE || !json_is_string(json_object_get(vm, "name")))
		return "it was written by another version of Lazaret";
	return NULL;
}

const char *move_open(FILE *in, const struct move_pass *pass, json_t **vm)
{
	uint8_t *data = malloc(MOVE_FILE_MAX + 1);
	size_t len = data ? fread(data, 1, MOVE_FILE_MAX + 1, in) : 0;
	const char *why;

	*vm = NULL;
	if (!data || ferror(in))
		why = data ? strerror(errno) : "no memory";
	else if (len > MOVE_FILE_MAX)
		why = "it is too large for a TPM";
	else
		why = open_sealed(data, len, pass, vm);
	free(data);
	if (!why)
		why = check(*vm);
	if (why) {
		json_decref(*vm);
		*vm = NULL;
	}
	return why;
}

static const char *place_key(const char *dir, const char *folder, const json_t *vm)
{
	const char *hex = json_string_value(json_object_get(vm, "key"));
	uint8_t key[SWTPM_KEY_SIZE], sealed[KEYS_SEALED_SIZE];
	int rc = hex_decode(key, sizeof(key), hex) == (int)sizeof(key) ? 0 : -1;

	if (!rc)
		rc = keys_seal(dir, json_string_value(json_object_get(vm, "uuid")), key, sealed);
	OPENSSL_cleanse(key, sizeof(key));
	if (rc)
		return "the key of its state can't be kept";
	return movefile_write(folder, KEYS_MOVED, sealed, sizeof(sealed)) < 0 ? strerror(errno)
									      : NULL;
}

/* May it come here? */
static const char *is_free(const char *folder)
{
	char text[MARK_SIZE];

	if (access(folder, F_OK) < 0 || mark_get(folder, MARK_MOVED, text))
		return NULL;
	return "this host has a TPM for this VM already: «lazaretctl vtpm remove» ends that one";
}

const char *move_place(const char *state_dir, const json_t *vm)
{
	const char *uuid = json_string_value(json_object_get(vm, "uuid")), *why;
	char dir[PATH_SIZE - 64], folder[PATH_SIZE], fresh[PATH_SIZE + 8], ca[PATH_SIZE];

	snprintf(dir, sizeof(dir), "%s/vtpm", state_dir);
	snprintf(folder, sizeof(folder), "%s/%s", dir, uuid);
	snprintf(fresh, sizeof(fresh), "%s.new", folder);
	snprintf(ca, sizeof(ca), "%s/ca", state_dir);
	why = is_free(folder);
	if (why)
		return why;
	if (mkdir(dir, 0711) < 0 && errno != EEXIST)
		return strerror(errno);
	why = movefile_begin(fresh);
	if (!why)
		why = movefile_scatter(fresh, vm);
	if (!why)
		why = movefile_endorse(fresh, ca, vm);
	if (!why)
		why = place_key(dir, fresh, vm);
	return why ? movefile_undo(fresh, why) : movefile_commit(fresh, folder);
}
