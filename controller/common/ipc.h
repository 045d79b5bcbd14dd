/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between lazaretd and its children: one SOCK_SEQPACKET packet each, a type and a struct.
 *
 * A child reads what a hostile guest wrote, so the parent checks type and size of all it gets and
 * every text for its end: a child can only report.
 */
#ifndef LAZARET_IPC_H
#define LAZARET_IPC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IPC_FD	     3 /* the socket in a child */
#define IPC_FD_A     4 /* first file that the parent hands over */
#define IPC_FD_B     5
#define IPC_DATA_MAX 16384
#define IPC_TEXT     256
#define IPC_PATH     1024
#define IPC_HEX	     136 /* «sha512:» and 128 digits, with NUL */
#define IPC_PCR_SIZE 65

enum ipc_type {
	IPC_READY = 1, /* attest: privileges are gone; no data */
	IPC_HELLO, /* attest: struct ipc_hello */
	IPC_PROGRESS, /* attest, remedy: struct ipc_progress */
	IPC_FINDING, /* attest: struct ipc_finding */
	IPC_PROOF, /* attest: struct ipc_proof */
	IPC_FAILED, /* either: struct ipc_text, then the child ends */
	IPC_DONE, /* remedy: struct ipc_progress */
	IPC_CHALLENGE, /* parent to attest: prove now; no data */
};

struct ipc_text {
	char text[IPC_TEXT];
};

struct ipc_hello {
	char boot[33]; /* boot nonce, hexadecimal */
	char mode[16];
	char doorbell[16];
	char module[65];
	char kernel[65];
	uint64_t records;
	uint64_t early;
};

struct ipc_progress {
	uint64_t done;
	uint64_t total;
};

struct ipc_finding {
	uint64_t index;
	int64_t guest_ns; /* the guest's word for when; 0: none */
	int64_t received_ns; /* dom0's clock */
	int64_t verdict_ns;
	uint32_t danger; /* 0: allowed or warned by policy */
	char class[32];
	char rule[64];
	char path[IPC_PATH];
	char found[IPC_HEX];
	char expected[IPC_HEX];
	char nearest[IPC_PATH];
	char reason[IPC_TEXT];
};

struct ipc_proof {
	uint64_t records;
	uint64_t danger; /* findings that mean danger, in this boot */
	uint64_t warned;
	uint64_t lost;
	uint64_t late;
	char sha1[IPC_PCR_SIZE]; /* PCR 10 as replayed */
	char sha256[IPC_PCR_SIZE];
	char doorbell[16];
	uint32_t golden; /* a golden pack was there to compare with */
};

/**
 * ipc_send() - send one message
 *
 * Return: 0, or -1 with errno; EAGAIN if @fd is non-blocking and full.
 */
int ipc_send(int fd, enum ipc_type type, const void *data, size_t len);

/**
 * ipc_recv() - receive one message
 * @type:	its type, not yet checked
 * @data:	room for IPC_DATA_MAX bytes
 *
 * Return: bytes of data, 0 or more; -1 with errno (EAGAIN: none there; ECONNRESET: the other end
 * is gone; EPROTO: not a message).
 */
ssize_t ipc_recv(int fd, uint32_t *type, void *data);

/* Does @text, of @size bytes from a child, end inside its room? */
int ipc_text_ok(const char *text, size_t size);

#endif
