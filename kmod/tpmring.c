// SPDX-License-Identifier: GPL-2.0-only
/*
 * Locking: ring.lock guards what is written in submit() and what decides it;
 * the page is touched under it alone, so that it can be taken away from those
 * who wait.  The TPM core lets one command at a time through.  Opening and
 * closing is for the caller to serialise.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tpm.h>
#include <linux/wait.h>
#include <asm/barrier.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/interface/io/tpmif.h>
#include <xen/page.h>
#include <xen/xenbus.h>

#include "freezable.h"
#include "tpmring.h"

#define HURRY		(2 * HZ) /* instead, when the guest goes down */
#define DATA_OFFSET	8
#define GONE		0xff /* state of a ring that is not there */

static_assert(offsetof(struct vtpm_shared_page, extra_pages) == DATA_OFFSET);
static_assert(PAGE_SIZE - DATA_OFFSET == LZ_TPM_PACKET_MAX);

/* The beginning of a TPM2_PCR_Extend. */
struct extend_command {
	struct tpm_header header;
	__be32 pcr;
} __packed;

static struct {
	spinlock_t lock;
	struct vtpm_shared_page *page; /* NULL: no ring */
	bool served;
	bool paused;
	bool hurry;
	u32 generation; /* of the ring that is there */
	u32 sent; /* generation that the last command went over */
	bool extends; /* the last command may not be broken off; the TPM core's lock guards it */
	u32 session;
	struct task_struct *bound; /* what it sends goes in that session only */
	u32 bound_session;
	wait_queue_head_t wait;
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
	ring.paused = false;
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

void lz_tpmring_serve(void)
{
	spin_lock(&ring.lock);
	ring.served = ring.page;
	if (ring.served)
		WRITE_ONCE(ring.session, ring.session + 1);
	spin_unlock(&ring.lock);
	wake_up_all(&ring.wait);
}

void lz_tpmring_pause(bool paused)
{
	spin_lock(&ring.lock);
	ring.paused = paused;
	spin_unlock(&ring.lock);
	wake_up_all(&ring.wait);
}

bool lz_tpmring_published(struct xenbus_device *xdev)
{
	return xenbus_read_unsigned(xdev->nodename, "ring-ref", 0) == (unsigned int)ring.ref &&
	       xenbus_read_unsigned(xdev->nodename, "event-channel", 0) == ring.port &&
	       xenbus_read_unsigned(xdev->nodename, "state", XenbusStateUnknown) == xdev->state;
}

bool lz_tpmring_served(void)
{
	return READ_ONCE(ring.served) && !READ_ONCE(ring.paused);
}

u32 lz_tpmring_session(void)
{
	return READ_ONCE(ring.session);
}

void lz_tpmring_bind(u32 session)
{
	spin_lock(&ring.lock);
	ring.bound = current;
	ring.bound_session = session;
	spin_unlock(&ring.lock);
}

void lz_tpmring_hurry(void)
{
	WRITE_ONCE(ring.hurry, true);
	wake_up_all(&ring.wait);
}

bool lz_tpmring_hurries(void)
{
	return READ_ONCE(ring.hurry);
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

/*
 * Where IMA extends by itself, it does so in the task that is being measured:
 * were that killed meanwhile, the PCR would never again be what the list says.
 */
static bool is_extend(const u8 *buf, size_t len)
{
	const struct tpm_header *header = (const struct tpm_header *)buf;

	return len >= sizeof(*header) && be32_to_cpu(header->ordinal) == TPM2_CC_PCR_EXTEND;
}

bool lz_tpmring_extends(const u8 *buf, size_t len, u32 pcr)
{
	const struct extend_command *command = (const struct extend_command *)buf;

	return len >= sizeof(*command) && is_extend(buf, len) && be32_to_cpu(command->pcr) == pcr;
}

/*
 * Waits until @ready says other than 0, bounded; who waits when the guest goes
 * down waits a moment longer.  Return: what it said; -ETIME; -EINTR.
 */
static int await(int (*ready)(const u8 *buf, size_t len), const u8 *buf, size_t len, bool killable,
		 long patience)
{
	unsigned int state = killable ? TASK_KILLABLE : TASK_IDLE;
	int rc = 0;
	long left = lz_wait_timeout(ring.wait, (rc = ready(buf, len)) || READ_ONCE(ring.hurry),
				    state, patience);

	if (!rc && left > 0)
		left = lz_wait_timeout(ring.wait, (rc = ready(buf, len)), state, HURRY);
	if (rc)
		return rc;
	return left < 0 ? -EINTR : -ETIME;
}

static void put_command(const u8 *buf, size_t len)
{
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

/* Submits, if nothing is under way.  Return: 1 if it did; 0; -EPIPE if it never will. */
static int submit(const u8 *buf, size_t len)
{
	u8 state = GONE;
	int rc = 0;

	spin_lock(&ring.lock);
	if (ring.bound == current && ring.bound_session != ring.session)
		rc = -EPIPE;
	else if (ring.page && ring.served && !ring.paused)
		state = READ_ONCE(ring.page->state);
	if (state == VTPM_STATE_IDLE || state == VTPM_STATE_FINISH) {
		put_command(buf, len);
		rc = 1;
	}
	spin_unlock(&ring.lock);
	return rc;
}

int lz_tpmring_send(const u8 *buf, size_t len, long patience)
{
	int rc;

	if (len > LZ_TPM_PACKET_MAX)
		return -E2BIG;
	ring.extends = is_extend(buf, len);
	rc = await(submit, buf, len, !ring.extends, patience);
	return rc < 0 ? rc : 0;
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

static int answered(const u8 *buf, size_t len)
{
	u8 state = state_of(ring.sent);

	return state != VTPM_STATE_SUBMIT && state != VTPM_STATE_CANCEL;
}

int lz_tpmring_receive(u8 *buf, size_t size, long patience)
{
	int rc = await(answered, NULL, 0, !ring.extends, patience);

	return rc < 0 ? rc : take(buf, size);
}
