/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's end of a guest's vchan: libxenvchan, without ever waiting for the guest. */
#ifndef LAZARET_CHANNEL_H
#define LAZARET_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct channel;

/**
 * channel_open() - connect to the module in a guest (needs root: grants, event channels, xenstore)
 *
 * Return: the channel, or NULL: there is no server, or its rings make no sense.
 */
struct channel *channel_open(uint32_t domid);

/* File that is readable when the guest notified; then channel_rang() is to be called. */
int channel_fd(const struct channel *ch);
void channel_rang(struct channel *ch);

/**
 * channel_read() - take bytes from the ring, whether the guest notified or not
 * @why:	set on -1
 *
 * Return: bytes read; 0: none there; -1: closed, or the guest's ring indices are impossible.
 */
ssize_t channel_read(struct channel *ch, void *buf, size_t size, const char **why);

/* Writes all of it or nothing. Return: 0, or -1 if the guest leaves no room. */
int channel_write(struct channel *ch, const void *buf, size_t size);

/* Number of the one ioctl that an open channel goes on using. */
unsigned long channel_ioctl(void);

#endif
