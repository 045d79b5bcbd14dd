/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page over which TPM commands go to dom0: Xen's tpmif, protocol version 2
 * (xen/interface/io/tpmif.h), one command or one response at a time.
 *
 * There is one ring, and it comes and goes; who waits for an answer over a
 * ring that goes is told so.
 */
#ifndef LZ_TPMRING_H
#define LZ_TPMRING_H

#include <linux/types.h>

struct xenbus_device;

/* Bytes of a command or a response: the page without its header. */
#define LZ_TPM_PACKET_MAX 4088

/* In jiffies. */
#define LZ_TPM_SEND_PATIENCE   (60 * HZ)  /* a backend that restarts, or a long command before ours */
#define LZ_TPM_ANSWER_PATIENCE (150 * HZ) /* longer than dom0 waits for its TPM */

/**
 * lz_tpmring_open() - share a fresh page and an event channel with dom0
 * @xdev:	device whose nodes name them
 *
 * Process context; not while a ring is open.  Nothing goes over it until
 * lz_tpmring_serve().
 *
 * Return: 0 or a negative errno.
 */
int lz_tpmring_open(struct xenbus_device *xdev);

/**
 * lz_tpmring_close() - take them back; without effect if there are none
 */
void lz_tpmring_close(void);

/**
 * lz_tpmring_serve() - dom0 says that it serves the ring: a new session
 */
void lz_tpmring_serve(void);

/**
 * lz_tpmring_pause() - let nothing over the ring until it is said again, or opened anew
 */
void lz_tpmring_pause(bool paused);

/**
 * lz_tpmring_published() - do the device's nodes still say what we wrote?
 */
bool lz_tpmring_published(struct xenbus_device *xdev);

/**
 * lz_tpmring_served() - could a command be sent now?
 */
bool lz_tpmring_served(void);

/**
 * lz_tpmring_session() - number of the last session, 0 before the first
 */
u32 lz_tpmring_session(void);

/**
 * lz_tpmring_bind() - let what this task sends through in that session only
 *
 * For one task.
 */
void lz_tpmring_bind(u32 session);

/**
 * lz_tpmring_hurry() - the guest goes down: from now on nobody waits for long
 */
void lz_tpmring_hurry(void);

/**
 * lz_tpmring_hurries() - does the guest go down?
 */
bool lz_tpmring_hurries(void);

/**
 * lz_tpmring_extends() - does this command extend that PCR?
 * @buf:	command
 * @len:	its bytes
 * @pcr:	index
 *
 * TPM 2.0 library, part 3, «TPM2_PCR_Extend»: the first handle is the PCR.
 */
bool lz_tpmring_extends(const u8 *buf, size_t len, u32 pcr);

/**
 * lz_tpmring_send() - submit a command
 * @buf:	command
 * @len:	its bytes
 * @patience:	jiffies; LZ_TPM_SEND_PATIENCE, or less if others must not wait behind it
 *
 * Waits, bounded, until dom0 serves the ring and is through with the last
 * command, also if whoever sent that has given up waiting.  A task that waits
 * can be killed, unless it extends a PCR: then IMA's list counts on it.
 *
 * Return: 0; -E2BIG; -ETIME if that takes too long; -EINTR; -EPIPE if the
 * session is not the one that this task is bound to.
 */
int lz_tpmring_send(const u8 *buf, size_t len, long patience);

/**
 * lz_tpmring_receive() - wait for the response to what was sent last
 * @buf:	room for the response
 * @size:	its bytes
 * @patience:	jiffies; LZ_TPM_ANSWER_PATIENCE, or less
 *
 * Return: bytes of the response; -ETIME if it does not come, -EINTR, -EPIPE if
 * the ring went away, -EIO if the response is no response.  After an error it
 * is unknown whether the command was carried out.
 */
int lz_tpmring_receive(u8 *buf, size_t size, long patience);

#endif /* LZ_TPMRING_H */
