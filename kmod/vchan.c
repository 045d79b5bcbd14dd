// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything in the shared page may change at any time.  What we own (our two
 * indices) we keep in struct lz_vchan and only ever write out; what the peer
 * owns we read once and bound.
 *
 * Barriers are virt_*() and the compiler's atomics: on a guest with one CPU
 * the kernel patches its own LOCK prefixes away, but the peer runs on another.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/build_bug.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>
#include <asm/xen/hypercall.h>
#include <xen/page.h>
#include <xen/xenbus.h>

#include "vchan.h"

#define NOTIFY_WRITE	0x1
#define NOTIFY_READ	0x2
#define CLIENT_LIVE	1
#define CLIENT_AWAITED	2
#define LEFT_OFFSET	1024 /* where a ring of order 10 lives */
#define KICKED		0 /* bit in lz_vchan.flags */
#define PUBLISH_RETRIES 64 /* of a transaction that others disturb */

static_assert(sizeof(struct lz_vchan_page) == 24);
static_assert(LZ_RING_LEFT_ORDER == 10);
static_assert(LZ_RING_RIGHT_ORDER >= 12);
static_assert(sizeof(struct lz_vchan_page) + LZ_RIGHT_PAGES * sizeof(u32) <= LEFT_OFFSET);
static_assert(PAGE_SIZE == XEN_PAGE_SIZE);

static u8 *left_ring(const struct lz_vchan *v)
{
	return (u8 *)v->page + LEFT_OFFSET;
}

/* Ask to be kicked. */
static void request(struct lz_vchan *v, u8 what)
{
	__atomic_fetch_or(&v->page->cli_notify, what, __ATOMIC_SEQ_CST);
	virt_mb(); /* before the caller looks again: who moves after that kicks */
}

/* Kick if asked to. */
static void notify(struct lz_vchan *v, u8 what)
{
	virt_mb(); /* our index is visible before we look who wants to know */
	if (__atomic_fetch_and(&v->page->srv_notify, (u8)~what, __ATOMIC_SEQ_CST) & what)
		notify_remote_via_evtchn(v->port);
}

static u32 look_space(struct lz_vchan *v)
{
	u32 untrusted_cons = READ_ONCE(v->page->right.cons);
	u32 used = v->right_prod - untrusted_cons;

	virt_mb(); /* what was read is read before we overwrite it */
	if (used > LZ_RIGHT_SIZE) {
		v->broken = true;
		return 0;
	}
	return LZ_RIGHT_SIZE - used;
}

static u32 look_ready(struct lz_vchan *v)
{
	u32 untrusted_prod = READ_ONCE(v->page->left.prod);
	u32 ready = untrusted_prod - v->left_cons;

	virt_rmb(); /* the index first, then the bytes that it covers */
	if (ready > LZ_LEFT_SIZE) {
		v->broken = true;
		return 0;
	}
	return ready;
}

static u32 space_for(struct lz_vchan *v, size_t want)
{
	u32 space = look_space(v);

	if (space >= want)
		return space;
	request(v, NOTIFY_READ);
	return look_space(v);
}

static bool has(struct lz_vchan *v, size_t want)
{
	if (look_ready(v) >= want)
		return true;
	request(v, NOTIFY_WRITE);
	return look_ready(v) >= want;
}

size_t lz_vchan_write(struct lz_vchan *v, const void *buf, size_t len)
{
	u32 at = v->right_prod % LZ_RIGHT_SIZE;
	size_t n = min_t(size_t, space_for(v, len), len);
	size_t first = min_t(size_t, n, LZ_RIGHT_SIZE - at);

	if (!n)
		return 0;
	memcpy(v->right + at, buf, first);
	memcpy(v->right, buf + first, n - first);
	virt_wmb(); /* the bytes first, then the index that covers them */
	v->right_prod += n;
	WRITE_ONCE(v->page->right.prod, v->right_prod);
	notify(v, NOTIFY_WRITE);
	return n;
}

bool lz_vchan_read(struct lz_vchan *v, void *buf, size_t len)
{
	u32 at = v->left_cons % LZ_LEFT_SIZE;
	size_t first = min_t(size_t, len, LZ_LEFT_SIZE - at);

	if (!has(v, len))
		return false;
	if (buf) {
		memcpy(buf, left_ring(v) + at, first);
		memcpy(buf + first, left_ring(v), len - first);
	}
	virt_mb(); /* we have our copy before the peer may overwrite it */
	v->left_cons += len;
	WRITE_ONCE(v->page->left.cons, v->left_cons);
	notify(v, NOTIFY_READ);
	return true;
}

void lz_vchan_expect_read(struct lz_vchan *v)
{
	request(v, NOTIFY_READ);
}

enum lz_peer lz_vchan_peer(const struct lz_vchan *v)
{
	u8 untrusted_live = READ_ONCE(v->page->cli_live);

