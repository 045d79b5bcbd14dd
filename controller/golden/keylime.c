/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/keylime.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>

#include "common/hex.h"
#include "golden/build.h"

static int fail(char *error, const char *path, const char *text, const char *where)
{
	snprintf(error, BUILD_ERROR_MAX, "%s: %s%s%s", path, text, where ? ": " : "",
		 where ? where : "");
	return -1;
}

/* What Keylime's tools write without a name is one of these. */
static const struct alg *alg_by_digits(size_t digits)
{
	static const char *const names[] = {"sha256", "sha1", "sha512", "sha384"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct alg *alg = alg_by_name(names[i], strlen(names[i]));

		if (digits == 2U * alg->size)
			return alg;
	}
	return NULL;
}

/* Return: why not, or NULL. */
static const char *add_digest(struct values *out, const char *path, size_t path_len,
			      const char *text)
{
	const char *colon = strchr(text, ':');
	const char *digits = colon ? colon + 1 : text;
	const struct alg *alg =
		colon ? alg_by_name(text, (size_t)(colon - text)) : alg_by_digits(strlen(digits));
	uint8_t digest[ALG_DIGEST_MAX];

	if (!alg || hex_decode(digest, sizeof(digest), digits) != alg->size)
		return "not a digest of an algorithm that is known";
	if (values_add(out, path, path_len, alg, digest))
		return strerror(errno);
	return NULL;
}

/* «boot_aggregate» is a path to Keylime; to us it is what the TPM's start explains. */
static bool is_boot_aggregate(const char *path)
{
	return !strcmp(path, "boot_aggregate");
}

static int add_digests(const char *file, json_t *digests, struct values *out, char *error)
{
	const char *path, *wrong;
	size_t len;
	json_t *list, *text;
	size_t i;

	json_object_keylen_foreach(digests, path, len, list)
	{
		if (is_boot_aggregate(path))
			continue;
		if (!json_is_array(list))
			return fail(error, file, "digests: not a list", path);
		json_array_foreach (list, i, text) {
			wrong = json_is_string(text)
					? add_digest(out, path, len, json_string_value(text))
					: "a digest is a string";
			if (wrong)
				return fail(error, file, wrong, path);
		}
	}
	return 0;
}

static uint64_t count_left_out(json_t *policy)
{
	static const char *const parts[] = {"excludes", "keyrings", "ima-buf"};
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		json_t *part = json_object_get(policy, parts[i]);

		n += json_is_array(part) ? json_array_size(part) : json_object_size(part);
	}
	return n;
}

int keylime_values(const char *path, struct values *out, uint64_t *left_out, char *error)
{
	json_error_t wrong;
	json_t *policy, *digests;
	char where[JSON_ERROR_TEXT_LENGTH + 32];
	struct stat st;
	int err;

	if (stat(path, &st))
		return fail(error, path, strerror(errno), NULL);
	if ((uint64_t)st.st_size > KEYLIME_MAX)
		return fail(error, path, "longer than a policy may be", NULL);
	policy = json_load_file(path, JSON_REJECT_DUPLICATES, &wrong);
	if (!policy) {
		snprintf(where, sizeof(where), "line %d, byte %d: %s", wrong.line, wrong.position,
			 wrong.text);
		return fail(error, path, "not JSON", where);
	}
	digests = json_object_get(policy, "digests");
	if (json_is_object(digests))
		err = add_digests(path, digests, out, error);
	else
		err = fail(error, path, "no object «digests»: not a runtime policy of Keylime",
			   NULL);
	*left_out = count_left_out(policy);
	json_decref(policy);
	return err;
}

static void write_digest(FILE *out, const struct golden *g, bool first)
{
	char hex[2 * ALG_DIGEST_MAX + 1];
	/* Its length says it, as far as alg_by_digits() knows. */
	bool plain = alg_by_digits(2U * g->alg->size) == g->alg;

	hex_encode(hex, g->digest, g->alg->size);
	fprintf(out, "%s\"%s%s%s\"", first ? "" : ",", plain ? "" : g->alg->name, plain ? "" : ":",
		hex);
}

/* Return: values of this path, all of which were written or left out. */
static size_t write_path(FILE *out, const struct golden *g, size_t n, bool first, bool *written)
{
	json_t *path = json_string(g->path);
	size_t same = 0;

	*written = path != NULL;
	if (path) {
		fputs(first ? "\n" : ",\n", out);
		json_dumpf(path, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		fputs(":[", out);
	}
	while (same < n && !strcmp(g[same].path, g->path)) {
		if (path)
			write_digest(out, &g[same], same == 0);
		same++;
	}
	if (path)
		fputs("]", out);
	json_decref(path);
	return same;
}

int keylime_write(FILE *out, const struct values *values, uint64_t *left_out)
{
	bool first = true, written;

	*left_out = 0;
	fputs("{\"meta\":{\"version\":1,\"generator\":0},\"release\":0,\"digests\":{", out);
	for (size_t i = 0; i < values->n;) {
		i += write_path(out, &values->value[i], values->n - i, first, &written);
		first &= !written;
		*left_out += !written;
	}
	fputs("},\"excludes\":[],\"keyrings\":{},\"ima\":{\"ignored_keyrings\":[],"
	      "\"log_hash_alg\":\"sha1\",\"dm_policy\":null},\"ima-buf\":{},"
	      "\"verification-keys\":\"\"}\n",
	      out);
	return ferror(out) || fflush(out) ? -1 : 0;
}
