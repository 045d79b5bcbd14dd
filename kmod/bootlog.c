// SPDX-License-Identifier: GPL-2.0-only
/*
 * Below the backend's node: event-log/parts, a number, and event-log/0 and so
 * on, hexadecimal digits.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#ifdef LZ_HEX_H
#include <linux/hex.h>
#endif

#include "bootlog.h"

#define PARTS_MAX 16
#define PART_MAX  1024 /* bytes, of twice as many digits */

static u8 *log; /* written once, before log_len */
static size_t log_len;

static ssize_t read_part(const char *dir, unsigned int part, u8 *out)
{
	char name[16], *text;
	unsigned int digits;
	ssize_t n = -EINVAL;

	snprintf(name, sizeof(name), "%u", part);
	text = xenbus_read(XBT_NIL, dir, name, &digits);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (digits <= 2 * PART_MAX && !hex2bin(out, text, digits / 2))
		n = digits / 2;
	kfree(text);
	return n;
}

void lz_bootlog_read(struct xenbus_device *xdev)
{
	unsigned int parts = xenbus_read_unsigned(xdev->otherend, "event-log/parts", 0), i;
	char *dir;
	size_t len = 0;
	u8 *buf;

	if (log || !parts || parts > PARTS_MAX)
		return;
	dir = kasprintf(GFP_KERNEL, "%s/event-log", xdev->otherend);
	buf = kmalloc_array(parts, PART_MAX, GFP_KERNEL);
	for (i = 0; dir && buf && i < parts; i++) {
		ssize_t n = read_part(dir, i, buf + len);

		if (n < 0)
			break;
		len += n;
	}
	kfree(dir);
	if (!buf || i < parts) {
		kfree(buf);
		return;
	}
	log = buf;
	smp_store_release(&log_len, len); /* the log is there before its length */
}

static ssize_t log_read(struct file *filp, char __user *to, size_t count, loff_t *pos)
{
	size_t len = smp_load_acquire(&log_len); /* pairs with lz_bootlog_read() */

	return simple_read_from_buffer(to, count, pos, log, len);
}

static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = log_read,
	.llseek = default_llseek,
};

struct dentry *lz_bootlog_init(struct dentry *dir)
{
	return securityfs_create_file("binary_bios_measurements", 0440, dir, NULL, &log_fops);
}