	if (v->broken)
		return LZ_PEER_GONE;
	if (untrusted_live == CLIENT_AWAITED)
		return LZ_PEER_AWAITED;
	return untrusted_live == CLIENT_LIVE ? LZ_PEER_LIVE : LZ_PEER_GONE;
}

void lz_vchan_ack(struct lz_vchan *v)
{
	if (test_and_clear_bit(KICKED, &v->flags))
		xen_irq_lateeoi(v->irq, 0);
}

static irqreturn_t kicked(int irq, void *arg)
{
	struct lz_vchan *v = arg;

	set_bit(KICKED, &v->flags);
	v->wake();
	return IRQ_HANDLED;
}

/* The shared page is writable for the peer, the right ring is not. */
static int grant_pages(struct lz_vchan *v, domid_t peer)
{
	unsigned int i;
	int ref;

	for (i = 0; i < LZ_VCHAN_PAGES; i++) {
		v->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!v->pages[i])
			return -ENOMEM;
		ref = gnttab_grant_foreign_access(peer, xen_page_to_gfn(v->pages[i]), i > 0);
		if (ref < 0) {
			__free_page(v->pages[i]);
			return ref;
		}
		v->refs[i] = ref;
		v->granted++;
	}
	v->right = vmap(v->pages + 1, LZ_RIGHT_PAGES, VM_MAP, PAGE_KERNEL);
	return v->right ? 0 : -ENOMEM;
}

static void fill_page(struct lz_vchan *v)
{
	unsigned int i;

	v->page = page_address(v->pages[0]);
	v->page->left_order = LZ_RING_LEFT_ORDER;
	v->page->right_order = LZ_RING_RIGHT_ORDER;
	v->page->cli_live = CLIENT_AWAITED;
	v->page->srv_live = 1;
	v->page->cli_notify = NOTIFY_WRITE;
	for (i = 0; i < LZ_RIGHT_PAGES; i++)
		v->page->grants[i] = v->refs[i + 1];
}

static int bind_port(struct lz_vchan *v, domid_t peer)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = peer };
	struct evtchn_close close;
	int err;

	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	if (err)
		return err;
	v->port = alloc.port;
	err = bind_evtchn_to_irqhandler_lateeoi(v->port, kicked, 0, KBUILD_MODNAME, v);
	if (err < 0) {
		close.port = v->port;
		(void)HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
		return err;
	}
	v->irq = err;
	return 0;
}

static int write_keys(struct xenbus_transaction xbt, const struct lz_vchan *v)
{
	int err = xenbus_printf(xbt, LZ_XS_PATH, LZ_XS_RING_REF, "%u", v->refs[0]);

	return err ?: xenbus_printf(xbt, LZ_XS_PATH, LZ_XS_EVTCHN, "%u", v->port);
}

/* One transaction, so that a client never sees one key without the other. */
static int publish(const struct lz_vchan *v)
{
	struct xenbus_transaction xbt;
	int tries, err = 0;

	for (tries = 0; tries < PUBLISH_RETRIES; tries++) {
		err = xenbus_transaction_start(&xbt);
		if (err)
			return err;
		err = write_keys(xbt, v);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			return err;
		}
		err = xenbus_transaction_end(xbt, 0);
		if (err != -EAGAIN)
			break;
	}
	return err;
}

/* What was granted is given up: freed at once, or when the peer lets go of it. */
static void release(struct lz_vchan *v)
{
	if (v->irq)
		unbind_from_irqhandler(v->irq, v);
	if (v->right)
		vunmap(v->right);
	while (v->granted--)
		gnttab_end_foreign_access(v->refs[v->granted], v->pages[v->granted]);
	kfree(v);
}

struct lz_vchan *lz_vchan_open(domid_t peer, void (*wake)(void))
{
	struct lz_vchan *v = kzalloc(sizeof(*v), GFP_KERNEL);
	int err;

	if (!v)
		return ERR_PTR(-ENOMEM);
	v->wake = wake;
	err = grant_pages(v, peer);
	if (err)
		goto fail;
	fill_page(v);
	err = bind_port(v, peer);
	if (err)
		goto fail;
	err = publish(v);
	if (err)
		goto fail;
	return v;
fail:
	release(v);
	return ERR_PTR(err);
}

void lz_vchan_close(struct lz_vchan *v)
{
	if (!v)
		return;
	xenbus_rm(XBT_NIL, LZ_XS_PATH, LZ_XS_EVTCHN);
	xenbus_rm(XBT_NIL, LZ_XS_PATH, LZ_XS_RING_REF);
	WRITE_ONCE(v->page->srv_live, 0);
	virt_mb(); /* it is visible before the peer wakes to look */
	notify_remote_via_evtchn(v->port);
	release(v);
}
