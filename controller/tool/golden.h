/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What «lazaretctl golden» does with packs that are there. Each returns an exit status. */
#ifndef LAZARET_TOOL_GOLDEN_H
#define LAZARET_TOOL_GOLDEN_H

#include "tool/args.h"

int golden_list(const struct args *args); /* PACK [PATH] */
int golden_explain(const struct args *args); /* PACK PATH|DIGEST */
int golden_diff(const struct args *args); /* OLD NEW */
int golden_rollout(const struct args *args); /* POLICY PACK */
int golden_keygen(const struct args *args); /* FILE */
int golden_sign(const struct args *args); /* PACK --key */
int golden_verify(const struct args *args); /* PACK --key */
int golden_export(const struct args *args); /* PACK --output */

#endif
