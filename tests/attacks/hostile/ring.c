// SPDX-License-Identifier: GPL-2.0-only
/* Lies in the shared page and in xenstore. */
#include <linux/delay.h>
#include <linux/random.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "hostile.h"

#define PAUSE_MS 20

static bool kick(struct lz_vchan *v)
{
	notify_remote_via_evtchn(v->port);
	msleep(PAUSE_MS);
	return true;
}

static bool far_prod(struct lz_vchan *v)
{
	WRITE_ONCE(v->page->right.prod, v->right_prod + (1U << 20));
	return kick(v);
}

static bool back_prod(struct lz_vchan *v)
{
	WRITE_ONCE(v->page->right.prod, v->right_prod - 1);
	return kick(v);
}

static bool far_cons(struct lz_vchan *v)
{
	WRITE_ONCE(v->page->left.cons, v->left_cons + (1U << 20));
	return kick(v);
}

static bool random_indices(struct lz_vchan *v)
{
	get_random_bytes(&v->page->right, sizeof(v->page->right));
	get_random_bytes(&v->page->left, sizeof(v->page->left));
	return kick(v);
}

/* A full ring of noise, again and again: no header is ever good. */
static bool noise(struct lz_vchan *v)
{
	get_random_bytes(hostile_scratch, 4096);
	hostile_write(v, hostile_scratch, 4096);
	return true;
}

static bool orders(struct lz_vchan *v)
{
	WRITE_ONCE(v->page->right_order, 31);
	WRITE_ONCE(v->page->left_order, 0xffff);
	return kick(v);
}

static bool live(struct lz_vchan *v)
{
	WRITE_ONCE(v->page->srv_live, get_random_u32());
	return kick(v);
}

static bool storm(struct lz_vchan *v)
{
	notify_remote_via_evtchn(v->port);
	cond_resched();
	return true;
}

/* Keys that no client should follow; the watch in dom0 sees each of them. */
static bool keys(struct lz_vchan *v)
{
	static const char *const values[] = { "-1", "", "99999999999999999999", "0", "abc" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		xenbus_write(XBT_NIL, LZ_XS_PATH, LZ_XS_RING_REF, values[i]);
		xenbus_write(XBT_NIL, LZ_XS_PATH, LZ_XS_EVTCHN, values[i]);
		msleep(PAUSE_MS);
	}
	return false;
}

static bool hang_up(struct lz_vchan *v)
{
	return false;
}

const struct attack hostile_rings[] = {
	{ "prod", true, far_prod },
	{ "prod-back", true, back_prod },
	{ "cons", true, far_cons },
	{ "indices", false, random_indices },
	{ "noise", false, noise },
	{ "orders", true, orders },
	{ "live", true, live },
	{ "storm", true, storm },
	{ "keys", false, keys },
	{ "hang-up", false, hang_up },
	{}
};
