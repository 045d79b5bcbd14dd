/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reboot of dom0 makes untrue of what the store remembers. */
#ifndef LAZARET_HOSTBOOT_H
#define LAZARET_HOSTBOOT_H

struct host;

/**
 * hostboot_check() - has dom0 been booted since we last ran?
 *
 * Then every domain is another one, although its number may be the same: no pause of ours is in
 * force, and none was made by us. To be called after vm_load_all(), before domains are looked for.
 */
void hostboot_check(struct host *host);

#endif
