/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps that end and begin a VM's domain. */
#ifndef LAZARET_DOMAIN_H
#define LAZARET_DOMAIN_H

#include "vm/tx.h"

/* Destroys the domain and waits until it is gone; none: done. */
int domain_destroy(struct tx *tx);

/* Makes a domain, paused, of a config (ts_config()), with a label, with or without cards and passthrough devices. */
int domain_create(struct tx *tx, const json_t *config, const char *label, bool whole);

/* Lets a new domain run. */
int domain_boot(struct tx *tx);

#endif
