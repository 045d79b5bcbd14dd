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

#define IPC_FD	       3 /* the socket in a child */
#define IPC_FD_A       4 /* first file that the parent hands over */
#define IPC_FD_B       5
#define IPC_DATA_MAX   16384
#define IPC_TEXT       256
#define IPC_PATH       1024
#define IPC_HEX	       136 /* «sha512:» and 128 digits, with NUL */
#define IPC_VERSION    288 /* a package's name and version, and of what kind of pack */
#define IPC_PCR_SIZE   65
#define IPC_CMDLINE    4096 /* Xen's own limit for a guest's command line is below that */
#define IPC_AK_MAX     256
#define IPC_LOG_MAX    4096
#define IPC_NONCE_SIZE 32
#define IPC_QUOTE_MAX  1024
#define IPC_BANKS      2
#define IPC_PCRS       24
#define IPC_DIGEST_MAX 32
#define IPC_PART_MAX   8192 /* of a small part of evidence */

enum ipc_type {
	IPC_READY = 1, /* attest: privileges are gone; no data */
	IPC_HELLO, /* attest: struct ipc_hello */
	IPC_PROGRESS, /* attest: struct ipc_reading; remedy: struct ipc_progress */
	IPC_FINDING, /* attest: struct ipc_finding */
	IPC_PROOF, /* attest: struct ipc_proof */
	IPC_FAILED, /* either: struct ipc_text, then the child ends */
	IPC_DONE, /* remedy: struct ipc_progress */
	IPC_CHALLENGE, /* parent to attest: prove now; no data */
	IPC_TAMPER, /* attest: struct ipc_text: the TPM and the log do not agree */
	IPC_TPM_SPEC, /* parent to vtpm, first: struct ipc_tpm_spec */
	IPC_TPM_READY, /* vtpm to parent to attest: struct ipc_tpm_ready */
	IPC_TPM_RING, /* parent to vtpm: struct ipc_tpm_ring */
	IPC_TPM_SERVING, /* vtpm: privileges are gone, the ring is served; no data */
	IPC_TPM_QUOTE, /* attest to parent to vtpm: struct ipc_tpm_quote */
	IPC_TPM_QUOTED, /* vtpm to parent to attest: struct ipc_tpm_quoted */
	IPC_DOUBT, /* attest: struct ipc_doubt */
	IPC_HINT, /* attest: struct ipc_text: no proof is to be had, says the guest itself */
	IPC_FLUSH, /* parent to attest: write down the list as far as it is read; no data */
	IPC_FLUSHED, /* the answer: struct ipc_flushed */
	IPC_LIST, /* parent to evidence: does the list explain it? struct ipc_list */
	IPC_LISTED, /* the answer: struct ipc_listed */
	IPC_PART, /* parent to evidence: struct ipc_part */
	IPC_WRITE, /* parent to evidence: all parts are there; no data */
	IPC_WRITTEN, /* the answer: struct ipc_written */
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

/* How far a log has been read, and the worst of it: told although the guest keeps silent. */
struct ipc_reading {
	uint64_t done;
	uint64_t danger; /* findings that mean danger, in this boot */
	uint64_t last_danger; /* index of the last of them, if there is one */
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
	char expected_version[IPC_VERSION]; /* package and version that @expected is of */
	char nearest[IPC_PATH];
	char known_version[IPC_VERSION]; /* that what was found is of */
	char reason[IPC_TEXT];
};

/* Did the last quote explain what it should? Told for each quote that did not, and when one does. */
struct ipc_doubt {
	uint64_t committed; /* records that quotes explained so far */
	uint64_t records; /* that were read */
	char why[IPC_TEXT]; /* ""; or why not */
};

struct ipc_flushed {
	uint32_t kept; /* 0: the list outgrew its file, or could not be written */
};

struct ipc_list {
	uint8_t pcr[IPC_BANKS][IPC_DIGEST_MAX]; /* that IMA extends, as quoted */
};

struct ipc_listed {
	uint64_t len; /* bytes of whole records */
	uint32_t explains;
	uint8_t sum[IPC_DIGEST_MAX]; /* SHA-256 of these bytes */
};

struct ipc_part {
	uint32_t part; /* enum bundle_part */
	uint32_t len;
	uint8_t data[IPC_PART_MAX]; /* no more of it than @len are sent */
};

struct ipc_written {
	uint64_t len; /* bytes of the archive */
};

struct ipc_proof {
	uint64_t records;
	uint64_t danger; /* findings that mean danger, in this boot */
	uint64_t last_danger; /* index of the last of them, if there is one */
	uint64_t warned;
	uint64_t lost;
	uint64_t late;
	char sha1[IPC_PCR_SIZE]; /* PCR 10 as replayed */
	char sha256[IPC_PCR_SIZE];
	char doorbell[16];
	char commit[16]; /* the guest's word for what becomes of its records ... */
	char commit_policy[16]; /* ... and of tasks that wait for a TPM */
	uint32_t golden; /* a golden pack was there to compare with */
	uint32_t quoted; /* a quote of its TPM says the same */
	uint32_t no_ima_policy; /* the measurement policy that is demanded is not in the log */
};

/* What a vtpm child needs to bring a VM's TPM up. */
struct ipc_tpm_spec {
	uint32_t domid;
	uint32_t uid, gid;
	uint32_t measure; /* the VM has not run yet: what boots it is to be measured */
	uint32_t incarnation; /* 1: it was started; more: it was restored */
	char uuid[37];
	char generation[64]; /* another text for each domain that ever was */
	char chroot_dir[IPC_PATH];
	char state_dir[IPC_PATH]; /* of all TPMs */
	char ca_dir[IPC_PATH]; /* of the host's certificate authority */
	char kernel[IPC_PATH];
	char ramdisk[IPC_PATH]; /* "": none */
	char cmdline[IPC_CMDLINE];
	char config[IPC_PATH]; /* what of the configuration matters for integrity, as text */
	char hypervisor[IPC_TEXT];
};

/* A TPM that is up. SHA-256 digests are hexadecimal, "" if nothing was measured. */
struct ipc_tpm_ready {
	uint32_t measured; /* before the VM's first instruction */
	uint32_t rebuilt; /* extended again as it was: the VM runs */
	uint32_t reset_count, restart_count;
	uint64_t clock_ms;
	uint32_t ak_len;
	uint8_t ak[IPC_AK_MAX]; /* DER SubjectPublicKeyInfo */
	char kernel[IPC_PCR_SIZE];
	char ramdisk[IPC_PCR_SIZE];
	char cmdline[IPC_PCR_SIZE];
	char config[IPC_PCR_SIZE];
	char hypervisor[IPC_PCR_SIZE];
	uint32_t log_len;
	uint8_t log[IPC_LOG_MAX]; /* event log of the measured start */
};

struct ipc_tpm_ring {
	uint32_t ref;
	uint32_t port;
};

struct ipc_tpm_quote {
	uint8_t nonce[IPC_NONCE_SIZE];
};

struct ipc_tpm_quoted {
	uint8_t nonce[IPC_NONCE_SIZE];
	uint32_t rc; /* the TPM's code; 0: the rest is filled */
	uint32_t attest_len, sig_len;
	uint8_t attest[IPC_QUOTE_MAX]; /* TPMS_ATTEST */
	uint8_t sig[IPC_QUOTE_MAX]; /* TPMT_SIGNATURE */
	uint8_t pcr[IPC_BANKS][IPC_PCRS][IPC_DIGEST_MAX]; /* as read just before */
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

/* Tells the parent why this child can't go on. Return: the child's exit status. */
int ipc_fail(const char *why);

/* Does @text, of @size bytes from a child, end inside its room? */
int ipc_text_ok(const char *text, size_t size);

#endif
