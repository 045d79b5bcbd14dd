/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The xenstore nodes of a guest's TPM, device type «vtpm2».
 *
 * The toolstack knows nothing of it: the nodes are ours alone, so a running VM can be given a TPM
 * without its configuration. What is below the frontend's node is the guest's to write.
 */
#ifndef LAZARET_NODES_H
#define LAZARET_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;

/* A frontend that asks for its ring to be served. */
struct nodes_ring {
	uint32_t ref; /* grant */
	uint32_t port; /* event channel of the guest */
};

/* Called from the loop. */
struct nodes_calls {
	/* The frontend of a watched domain has changed something. */
	void (*changed)(void *arg, uint32_t domid);
	/* Some domain has stopped or gone. */
	void (*stopped)(void *arg);
	void *arg;
};

/* Connects to xenstore. Return: 0, or -1 after a message. */
int nodes_start(struct event_base *base, const struct nodes_calls *calls);

/**
 * nodes_create() - make the device, if it is not there, and the log; watch it
 * @log:	event log of the measured start, for the guest to read; @len may be 0
 *
 * Return: 0, or -1 after a message.
 */
int nodes_create(uint32_t domid, const uint8_t *log, size_t len);

/* Takes the backend's nodes away: the domain is gone, and took its own with it. */
void nodes_remove(uint32_t domid);

/* The frontend's state (enum xenbus_state), 0 if there is none or it makes no sense. */
int nodes_frontend_state(uint32_t domid);
void nodes_set_backend_state(uint32_t domid, int state);

/* Return: 0, or -1 if the frontend names no ring. */
int nodes_ring(uint32_t domid, struct nodes_ring *out);

#endif
