/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/notify.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "common/log.h"

#define SOCKET_VAR "NOTIFY_SOCKET"

static char *socket_name; /* NULL: systemd does not listen */
static bool watchdog;

void notify_take(void)
{
	const char *name = getenv(SOCKET_VAR);
	uint64_t usec;

	socket_name = name ? strdup(name) : NULL;
	watchdog = sd_watchdog_enabled(1, &usec) > 0;
	unsetenv(SOCKET_VAR);
}

/* It looks in the environment for the socket, and takes it out again. */
static void tell(const char *state)
{
	if (!socket_name)
		return;
	if (setenv(SOCKET_VAR, socket_name, 1) < 0 || sd_notify(1, state) < 0)
		log_warnx("systemd can't be told «%s»", state);
}

void notify_ready(void)
{
	tell("READY=1");
}

void notify_alive(void)
{
	if (watchdog)
		tell("WATCHDOG=1");
}
