// SPDX-License-Identifier: GPL-2.0-or-later
/* Needs no daemon: a stranger's tool. */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "evidence/check.h"
#include "tool/ask.h"

#define CA_FILE_MAX 65536

/* Return: the file's bytes and a NUL, for the caller to free(); NULL after a message. */
static uint8_t *read_file(const char *path, size_t max, size_t *len)
{
	FILE *in = fopen(path, "re");
	uint8_t *data = NULL;

	*len = 0;
	if (in && fseek(in, 0, SEEK_END) == 0 && ftell(in) >= 0 && (size_t)ftell(in) <= max) {
		*len = (size_t)ftell(in);
		data = malloc(*len + 1);
		rewind(in);
		if (data && fread(data, 1, *len, in) != *len) {
			free(data);
			data = NULL;
		}
	}
	if (!data)
		warn("%s", path);
	else
		data[*len] = '\0';
	if (in)
		fclose(in);
	return data;
}

static void print_json(const struct check *c)
{
	json_t *out = json_pack("{s:b,s:s,s:s,s:b,s:b,s:I,s:I,s:I}", "ok", !c->failed[0], "failed",
				c->failed, "vm", c->vm, "ca_given", c->ca_given, "measured",
				c->measured, "records", (json_int_t)c->records, "committed",
				(json_int_t)c->committed, "resets", (json_int_t)c->resets);

	ask_print_json(out);
	json_decref(out);
}

static void print_text(const struct check *c, bool nonce_given)
{
	if (c->failed[0]) {
		printf("NOT VERIFIED: %s\n", c->failed);
		return;
	}
	printf("verified: VM %s\n", c->vm);
	printf("  sums      every file is the one that the host signed\n");
	printf("  authority %s\n", c->ca_given
					   ? "the one you gave"
					   : "the archive's own: you did not say whom you trust");
	printf("  nonce     %s\n", nonce_given ? "yours: it is not older than that"
					       : "the archive's own: it may be old");
	printf("  quote     signed by its TPM, of PCR 0-15, sha1 and sha256; TPM started %u "
	       "times\n",
	       c->resets);
	printf("  start     %s\n", c->measured ? "measured before its first instruction: "
						 "eventlog.bin explains PCR 0-9"
					       : "not measured: the TPM came when it ran");
	printf("  list      %" PRIu64 " records, PCR 10 explained by the first %" PRIu64 "\n",
	       c->records, c->committed);
	puts("Whether these records are good is for your golden values to say.");
}

int run_verify_evidence(const struct args *args)
{
	uint8_t nonce[TPM_NONCE_SIZE], *data, *ca = NULL;
	struct check c;
	size_t len, ca_len;

	if (args->nonce && hex_decode(nonce, sizeof(nonce), args->nonce) != (int)sizeof(nonce)) {
		warnx("verify-evidence: the nonce must be %d hexadecimal digits",
		      2 * TPM_NONCE_SIZE);
		return TOOL_USAGE;
	}
	data = read_file(args->operand[0], BUNDLE_MAX, &len);
	if (data && args->ca)
		ca = read_file(args->ca, CA_FILE_MAX, &ca_len);
	if (!data || (args->ca && !ca)) {
		free(data);
		return TOOL_FAILED;
	}
	check_evidence(data, len, args->nonce ? nonce : NULL, (const char *)ca, &c);
	if (args->json)
		print_json(&c);
	else
		print_text(&c, args->nonce != NULL);
	free(ca);
	free(data);
	return c.failed[0] ? TOOL_FAILED : TOOL_OK;
}
