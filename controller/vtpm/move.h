/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's TPM on its way to another host: one file, sealed under a passphrase.
 *
 * The file: «LZTPM001», a salt, then sealed (common/seal.h) one JSON object: uuid, name, what is
 * known of the TPM (enrolled starts, counters), the key of its state, and its files, as hexadecimal
 * digits. Root alone can make one or take one in. From then on the TPM of the old host is marked as
 * moved, and does not start there any more: one TPM must not live twice.
 */
#ifndef LAZARET_MOVE_H
#define LAZARET_MOVE_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <jansson.h>

#define MOVE_FILE_MAX (4u << 20) /* bytes of such a file */
#define MOVE_PASS_MIN 12 /* bytes of a passphrase */
#define MOVE_PASS_MAX 1024

struct move_pass {
	char text[MOVE_PASS_MAX];
	size_t len;
};

/**
 * move_pass_read() - the passphrase in a file, without the line's end
 *
 * Return: NULL, or what is wrong.
 */
const char *move_pass_read(const char *path, struct move_pass *pass);

/**
 * move_pack() - seal a TPM that is not in use
 * @state_dir:	the daemon's
 * @vm:		as the daemon told: "uuid", "name", "tpm"
 * @out:	open for writing
 *
 * Return: NULL, or what went wrong.
 */
const char *move_pack(const char *state_dir, const json_t *vm, const struct move_pass *pass,
		      FILE *out);

/**
 * move_open() - what is in such a file
 * @in:		untrusted until the passphrase has shown that it is whole
 * @vm:		set to a new reference, to be given to move_place(): as move_pack()'s, with its files
 *
 * Return: NULL, or what is wrong with it.
 */
const char *move_open(FILE *in, const struct move_pass *pass, json_t **vm);

/**
 * move_place() - put a TPM where the daemon will find it
 * @vm:		of move_open()
 *
 * Refused if there is one already, unless it is marked as moved: then it comes back home. The
 * certificate of the endorsement key is issued again, by this host's authority. All of it is root's until its VM starts.
 *
 * Return: NULL, or what went wrong: then nothing is there, or what was before.
 */
const char *move_place(const char *state_dir, const json_t *vm);

#endif
