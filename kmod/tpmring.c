// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locking: ring.lock guards page, generation and served; the page is touched
 * under it alone, so that it can be taken away from those who wait.  The TPM
 * core lets one command at a time through.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <asm/barrier.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/interface/io/tpmif.h>
#include <xen/page.h>
#include <xen/xenbus.h>

#include "tpmring.h"

#define SEND_PATIENCE	(60 * HZ) /* a backend that restarts, or a long command before ours */
#define ANSWER_PATIENCE (150 * HZ) /* longer than dom0 waits for its TPM */
#define DATA_OFFSET	8
#define GONE		0xff /* state of a ring that is not there */

static_assert(offsetof(struct vtpm_shared_page, extra_pages) == DATA_OFFSET);
static_assert(PAGE_SIZE - DATA_OFFSET == LZ_TPM_PACKET_MAX);

static struct {
	spinlock_t lock;
	struct vtpm_shared_page *page; /* NULL: no ring */
	bool served;
	u32 generation; /* of the ring that is there */
	u32 sent; /* generation that the last command went over */
	wait_queue_head_t wait;
	struct xenbus_device *xdev;
	int ref;
	evtchn_port_t port;
	int irq;
} ring = {
	.lock = __SPIN_LOCK_UNLOCKED(ring.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(ring.wait),
	.ref = -1,
};

static u8 *data_of(struct vtpm_shared_page *page)
{
	return (u8 *)page + DATA_OFFSET;
}

static irqreturn_t kicked(int irq, void *unused)
{
	wake_up(&ring.wait);
	return IRQ_HANDLED;
}

static int publish(struct xenbus_device *xdev)
{
	struct xenbus_transaction t;
	int err;

	do {
		err = xenbus_transaction_start(&t);
		if (err)
			return err;
		err = xenbus_printf(t, xdev->nodename, "ring-ref", "%u", ring.ref);
		if (!err)
			err = xenbus_printf(t, xdev->nodename, "event-channel", "%u", ring.port);
		if (!err)
			err = xenbus_printf(t, xdev->nodename, "feature-protocol-v2", "1");
		if (err) {
			xenbus_transaction_end(t, 1);
			return err;
		}
		err = xenbus_transaction_end(t, 0);
	} while (err == -EAGAIN);
	return err;
}

static int open_channel(struct xenbus_device *xdev)
{
	int err = xenbus_alloc_evtchn(xdev, &ring.port);

	if (err)
		return err;
	err = bind_evtchn_to_irqhandler(ring.port, kicked, 0, KBUILD_MODNAME "-tpm", &ring);
	if (err <= 0) {
		xenbus_free_evtchn(xdev, ring.port);
		return err ?: -EINVAL;
	}
	ring.irq = err;
	return 0;
}

int lz_tpmring_open(struct xenbus_device *xdev)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	int err;

	if (!page)
		return -ENOMEM;
	ring.ref = gnttab_grant_foreign_access(xdev->otherend_id, xen_page_to_gfn(page), 0);
	if (ring.ref < 0) {
		__free_page(page);
		return ring.ref;
	}
	spin_lock(&ring.lock);
	ring.page = page_address(page);
	ring.generation++;
	ring.served = false;
	spin_unlock(&ring.lock);
	err = open_channel(xdev);
	if (!err)
		err = publish(xdev);
	if (err)
		lz_tpmring_close();
	return err;
}

void lz_tpmring_close(void)
{
	struct vtpm_shared_page *page;

	spin_lock(&ring.lock);
	page = ring.page;
	ring.page = NULL;
	ring.served = false;
	spin_unlock(&ring.lock);
	wake_up_all(&ring.wait);
	if (ring.irq > 0)
		unbind_from_irqhandler(ring.irq, &ring);
	ring.irq = 0;
	/* While dom0 still has it mapped, the page is kept; then it is freed. */
	if (page)
		gnttab_end_foreign_access(ring.ref, virt_to_page(page));
	ring.ref = -1;
}

void lz_tpmring_serve(bool served)
{
	spin_lock(&ring.lock);
	ring.served = served && ring.page;
	spin_unlock(&ring.lock);
	wake_up_all(&ring.wait);
}

/* The state of the ring with that generation. */
static u8 state_of(u32 generation)
{
	u8 state = GONE;

	spin_lock(&ring.lock);
	if (ring.page && ring.generation == generation)
		state = READ_ONCE(ring.page->state);
	spin_unlock(&ring.lock);
	return state;
}

/* Submits, if nothing is under way.  Return: true if it did. */
static bool submit(const u8 *buf, size_t len)
{
	bool free;
	u8 state;

	spin_lock(&ring.lock);
	state = ring.page && ring.served ? READ_ONCE(ring.page->state) : GONE;
	free = state == VTPM_STATE_IDLE || state == VTPM_STATE_FINISH;
	if (free) {
		virt_mb(); /* the backend is through with the page */
		memcpy(data_of(ring.page), buf, len);
		WRITE_ONCE(ring.page->length, len);
		WRITE_ONCE(ring.page->locality, 0);
		WRITE_ONCE(ring.page->nr_extra_pages, 0);
		virt_wmb(); /* all of the command before it is submitted */
		WRITE_ONCE(ring.page->state, VTPM_STATE_SUBMIT);
		virt_mb(); /* submitted before the kick */
		ring.sent = ring.generation;
		notify_remote_via_evtchn(ring.port);
	}
	spin_unlock(&ring.lock);
	return free;
}

int lz_tpmring_send(const u8 *buf, size_t len)
{
	long left;

	if (len > LZ_TPM_PACKET_MAX)
		return -E2BIG;
	left = wait_event_killable_timeout(ring.wait, submit(buf, len), SEND_PATIENCE);
	if (left < 0)
		return -EINTR;
	return left ? 0 : -ETIME;
}

static int take(u8 *buf, size_t size)
{
	u32 untrusted_length;
	int n = -EPIPE;

	spin_lock(&ring.lock);
	if (ring.page && ring.generation == ring.sent) {
		virt_rmb(); /* the state was read before what it announces */
		untrusted_length = READ_ONCE(ring.page->length);
		n = -EIO;
		if (untrusted_length <= LZ_TPM_PACKET_MAX && untrusted_length <= size) {
			memcpy(buf, data_of(ring.page), untrusted_length);
			n = untrusted_length;
		}
	}
	spin_unlock(&ring.lock);
	return n;
}

static bool answered(void)
{
	u8 state = state_of(ring.sent);

	return state != VTPM_STATE_SUBMIT && state != VTPM_STATE_CANCEL;
}

int lz_tpmring_receive(u8 *buf, size_t size)
{
	long left = wait_event_killable_timeout(ring.wait, answered(), ANSWER_PATIENCE);

	if (left < 0)
		return -EINTR;
	if (!left)
		return -ETIME;
	return take(buf, size);
}
