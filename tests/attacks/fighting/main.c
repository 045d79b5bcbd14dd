// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>

#include "fighting.h"

#define IDLE_MS 20

static bool flood;
module_param(flood, bool, 0644);
MODULE_PARM_DESC(flood, "flood xenstore and event channels, and write frontends' nodes again");

unsigned long fighting_nodes_tried, fighting_nodes_made;
unsigned long fighting_store_writes, fighting_events_sent;
module_param_named(nodes_tried, fighting_nodes_tried, ulong, 0444);
module_param_named(nodes_made, fighting_nodes_made, ulong, 0444);
module_param_named(store_writes, fighting_store_writes, ulong, 0444);
module_param_named(events_sent, fighting_events_sent, ulong, 0444);

static const struct fight fights[] = {
	{ "fight-nodes", &flood, fighting_nodes_lap },
	{ "fight-store", &flood, fighting_store_lap },
	{ "fight-events", &flood, fighting_events_lap },
};

static struct task_struct *tasks[ARRAY_SIZE(fights)];

static int set_refuse(const char *value, const struct kernel_param *param)
{
	return fighting_refuse();
}

static int set_spin(const char *value, const struct kernel_param *param)
{
	fighting_spin();
	return 0;
}

static const struct kernel_param_ops refuse_ops = { .set = set_refuse };
static const struct kernel_param_ops spin_ops = { .set = set_spin };

module_param_cb(refuse, &refuse_ops, NULL, 0200);
MODULE_PARM_DESC(refuse, "anything: never close a frontend, never give a grant back");
module_param_cb(spin, &spin_ops, NULL, 0200);
MODULE_PARM_DESC(spin, "anything: spin on all processors with interrupts off, for ever");

static int fight_main(void *arg)
{
	const struct fight *fight = arg;

	while (!kthread_should_stop()) {
		if (READ_ONCE(*fight->on))
			fight->lap();
		else
			msleep(IDLE_MS);
		cond_resched();
	}
	return 0;
}

static int __init fighting_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fights); i++) {
		tasks[i] = kthread_run(fight_main, (void *)&fights[i], "%s", fights[i].name);
		if (IS_ERR(tasks[i]))
			break;
	}
	if (i == ARRAY_SIZE(fights))
		return 0;
	while (i--)
		kthread_stop(tasks[i]);
	return -ENOMEM;
}

/* No exit: drivers point into it. */
module_init(fighting_init);

MODULE_DESCRIPTION("Test: a guest that fights its containment");
MODULE_LICENSE("GPL");
