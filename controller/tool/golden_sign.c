// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys and signatures of packs. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "golden/sign.h"
#include "tool/golden.h"
#include "tool/pack.h"
#include "tool/tool.h"

int golden_keygen(const struct args *args)
{
	char error[SIGN_ERROR_MAX];

	if (sign_keygen(args->operand[1], error)) {
		warnx("%s", error);
		return TOOL_FAILED;
	}
	printf("%s: keep it secret; %s.pub is for policies: «signer = …»\n", args->operand[1],
	       args->operand[1]);
	return TOOL_OK;
}

int golden_sign(const struct args *args)
{
	char error[SIGN_ERROR_MAX];
	struct pack *pack;

	if (!args->key) {
		warnx("golden sign: takes --key=FILE");
		return TOOL_USAGE;
	}
	pack = tool_open_pack(args->operand[1]); /* a damaged one is not to be vouched for */
	pack_close(pack);
	if (!pack)
		return TOOL_FAILED;
	if (sign_pack(args->operand[1], args->key, error)) {
		warnx("%s", error);
		return TOOL_FAILED;
	}
	printf("%s: signed\n", args->operand[1]);
	return TOOL_OK;
}

int golden_verify(const struct args *args)
{
	uint8_t key[SIGN_KEY_SIZE];
	char error[SIGN_ERROR_MAX];
	struct pack *pack;
	bool good;

	if (!args->key) {
		warnx("golden verify: takes --key=FILE.pub");
		return TOOL_USAGE;
	}
	if (sign_read_public(args->key, key, error)) {
		warnx("%s", error);
		return TOOL_FAILED;
	}
	pack = tool_open_pack(args->operand[1]);
	if (!pack)
		return TOOL_FAILED;
	good = pack_info(pack)->is_signed && !memcmp(pack_info(pack)->signer, key, sizeof(key));
	printf("%s: %s\n", args->operand[1],
	       good ? "signed by this key" : "NOT signed by this key");
	pack_close(pack);
	return good ? TOOL_OK : TOOL_FAILED;
}
