// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sysctl kernel.kexec_load_disabled goes from 0 to 1 only, and holds for
 * both system calls.  It is not exported, so it is written as it is from user
 * space.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/string.h>

#include "commit.h"
#include "kexec.h"
#include "mount.h"

#define SWITCH "sys/kernel/kexec_load_disabled"

static bool kexec;
module_param(kexec, bool, 0444);
MODULE_PARM_DESC(kexec, "let other kernels be loaded: kdump needs that (default: no)");

/* Return: 0; -ENOENT: this kernel has no kexec; another negative errno. */
static int switch_off(struct vfsmount *mnt)
{
	struct file *file = lz_mount_open(mnt, SWITCH, O_WRONLY);
	loff_t pos = 0;
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, "1", 1, &pos);
	fput(file);
	return n < 0 ? n : 0;
}

static int switch_off_in_proc(void)
{
	struct vfsmount *mnt = lz_mount("proc");
	int err;

	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	err = switch_off(mnt);
	kern_unmount(mnt);
	return err;
}

void lz_kexec_refuse(void)
{
	int err = kexec ? 0 : switch_off_in_proc();

	if (err && err != -ENOENT)
		pr_warn("other kernels can be loaded (kexec): error %d\n", err);
}

/* kernel/kexec_core.c, kernel_kexec(). */
void lz_kexec_going_down(const char *cmd)
{
	if (!cmd || strcmp(cmd, "kexec reboot"))
		return;
	pr_crit("another kernel is started\n");
	lz_commit_tamper();
}
