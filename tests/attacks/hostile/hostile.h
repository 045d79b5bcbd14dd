/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that lies, floods, stalls and hangs up: dom0's controller must take
 * all of it, keep the VM untrusted, and go on serving the others.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <linux/types.h>
#include <uapi/lazaret.h>

#include "vchan.h"

/**
 * struct attack - one way to be hostile
 * @name:	value of the module's parameter «attack»
 * @greet:	a proper HELLO first, and wait for RESUME
 * @run:	called with a client there; true: call again, false: hang up
 */
struct attack {
	const char *name;
	bool greet;
	bool (*run)(struct lz_vchan *v);
};

extern const struct attack hostile_frames[]; /* ends with a NULL name */
extern const struct attack hostile_rings[]; /* likewise */

/* Should what we do end: the module is unloaded or the client is gone. */
bool hostile_over(const struct lz_vchan *v);

/* Writes all of it, unless it is over. */
void hostile_write(struct lz_vchan *v, const void *buf, size_t len);

/* A good header, but for what the caller spoils. */
struct lz_frame_hdr hostile_header(u16 type, u32 length);

/* A whole frame with a good header. */
void hostile_send(struct lz_vchan *v, u16 type, const void *payload, u32 length);

/* A good HELLO with a boot nonce of its own. */
void hostile_hello(struct lz_vchan *v);

/* A RECORD around @len bytes, with the next index. */
void hostile_record(struct lz_vchan *v, const void *data, u32 len);

/* A record that looks like any other; its template hash is wrong. Returns its bytes. */
u32 hostile_plausible(u8 *buf);

/* Begin frames and records from 0 again, for a new client. */
void hostile_restart(void);

/* Scratch of LZ_PAYLOAD_MAX bytes. */
extern u8 *hostile_scratch;

#endif /* HOSTILE_H */
