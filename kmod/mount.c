// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/path.h>

#include "mount.h"

struct vfsmount *lz_mount(const char *type)
{
	struct file_system_type *fs = get_fs_type(type);
	struct vfsmount *mnt;

	if (!fs)
		return ERR_PTR(-ENODEV);
	mnt = kern_mount(fs);
	module_put(fs->owner);
	return mnt;
}

struct file *lz_mount_open(struct vfsmount *mnt, const char *path, int flags)
{
	struct path root = { .mnt = mnt, .dentry = mnt->mnt_root };

	return file_open_root(&root, path, flags, 0);
}
