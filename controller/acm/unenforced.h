/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not denied to a VM that is cut off, for people: nobody shall take devices for everything. */
#ifndef LAZARET_UNENFORCED_H
#define LAZARET_UNENFORCED_H

#include <jansson.h>

struct host;
struct vm;

/* Of every VM on this host. Return: a new array of texts, empty if all is enforced. */
json_t *unenforced_host(const struct host *host);

/* Of this one, besides, in the incident that is going on. Empty if it is in none. */
json_t *unenforced_vm(const struct vm *vm);

#endif
