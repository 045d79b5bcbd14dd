// SPDX-License-Identifier: GPL-2.0-only
/*
 * delete_module() calls the notifiers without module_mutex, after it has marked
 * the module and before it takes anything away.  So all of it works on.
 *
 * The task that sleeps here for ever holds the chain of notifiers for reading.
 * Other modules can be loaded and unloaded beside it; one that registers or
 * unregisters a notifier of its own waits for ever, and those after it.  That is
 * the price of tampering, in a guest that dom0 is about to contain, and it is
 * less than the alternative: tasks that run in freed memory.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/limits.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>

#include "commit.h"
#include "guard.h"
#include "stream.h"

/* Neither a signal nor time ends it; a guest can be suspended meanwhile. */
static void sleep_for_ever(void)
{
	for (;;) {
		set_current_state(TASK_IDLE | TASK_FREEZABLE_UNSAFE);
		schedule();
	}
}

static int on_module(struct notifier_block *nb, unsigned long state, void *module)
{
	if (module != THIS_MODULE || state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	pr_crit("%s[%d] unloads this module by force: it stays, and dom0 is told\n", current->comm,
		task_pid_nr(current));
	lz_commit_tamper();
	lz_stream_tell_unload();
	sleep_for_ever();
	return NOTIFY_DONE;
}

/* Before the others, which would take away what belongs to the module. */
static struct notifier_block notifier = {
	.notifier_call = on_module,
	.priority = INT_MAX,
};

int lz_guard_init(void)
{
	return register_module_notifier(&notifier);
}

void lz_guard_exit(void)
{
	unregister_module_notifier(&notifier);
}
