// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/ask.h"

int run_quarantine(const struct args *args)
{
	return ask_change(args, "quarantine", "quarantine has begun");
}
