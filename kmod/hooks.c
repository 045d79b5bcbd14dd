// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/audit.h>
#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/ptrace.h>

#include "doorbell.h"
#include "hooks.h"

#define BELL_SYMBOL "integrity_audit_msg"

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

static void keep_ftrace_on(void)
{
	static bool there;
	int err;

	if (there)
		return;
	err = ftrace_set_filter_ip(&guard_ops, (unsigned long)guarded, 0, 0);
	if (!err)
		err = register_ftrace_function(&guard_ops);
	if (err)
		pr_warn("ftrace can be switched off: no guard, error %d\n", err);
	there = !err;
}

/*
 * Where direct calls are, the trampoline stands in front of the function, and
 * we run in the measuring task before IMA returns to it.
 */
#ifdef LZ_FTRACE_DIRECT

#ifdef LZ_FTRACE_DIRECT_BY_OPS
static struct ftrace_ops bell_ops;

static int install_ftrace(unsigned long ip)
{
	int err = ftrace_set_filter_ip(&bell_ops, ip, 0, 0);

	return err ?: register_ftrace_direct(&bell_ops, (unsigned long)lz_hooks_trampoline);
}
#else
static int install_ftrace(unsigned long ip)
{
	return register_ftrace_direct(ip, (unsigned long)lz_hooks_trampoline);
}
#endif

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

int lz_hooks_ftrace(void)
{
	unsigned long ip = bell_address();

	keep_ftrace_on();
	return ip ? install_ftrace(ip) : -ENOENT;
}

#else /* LZ_FTRACE_DIRECT */

int lz_hooks_ftrace(void)
{
	return -EOPNOTSUPP;
}

#endif /* LZ_FTRACE_DIRECT */

static int rung(struct kprobe *probe, struct pt_regs *regs)
{
	if ((int)regs_get_kernel_argument(regs, 0) == AUDIT_INTEGRITY_PCR)
		lz_doorbell_touch();
	return 0;
}

static struct kprobe bell_probe = {
	.symbol_name = BELL_SYMBOL,
	.pre_handler = rung,
};

int lz_hooks_kprobe(void)
{
	keep_ftrace_on();
	return register_kprobe(&bell_probe);
}
