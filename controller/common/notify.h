/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What systemd is told of the daemon (sd_notify(3)). Started by anything else, it tells nobody. */
#ifndef LAZARET_NOTIFY_H
#define LAZARET_NOTIFY_H

/* Takes systemd's socket out of the environment: no child is to speak for us. Before the others. */
void notify_take(void);

/* All domains are watched. */
void notify_ready(void);

/* The event loop turns; to be called more often than WatchdogSec of the unit says. */
void notify_alive(void);

#endif
