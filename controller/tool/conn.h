/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tool's end of the control socket; ctl/ctl.h has the protocol. */
#ifndef LAZARET_TOOL_CONN_H
#define LAZARET_TOOL_CONN_H

#include <jansson.h>

#define CONN_DEFAULT_SOCKET "/run/lazaret/ctl.sock"
#define CONN_SOCKET_ENV	    "LAZARET_SOCKET"
#define CONN_WAIT_SECONDS   30 /* for an answer; the daemon answers at once or never */
#define CONN_FOREVER	    (-1) /* for an event, or until nobody reads our output any more */

struct conn;

/**
 * conn_open() - connect to the daemon
 * @path:	of its socket; NULL: that of the environment, or the usual one
 * @status:	set to an exit status on failure
 *
 * Return: to be given to conn_close(); NULL after a message.
 */
struct conn *conn_open(const char *path, int *status);
void conn_close(struct conn *conn);

/* Sends a request. A failure shows when the answer is read: there may be one all the same. */
void conn_send(struct conn *conn, const json_t *request);

/**
 * conn_read() - wait for the next line
 * @seconds:	how long at most, or CONN_FOREVER
 * @status:	set to an exit status if NULL is returned
 *
 * Return: a new reference to the object it holds; NULL after a message. With CONN_FOREVER also NULL
 * with status 0, without a message, when stdout has no reader left.
 */
json_t *conn_read(struct conn *conn, int seconds, int *status);

#endif
