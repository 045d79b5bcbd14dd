/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The event log of this guest's measured start, for its own software: what
 * dom0 has measured into PCR 0 to 9, in the TCG's format, as
 * lazaret/binary_bios_measurements in securityfs.
 */
#ifndef LZ_BOOTLOG_H
#define LZ_BOOTLOG_H

struct dentry;
struct xenbus_device;

/**
 * lz_bootlog_read() - fetch it from xenstore, once
 * @xdev:	TPM device, below whose backend it lies
 */
void lz_bootlog_read(struct xenbus_device *xdev);

/**
 * lz_bootlog_init() - make the file
 * @dir:	its directory in securityfs
 *
 * Return: the file, or an ERR_PTR().
 */
struct dentry *lz_bootlog_init(struct dentry *dir);

#endif /* LZ_BOOTLOG_H */
