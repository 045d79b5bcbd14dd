/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain that is being made is held paused where the daemon can't do that, because it does not run.
 *
 * The hotplug scripts that a toolstack runs for each device, before it starts the domain, are where
 * this is done (/etc/xen/scripts/lazaret-*). It is a pause of its own, besides the daemon's; a node in
 * xenstore, which the guest can't write, tells of it. Once the daemon runs and has its own pause in
 * force, or finds that none is needed, it ends this one.
 */
#ifndef LAZARET_STARTHOLD_H
#define LAZARET_STARTHOLD_H

#include <stddef.h>
#include <stdint.h>

struct xs_handle;
typedef struct xc_interface_core xc_interface;

#define STARTHOLD_UUID_SIZE 37
#define STARTHOLD_NAME_SIZE 128

/* Who a domain is. Return: 0; -1 if it does not exist, or that can't be read. */
int starthold_who(struct xs_handle *xs, xc_interface *xc, uint32_t domid,
		  char uuid[STARTHOLD_UUID_SIZE], char name[STARTHOLD_NAME_SIZE]);

/**
 * starthold_take() - hold it
 *
 * Scripts of several devices may run at once: one of them holds it.
 * Return: 0: it is held, or about to be by another script; -1: it could not be.
 */
int starthold_take(struct xs_handle *xs, xc_interface *xc, uint32_t domid);

/**
 * starthold_release() - end such a hold, if there is one
 *
 * Killed in between, the domain stays paused: never the other way round.
 * Return: 0; -1 after a message if Xen or xenstore refused.
 */
int starthold_release(struct xs_handle *xs, xc_interface *xc, uint32_t domid);

#endif
