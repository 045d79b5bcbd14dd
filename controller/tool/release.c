// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <string.h>

#include "tool/ask.h"

/* The journal must be able to say why a VM with findings was let out. */
int run_release(const struct args *args)
{
	const char *reason = args->reason;

	if (!reason || !reason[strspn(reason, " \t\r\n")]) {
		warnx("release: a VM is released for a reason: --reason=TEXT");
		return TOOL_USAGE;
	}
	return ask_change(args, "release", "the release has begun");
}
