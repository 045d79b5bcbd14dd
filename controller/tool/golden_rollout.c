// SPDX-License-Identifier: GPL-2.0-or-later
/* An update on its way: the policy is changed, and the daemon looks at it again. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "golden/rollout.h"
#include "tool/ask.h"
#include "tool/golden.h"

int golden_rollout(const struct args *args)
{
	struct rollout r = {
		.policy = args->operand[1], .replaces = args->replaces, .until = args->until};
	char error[ROLLOUT_ERROR_MAX];
	json_t *answer;
	char *pack;
	int status, err;

	if (args->until && !args->replaces) {
		warnx("golden rollout: --until tells how long --replaces=PACK stays golden");
		return TOOL_USAGE;
	}
	pack = realpath(args->operand[2], NULL); /* as a policy names it */
	if (!pack) {
		warn("%s", args->operand[2]);
		return TOOL_FAILED;
	}
	r.pack = pack;
	err = rollout(&r, error);
	free(pack);
	if (err) {
		warnx("%s; nothing was changed", error);
		return TOOL_FAILED;
	}
	answer = ask(args, ask_request("reload", NULL, NULL), &status);
	if (!answer) {
		warnx("%s is changed, but the daemon does not know: «lazaretctl reload»",
		      args->operand[1]);
		return status;
	}
	if (args->json)
		ask_print_json(answer);
	else
		printf("%s is golden now in %s; every VM's log is read again\n", args->operand[2],
		       args->operand[1]);
	json_decref(answer);
	return TOOL_OK;
}
