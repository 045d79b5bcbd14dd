// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#ifdef LZ_IMA_NOTIFIER
#include <linux/ima_notify.h>
#endif

#include "chip.h"
#include "commit.h"
#include "doorbell.h"
#include "hooks.h"
#include "stream.h"
#include "tap.h"

static const char *const names[] = {
	[LZ_DOORBELL_POLL] = "poll",
	[LZ_DOORBELL_KPROBE] = "kprobe",
	[LZ_DOORBELL_FTRACE] = "ftrace",
	[LZ_DOORBELL_NOTIFIER] = "notifier",
};

static char *doorbell = "notifier";
module_param(doorbell, charp, 0444);
MODULE_PARM_DESC(doorbell, "best doorbell to try: notifier (default), ftrace, kprobe or poll");

static enum lz_doorbell mode = LZ_DOORBELL_POLL;
static atomic64_t rings = ATOMIC64_INIT(0);

enum lz_doorbell lz_doorbell_mode(void)
{
	return READ_ONCE(mode);
}

bool lz_doorbell_holds(void)
{
	return READ_ONCE(mode) >= LZ_DOORBELL_FTRACE;
}

const char *lz_doorbell_name(void)
{
	return names[READ_ONCE(mode)];
}

u64 lz_doorbell_rings(void)
{
	return atomic64_read(&rings);
}

void lz_doorbell_ring(void)
{
	unsigned int nofs = memalloc_nofs_save();

	atomic64_inc(&rings);
	lz_tap_scan(ktime_get_real_ns());
	lz_stream_wake();
	lz_commit_wait();
	memalloc_nofs_restore(nofs);
}

void lz_doorbell_touch(void)
{
	atomic64_inc(&rings);
	lz_stream_ring(ktime_get_real_ns());
}

#ifdef LZ_IMA_NOTIFIER

static int on_measurement(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (event == IMA_MEASUREMENT_UNEXTENDED)
		lz_chip_unextended();
	else
		lz_doorbell_ring();
	return NOTIFY_OK;
}

static struct notifier_block bell_notifier = {
	.notifier_call = on_measurement,
};

static int install_notifier(void)
{
	return ima_register_measurement_notifier(&bell_notifier);
}

#else /* LZ_IMA_NOTIFIER */

static int install_notifier(void)
{
	return -EOPNOTSUPP;
}

#endif /* LZ_IMA_NOTIFIER */

static int install_one(enum lz_doorbell bell)
{
	switch (bell) {
	case LZ_DOORBELL_NOTIFIER:
		return install_notifier();
	case LZ_DOORBELL_FTRACE:
		return lz_hooks_ftrace();
	case LZ_DOORBELL_KPROBE:
		return lz_hooks_kprobe();
	default:
		return 0;
	}
}

/* What this kernel does not have at all is no news. */
static enum lz_doorbell install(enum lz_doorbell best)
{
	int err;

	for (; best != LZ_DOORBELL_POLL; best--) {
		err = install_one(best);
		if (!err)
			return best;
		if (err != -EOPNOTSUPP)
			pr_warn("no doorbell %s: error %d\n", names[best], err);
	}
	return best;
}

void lz_doorbell_install(void)
{
	int best = match_string(names, ARRAY_SIZE(names), doorbell);

	if (best < 0) {
		pr_warn("doorbell=%s is unknown, taking the best\n", doorbell);
		best = LZ_DOORBELL_NOTIFIER;
	}
	WRITE_ONCE(mode, install(best));
}
