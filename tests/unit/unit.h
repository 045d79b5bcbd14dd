/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cmocka.h wants included before it, and nothing else. */
#ifndef LAZARET_UNIT_H
#define LAZARET_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
