/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The server's end of a Xen vchan, in the kernel (Xen: libxenvchan.h, the
 * public header io/libxenvchan.h).  We write «right» and read «left».
 *
 * Locking: none.  One task owns a vchan; only its interrupt comes from
 * elsewhere, and that touches nothing but the wake function.
 */
#ifndef LZ_VCHAN_H
#define LZ_VCHAN_H

#include <linux/types.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <uapi/lazaret.h>

#define LZ_LEFT_SIZE   (1U << LZ_RING_LEFT_ORDER)
#define LZ_RIGHT_SIZE  (1U << LZ_RING_RIGHT_ORDER)
#define LZ_RIGHT_PAGES (LZ_RIGHT_SIZE / XEN_PAGE_SIZE)
#define LZ_VCHAN_PAGES (1 + LZ_RIGHT_PAGES)

struct lz_ring {
	u32 cons;
	u32 prod;
};

/**
 * struct lz_vchan_page - what both ends share
 * @left:	client writes, server reads
 * @right:	server writes, client reads
 * @left_order:	log2 of the left ring's bytes; 10: at offset 1024 of this page
 * @right_order: log2 of the right ring's bytes; 12 and more: pages of its own
 * @cli_live:	2 never connected, 1 connected, 0 gone
 * @srv_live:	1 we are there, 0 we have closed
 * @cli_notify:	what the client shall kick us for
 * @srv_notify:	what we shall kick the client for
 * @grants:	grant references of the right ring's pages
 */
struct lz_vchan_page {
	struct lz_ring left, right;
	u16 left_order, right_order;
	u8 cli_live, srv_live;
	u8 cli_notify, srv_notify;
	u32 grants[];
};

enum lz_peer {
	LZ_PEER_AWAITED, /* nobody has connected yet */
	LZ_PEER_LIVE,
	LZ_PEER_GONE, /* gone, or talks nonsense: make a new vchan */
};

/**
 * struct lz_vchan - one vchan; use the functions below
 * @page:	the shared page
 * @right:	the right ring, in one piece
 * @pages:	shared page first, then the right ring's
 * @refs:	their grants
 * @granted:	how many of @refs are valid
 * @left_cons:	our index into left; the peer's view of it is a copy
 * @right_prod:	our index into right, likewise
 * @port:	event channel
 * @irq:	its interrupt; 0 if not bound
 * @flags:	bit 0: the interrupt waits for its end-of-interrupt
 * @broken:	the peer's indices are impossible
 * @wake:	called in interrupt context when the peer kicks
 */
struct lz_vchan {
	struct lz_vchan_page *page;
	u8 *right;
	struct page *pages[LZ_VCHAN_PAGES];
	grant_ref_t refs[LZ_VCHAN_PAGES];
	unsigned int granted;
	u32 left_cons;
	u32 right_prod;
	evtchn_port_t port;
	int irq;
	unsigned long flags;
	bool broken;
	void (*wake)(void);
};

/**
 * lz_vchan_open() - make rings and a port, and say in xenstore where they are
 * @peer:	the domain that may connect
 * @wake:	called from the interrupt; must not sleep
 *
 * Return: a vchan that the caller ends with lz_vchan_close(), or an ERR_PTR.
 */
struct lz_vchan *lz_vchan_open(domid_t peer, void (*wake)(void));

/**
 * lz_vchan_close() - take the keys away, tell the peer, give everything back
 * @v:	a vchan, or NULL
 *
 * Pages that the peer still maps are freed when it lets go of them; what it
 * had not read yet it can still read.
 */
void lz_vchan_close(struct lz_vchan *v);

/**
 * lz_vchan_peer() - is anybody there?
 */
enum lz_peer lz_vchan_peer(const struct lz_vchan *v);

/**
 * lz_vchan_write() - write as much as fits, never wait
 * @v:		vchan
 * @buf:	bytes to send
 * @len:	how many
 *
 * Return: bytes written; if fewer than @len, the peer's next read kicks us.
 */
size_t lz_vchan_write(struct lz_vchan *v, const void *buf, size_t len);

/**
 * lz_vchan_read() - read exactly @len bytes or none, never wait
 * @v:		vchan
 * @buf:	gets the bytes; NULL drops them
 * @len:	how many, at most LZ_LEFT_SIZE
 *
 * Return: true if read; if not, the peer's next write kicks us.
 */
bool lz_vchan_read(struct lz_vchan *v, void *buf, size_t len);

/**
 * lz_vchan_expect_read() - be kicked when the peer next reads
 */
void lz_vchan_expect_read(struct lz_vchan *v);

/**
 * lz_vchan_ack() - let the peer's next kick through
 *
 * The port stays masked from a kick until here, so that a peer cannot hold
 * this CPU with interrupts.
 */
void lz_vchan_ack(struct lz_vchan *v);

#endif /* LZ_VCHAN_H */
