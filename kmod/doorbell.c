// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/audit.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "commit.h"
#include "doorbell.h"
#include "stream.h"
#include "tap.h"

#define BELL_SYMBOL "integrity_audit_msg"

static const char *const names[] = {
	[LZ_DOORBELL_POLL] = "poll",
	[LZ_DOORBELL_KPROBE] = "kprobe",
	[LZ_DOORBELL_FTRACE] = "ftrace",
};

static char *doorbell = "ftrace";
module_param(doorbell, charp, 0444);
MODULE_PARM_DESC(doorbell, "best doorbell to try: ftrace (default), kprobe or poll");

static enum lz_doorbell mode = LZ_DOORBELL_POLL;
static atomic64_t rings = ATOMIC64_INIT(0);

enum lz_doorbell lz_doorbell_mode(void)
{
	return READ_ONCE(mode);
}

const char *lz_doorbell_name(void)
{
	return names[READ_ONCE(mode)];
}

u64 lz_doorbell_rings(void)
{
	return atomic64_read(&rings);
}

/*
 * Where direct calls are, the trampoline stands in front of the function, and
 * we run in the measuring task before IMA returns to it.
 */
#ifdef LZ_FTRACE_DIRECT

void lz_doorbell_ring(void)
{
	unsigned int nofs = memalloc_nofs_save();

	atomic64_inc(&rings);
	lz_tap_scan(ktime_get_real_ns());
	lz_stream_wake();
	lz_commit_wait();
	memalloc_nofs_restore(nofs);
}

#ifdef LZ_FTRACE_DIRECT_BY_OPS
static struct ftrace_ops bell_ops;

static int install_ftrace(unsigned long ip)
{
	int err = ftrace_set_filter_ip(&bell_ops, ip, 0, 0);

	return err ?: register_ftrace_direct(&bell_ops, (unsigned long)lz_doorbell_trampoline);
}
#else
static int install_ftrace(unsigned long ip)
{
	return register_ftrace_direct(ip, (unsigned long)lz_doorbell_trampoline);
}
#endif

#else /* LZ_FTRACE_DIRECT */

static int install_ftrace(unsigned long ip)
{
	return -EOPNOTSUPP;
}

#endif /* LZ_FTRACE_DIRECT */

/*
 * While an ops with PERMANENT is registered, ftrace cannot be switched off by
 * sysctl.  Direct calls lose that flag on some kernels and kprobes on ftrace
 * never had it, so we keep a guard of our own, on a function of our own that
 * nobody calls.
 */
static void guard_nothing(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			  struct ftrace_regs *fregs)
{
}

static noinline void guarded(void)
{
	barrier();
}

static struct ftrace_ops guard_ops = {
	.func = guard_nothing,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static int install_guard(void)
{
	int err = ftrace_set_filter_ip(&guard_ops, (unsigned long)guarded, 0, 0);

	return err ?: register_ftrace_function(&guard_ops);
}

static int rung(struct kprobe *probe, struct pt_regs *regs)
{
	if ((int)regs_get_kernel_argument(regs, 0) != AUDIT_INTEGRITY_PCR)
		return 0;
	atomic64_inc(&rings);
	lz_stream_ring(ktime_get_real_ns());
	return 0;
}

static struct kprobe bell_probe = {
	.symbol_name = BELL_SYMBOL,
	.pre_handler = rung,
};

/* kallsyms_lookup_name() is not for modules; a kprobe finds addresses too. */
static unsigned long bell_address(void)
{
	struct kprobe probe = { .symbol_name = BELL_SYMBOL };
	unsigned long ip;

	if (register_kprobe(&probe))
		return 0;
	ip = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return ip;
}

static enum lz_doorbell install(enum lz_doorbell best)
{
	unsigned long ip = best == LZ_DOORBELL_FTRACE ? bell_address() : 0;
	int err;

	if (ip) {
		err = install_ftrace(ip);
		if (!err)
			return LZ_DOORBELL_FTRACE;
		pr_warn("no direct call at %s: error %d\n", BELL_SYMBOL, err);
	}
	if (best >= LZ_DOORBELL_KPROBE) {
		err = register_kprobe(&bell_probe);
		if (!err)
			return LZ_DOORBELL_KPROBE;
		pr_warn("no kprobe at %s: error %d\n", BELL_SYMBOL, err);
	}
	return LZ_DOORBELL_POLL;
}

void lz_doorbell_install(void)
{
	int best = match_string(names, ARRAY_SIZE(names), doorbell);
	int err;

	if (best < 0) {
		pr_warn("doorbell=%s is unknown, taking %s\n", doorbell, names[LZ_DOORBELL_FTRACE]);
		best = LZ_DOORBELL_FTRACE;
	}
	if (best != LZ_DOORBELL_POLL) {
		err = install_guard();
		if (err)
			pr_warn("ftrace can be switched off: no guard, error %d\n", err);
	}
	WRITE_ONCE(mode, install(best));
}
