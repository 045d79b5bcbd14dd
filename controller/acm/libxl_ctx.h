/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libxl inside a libevent loop; private to controller/acm/. */
#ifndef LAZARET_LIBXL_CTX_H
#define LAZARET_LIBXL_CTX_H

#include <event2/event.h>
#include <libxl.h>
#include <xenctrl.h>
#include <xenstore.h>
#include <xentoollog.h>

#include "acm/toolstack.h"

struct ts {
	struct event_base *base;
	xentoollog_logger *logger;
	libxl_ctx *ctx;
	xc_interface *xc;
	struct xs_handle *xs;
	bool flask;
};

/* One asynchronous operation: what libxl must find unchanged until it is through. */
struct ts_op {
	struct ts *ts;
	ts_done *done;
	void *arg;
	int rc;
	uint32_t domid;
	libxl_domain_config config;
	libxl_device_nic nic;
	libxl_device_disk disk;
	libxl_device_pci pci;
	libxl_asyncop_how how;
};

/* Gives libxl's files and timers to the loop. To be called before any other use of the context. */
void libxl_ctx_register(struct ts *ts);

/* Return: a new operation with its «how» filled in; never NULL: without memory the daemon ends. */
struct ts_op *ts_op_new(struct ts *ts, ts_done *done, void *arg);

/* Ends an operation that libxl refused to start (@rc) or takes libxl's word (0: started). */
void ts_op_started(struct ts_op *op, int rc);

/* Are the cards that the domain has just those of @nics, a config's? No, if that can't be read. */
bool nics_are(struct ts *ts, uint32_t domid, const json_t *nics);

/* Has its device model emulated cards (still)? No, if that can't be seen. */
bool emulated_cards_are(struct ts *ts, uint32_t domid);

/* Calls @done from the loop. */
void ts_done_later(struct ts *ts, ts_done *done, void *arg, int rc);

#endif
