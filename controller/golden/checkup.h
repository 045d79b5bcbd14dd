/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the golden values that a configuration names there, and in order? */
#ifndef LAZARET_CHECKUP_H
#define LAZARET_CHECKUP_H

#include <stdbool.h>
#include <stdio.h>

#include "common/conf.h"

/** checkup() - open each policy and pack; what is wrong goes to @errors. Return: all is well. */
bool checkup(const struct conf *conf, FILE *errors);

#endif
