// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compat.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "modules.h"

static char *modules = "measured";
module_param(modules, charp, 0444);
MODULE_PARM_DESC(modules, "which to take: measured (default: from a file, or signed) or any");

/* In which system call are we?  What is not known reads no file. */
static bool is_from_file(void)
{
	int nr = syscall_get_nr(current, current_pt_regs());

#ifdef CONFIG_IA32_EMULATION
	if (in_ia32_syscall())
		return nr == __NR_ia32_finit_module;
#endif
	return nr == __NR_finit_module;
}

/* Before any code of it runs. */
static int on_module(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *module = data;

	if (state != MODULE_STATE_COMING || is_from_file() || module_sig_ok(module))
		return NOTIFY_DONE;
	pr_err("%s[%d]: module %s is refused: from memory it is not measured, nor is its signer known (modules=any takes it)\n",
	       current->comm, task_pid_nr(current), module->name);
	return notifier_from_errno(-EPERM);
}

static struct notifier_block notifier = {
	.notifier_call = on_module,
};

void lz_modules_watch(void)
{
	int err;

	if (!strcmp(modules, "any"))
		return;
	if (strcmp(modules, "measured"))
		pr_warn("modules=%s is unknown, taking measured\n", modules);
	err = register_module_notifier(&notifier);
	if (err)
		pr_warn("modules from memory are not refused: error %d\n", err);
}
