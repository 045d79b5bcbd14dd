// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/ask.h"

int run_prove(const struct args *args)
{
	return ask_change(args, "prove", "a proof was asked for");
}
