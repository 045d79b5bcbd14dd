// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "hostile.h"

#define IDLE_MS	   5
#define GREET_LAPS 400 /* of IDLE_MS: how long we wait for RESUME */

static char *attack = "silent";
module_param(attack, charp, 0444);
MODULE_PARM_DESC(attack, "what to do to the client; tests/attacks/hostile/*.c list them");

/* For attacks on connecting itself: the orders are wrong before a client comes. */
static bool bad_page;
module_param(bad_page, bool, 0444);
MODULE_PARM_DESC(bad_page, "offer a page with impossible orders and grants");

u8 *hostile_scratch;
static struct task_struct *task;
static const struct attack *chosen;

static const struct attack *find(const struct attack *list)
{
	for (; list->name; list++)
		if (!strcmp(list->name, attack))
			return list;
	return NULL;
}

static void await_client(struct lz_vchan *v)
{
	while (!kthread_should_stop() && lz_vchan_peer(v) == LZ_PEER_AWAITED)
		msleep(IDLE_MS);
}

static void greet(struct lz_vchan *v)
{
	int lap;

	hostile_hello(v);
	for (lap = 0; lap < GREET_LAPS && !hostile_over(v); lap++) {
		if (lz_vchan_read(v, NULL, sizeof(struct lz_frame_hdr) + sizeof(struct lz_resume)))
			return;
		lz_vchan_ack(v);
		msleep(IDLE_MS);
	}
}

static void spoil_page(struct lz_vchan *v)
{
	v->page->left_order = 13;
	v->page->right_order = 20;
	memset(v->page->grants, 0xff, LZ_RIGHT_PAGES * sizeof(u32));
}

static void serve(struct lz_vchan *v)
{
	hostile_restart();
	if (bad_page)
		spoil_page(v);
	await_client(v);
	if (chosen->greet)
		greet(v);
	while (!hostile_over(v) && chosen->run(v)) {
		lz_vchan_ack(v);
		cond_resched();
	}
}

static void no_wake(void)
{
}

static int hostile_main(void *unused)
{
	while (!kthread_should_stop()) {
		struct lz_vchan *v = lz_vchan_open(0, no_wake);

		if (!IS_ERR(v)) {
			serve(v);
			lz_vchan_close(v);
		}
		msleep(IDLE_MS);
	}
	return 0;
}

static int __init hostile_init(void)
{
	chosen = find(hostile_frames) ?: find(hostile_rings);
	if (!chosen)
		return -EINVAL;
	hostile_scratch = kvzalloc(LZ_PAYLOAD_MAX, GFP_KERNEL);
	if (!hostile_scratch)
		return -ENOMEM;
	task = kthread_run(hostile_main, NULL, "hostile");
	if (IS_ERR(task)) {
		kvfree(hostile_scratch);
		return PTR_ERR(task);
	}
	return 0;
}

static void __exit hostile_exit(void)
{
	kthread_stop(task);
	kvfree(hostile_scratch);
}

module_init(hostile_init);
module_exit(hostile_exit);

MODULE_DESCRIPTION("Test: a guest that is hostile to lazaretd");
MODULE_LICENSE("GPL");
