/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden packs, as commands need them. */
#ifndef LAZARET_TOOL_PACK_H
#define LAZARET_TOOL_PACK_H

#include "golden/pack.h"

/** tool_open_pack() - Return: to be closed with pack_close(), or NULL after a message */
struct pack *tool_open_pack(const char *path);

#endif
