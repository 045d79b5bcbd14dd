/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator may ask for over the control socket. */
#ifndef LAZARET_COMMANDS_H
#define LAZARET_COMMANDS_H

#include "ctl/ctl.h"

/* A ctl_handler; @arg is the struct host. */
json_t *commands_handle(void *arg, const struct ctl_peer *peer, const char *cmd,
			const json_t *request);

#endif
