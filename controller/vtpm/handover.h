/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's part when a TPM moves to another host; the files are the tool's, which root runs (move.h). */
#ifndef LAZARET_HANDOVER_H
#define LAZARET_HANDOVER_H

#include <jansson.h>

struct host;
struct vm;

/**
 * handover_out() - a VM's TPM goes to another host: it does not start here any more
 *
 * Asked for again, it answers the same: who lost the file can make another.
 *
 * Return: what move_pack() wants; NULL with @why.
 */
json_t *handover_out(struct vm *vm, const char *who, const char **why);

/**
 * handover_in() - one comes: from now on this VM's TPM is expected to be it
 * @moved:	"uuid", "name" and "tpm" of move_open()
 *
 * Return: 0; -1 with @why.
 */
int handover_in(struct host *host, const char *who, const json_t *moved, const char **why);

#endif
