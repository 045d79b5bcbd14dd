/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control socket in a folder of its own, with its clients in the same process. */
#ifndef LAZARET_CTLBED_H
#define LAZARET_CTLBED_H

#include "ctl/ctl.h"

extern struct event_base *ctlbed_base;
extern struct ctl *ctlbed_ctl;
extern unsigned int ctlbed_handled; /* requests that came through */
extern char ctlbed_path[];

/* Set-up and tear-down of a test. */
int ctlbed_set_up(void **state);
int ctlbed_tear_down(void **state);

/*
 * The server's handler: «status» says who asks, «null» and «odd» misbehave, «long» is too long,
 * anything else is unknown.
 */
json_t *ctlbed_handler(void *arg, const struct ctl_peer *peer, const char *cmd,
		       const json_t *request);

/* Connects. The descriptor does not block. */
int ctlbed_dial(void);

/* Lets the server work for a moment. */
void ctlbed_turn(void);

/* Sends a text, and lets the server work. */
void ctlbed_say(int fd, const char *text);

/* The next line, without its newline; NULL at the end of the connection. */
const char *ctlbed_hear(int fd);

/* Fails unless the next line holds @part. */
void ctlbed_heard(int fd, const char *part);

#endif
