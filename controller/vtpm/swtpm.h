/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One swtpm process: a TPM 2.0 whose state is encrypted on disk, reached by one socket alone. */
#ifndef LAZARET_SWTPM_H
#define LAZARET_SWTPM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SWTPM_KEY_SIZE 32 /* AES-256 */

/* A command or a response, at most: TPM_BUFFER_MAX of libtpms (TPM 2.0 Part 6, Annex A). */
#define SWTPM_BUFFER_SIZE 4096

/* Making a large RSA key takes long on a slow host; longer than this means it is dead. */
#define SWTPM_ANSWER_MS 120000

struct swtpm {
	pid_t pid;
	int pidfd; /* readable when it has ended */
	int fd;
};

/**
 * swtpm_start() - start it, as an unprivileged user without network
 * @dir:	folder of its state, owned by @uid
 * @key:	SWTPM_KEY_SIZE bytes that its state is encrypted with
 *
 * The TPM has had its Startup(CLEAR) when it answers. It ends when its socket is closed, and with
 * the process that called this.
 *
 * Return: 0; -1 with errno.
 */
int swtpm_start(struct swtpm *tpm, const char *dir, const uint8_t *key, uid_t uid, gid_t gid);

/* Ends it and waits for that. */
void swtpm_stop(struct swtpm *tpm);

/* The same for who may not kill or reap any more: waits a while only. It is this process's last act. */
void swtpm_leave(const struct swtpm *tpm);

/**
 * swtpm_transact() - one command, one answer
 * @rsp:	SWTPM_BUFFER_SIZE bytes
 *
 * Return: bytes of the answer, whose header has been checked for its length; -1 if there is none
 * within SWTPM_ANSWER_MS, or it makes no sense. Then the process is of no use any more: whether
 * the command was carried out is unknown.
 */
ssize_t swtpm_transact(const struct swtpm *tpm, const uint8_t *cmd, size_t len, uint8_t *rsp);

#endif
