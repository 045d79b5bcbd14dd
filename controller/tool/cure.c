// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool/ask.h"

int run_cure(const struct args *args)
{
	return ask_change(args, "cure", "the cure has begun");
}
