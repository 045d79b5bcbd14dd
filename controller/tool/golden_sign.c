// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys and signatures of packs. */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "golden/sign.h"
#include "ctl/ctl.h"
#include "tool/ask.h"
#include "tool/golden.h"
#include "tool/pack.h"

int golden_keygen(const struct args *args)
{
	const char *file = args->operand[1];
	char error[SIGN_ERROR_MAX];

	if (sign_keygen(file, error))
		return ask_failed(args, "%s", error);
	if (args->json)
		ask_answer(
			json_pack("{s:b,s:s,s:s+}", "ok", 1, "key", file, "public", file, ".pub"));
	else
		printf("%s: keep it secret; %s.pub is for policies: «signer = …»\n", file, file);
	return TOOL_OK;
}

/* The pack that was named; NULL after a message. */
static struct pack *open_pack(const struct args *args)
{
	struct pack *pack = tool_open_pack(args->operand[1]);

	if (!pack && args->json)
		ask_answer(ctl_refusal(CTL_FAILED, "%s: no good pack; standard error tells why",
				       args->operand[1]));
	return pack;
}

int golden_sign(const struct args *args)
{
	char error[SIGN_ERROR_MAX];

	if (!args->key) {
		warnx("golden sign: takes --key=FILE");
		return TOOL_USAGE;
	}
	if (sign_pack(args->operand[1], args->key, error))
		return ask_failed(args, "%s", error);
	if (args->json)
		ask_answer(json_pack("{s:b,s:s}", "ok", 1, "pack", args->operand[1]));
	else
		printf("%s: signed\n", args->operand[1]);
	return TOOL_OK;
}

static void tell_signer(const struct args *args, const struct pack_info *info, bool good)
{
	char signer[2 * SIGN_KEY_SIZE + 1] = "";

	if (info->is_signed)
		hex_encode(signer, info->signer, sizeof(info->signer));
	if (args->json)
		ask_answer(json_pack("{s:b,s:s,s:s}", "ok", good, "pack", args->operand[1],
				     "signer", signer));
	else
		printf("%s: %s\n", args->operand[1],
		       good ? "signed by this key" : "NOT signed by this key");
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
	if (sign_read_public(args->key, key, error))
		return ask_failed(args, "%s", error);
	pack = open_pack(args);
	if (!pack)
		return TOOL_FAILED;
	good = pack_info(pack)->is_signed && !memcmp(pack_info(pack)->signer, key, sizeof(key));
	tell_signer(args, pack_info(pack), good);
	pack_close(pack);
	return good ? TOOL_OK : TOOL_FAILED;
}
