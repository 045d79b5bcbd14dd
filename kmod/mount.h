/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * File systems of the kernel's own, in mounts that nobody else sees: user space
 * cannot have mounted something else there.
 */
#ifndef LZ_MOUNT_H
#define LZ_MOUNT_H

struct file;
struct vfsmount;

/**
 * lz_mount() - mount a file system for ourselves
 * @type:	its name
 *
 * Process context.
 *
 * Return: the mount, which kern_unmount() ends; an ERR_PTR, -ENODEV if the
 * kernel does not have that file system.
 */
struct vfsmount *lz_mount(const char *type);

/**
 * lz_mount_open() - open a file there
 * @mnt:	from lz_mount()
 * @path:	from its root on
 * @flags:	O_RDONLY or O_WRONLY
 *
 * Return: the file, for fput(); an ERR_PTR.
 */
struct file *lz_mount_open(struct vfsmount *mnt, const char *path, int flags);

#endif /* LZ_MOUNT_H */
