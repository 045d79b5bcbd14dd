/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stream: one task that follows the list and talks to dom0, at dom0's
 * pace.  Nobody ever waits for it.
 */
#ifndef LZ_STREAM_H
#define LZ_STREAM_H

#include <linux/types.h>
#include <uapi/lazaret.h>

/**
 * struct lz_stream_stats - what the stream has done, for the status file
 * @connected:	a client is there and has said where to start
 * @streamed:	index of the next record to stream to it
 * @connections: how many clients have come
 */
struct lz_stream_stats {
	bool connected;
	u64 streamed;
	u64 connections;
};

/**
 * lz_stream_init() - make the task, which does nothing until lz_stream_start()
 *
 * Return: 0 or a negative errno.
 */
int lz_stream_init(void);

/**
 * lz_stream_start() - let it offer a vchan to dom0 and serve it
 *
 * Once the doorbell is known: HELLO names it.
 */
void lz_stream_start(void);

/**
 * lz_stream_exit() - undo lz_stream_init(), before lz_stream_start()
 */
void lz_stream_exit(void);

/**
 * lz_stream_quiesce() - say BYE, close, stand still until lz_stream_resume()
 *
 * Returns when the task stands still.  Process context.
 */
void lz_stream_quiesce(void);

/**
 * lz_stream_resume() - go on with a new vchan
 */
void lz_stream_resume(void);

/**
 * lz_stream_wake() - there is something to do; any context
 */
void lz_stream_wake(void);

/**
 * lz_stream_ring() - the doorbell rang where one cannot scan; any context
 * @time_ns:	when, CLOCK_REALTIME in ns
 */
void lz_stream_ring(u64 time_ns);

/**
 * lz_stream_tell_unload() - say BYE because somebody unloads us, and go on; any context
 */
void lz_stream_tell_unload(void);

/**
 * lz_stream_boot_nonce() - LZ_BOOT_NONCE_SIZE bytes, made once at load
 */
const u8 *lz_stream_boot_nonce(void);

/**
 * lz_stream_stats() - a snapshot
 */
void lz_stream_stats(struct lz_stream_stats *stats);

#endif /* LZ_STREAM_H */
