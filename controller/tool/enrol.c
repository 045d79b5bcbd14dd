// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/hex.h"
#include "tool/ask.h"

#define READ_SIZE   65536
#define SHA256_SIZE 32

static int hash_stream(FILE *in, EVP_MD_CTX *ctx, uint8_t *out)
{
	static uint8_t buf[READ_SIZE];
	size_t n;

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		return -1;
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		if (EVP_DigestUpdate(ctx, buf, n) != 1)
			return -1;
	return !ferror(in) && EVP_DigestFinal_ex(ctx, out, NULL) == 1 ? 0 : -1;
}

static int add(json_t *start, const char *key, const uint8_t *digest)
{
	char hex[2 * SHA256_SIZE + 1];

	hex_encode(hex, digest, SHA256_SIZE);
	return json_object_set_new(start, key, json_string(hex));
}

static int add_file(json_t *start, const char *key, const char *path)
{
	uint8_t digest[SHA256_SIZE];
	EVP_MD_CTX *ctx;
	FILE *in;
	int rc;

	if (!path)
		return 0;
	in = fopen(path, "re");
	if (!in) {
		warn("%s", path);
		return -1;
	}
	ctx = EVP_MD_CTX_new();
	rc = hash_stream(in, ctx, digest);
	EVP_MD_CTX_free(ctx);
	fclose(in);
	if (rc)
		warnx("%s can't be read", path);
	return rc ? -1 : add(start, key, digest);
}

static int add_text(json_t *start, const char *key, const char *text)
{
	uint8_t digest[SHA256_SIZE];

	if (!text)
		return 0;
	if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	return add(start, key, digest);
}

int run_enrol(const struct args *args)
{
	json_t *request = ask_request("enrol", args->operand[0], NULL), *start = json_object();
	json_t *answer;
	int status;

	if (add_file(start, "kernel", args->kernel) < 0 ||
	    add_file(start, "ramdisk", args->initrd) < 0 ||
	    add_text(start, "cmdline", args->cmdline) < 0) {
		json_decref(request);
		json_decref(start);
		return TOOL_FAILED;
	}
	json_object_set_new(request, "start", start);
	json_object_set_new(request, "only", json_boolean(args->only));
	answer = ask(args, request, &status);
	if (answer && args->json)
		ask_print_json(answer);
	else if (answer)
		printf("%s: enrolled\n", args->operand[0]);
	json_decref(answer);
	return status;
}
