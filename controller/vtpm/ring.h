/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page that a guest's TPM frontend shares with us (Xen: xen/include/public/io/tpmif.h,
 * protocol version 2): one command or one response at a time.
 *
 * The guest can write the page at any moment, so each field is read once, then checked.
 */
#ifndef LAZARET_RING_H
#define LAZARET_RING_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/io/tpmif.h>

#define RING_PAGE_SIZE 4096

/* Where data lies without extra pages: Linux counts from the end of the header. */
#define RING_HEADER_SIZE 8
#define RING_DATA_MAX	 (RING_PAGE_SIZE - RING_HEADER_SIZE)

enum ring_state {
	RING_NOTHING, /* no command there */
	RING_COMMAND, /* copied */
	RING_REFUSED, /* what is there is no command: an error was answered, kick the guest */
};

/**
 * ring_take() - look for a command
 * @page:	the shared page
 * @cmd:	RING_DATA_MAX bytes; a whole command whose header says the length that it has
 * @len:	its length
 */
enum ring_state ring_take(void *page, uint8_t *cmd, size_t *len);

/**
 * ring_answer() - give a response
 * @len:	at most RING_DATA_MAX; more is answered as TPM_RC_SIZE
 */
void ring_answer(void *page, const uint8_t *rsp, size_t len);

/* Answers a command with nothing but an error. */
void ring_answer_error(void *page, uint32_t rc);

/**
 * ring_abandon() - for a page that another of our processes served before
 *
 * A command that lies there was perhaps carried out: it is answered with TPM_RC_CANCELED, and the
 * guest reads its PCRs to know.
 *
 * Return: 1 if there was one, 0 if not.
 */
int ring_abandon(void *page);

#endif
