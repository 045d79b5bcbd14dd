// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/seq_file.h>

#include "bootlog.h"
#include "commit.h"
#include "doorbell.h"
#include "status.h"
#include "stream.h"
#include "tap.h"
#include "version.h"
#include "vtpm.h"

static struct dentry *dir;
static struct dentry *file;
static struct dentry *bootlog;

static const char *mode_name(enum lz_ima_mode mode)
{
	switch (mode) {
	case LZ_IMA_BYPASS:
		return "bypass";
	case LZ_IMA_NATIVE:
		return "native";
	default:
		return "unknown";
	}
}

static const char *const commit_states[] = {
	[LZ_COMMIT_OFF] = "off",
	[LZ_COMMIT_NATIVE] = "native",
	[LZ_COMMIT_WAITING] = "waiting",
	[LZ_COMMIT_RUNNING] = "running",
	[LZ_COMMIT_INCONSISTENT] = "inconsistent",
	[LZ_COMMIT_WITHDRAWN] = "withdrawn",
};

static void show_commit(struct seq_file *m)
{
	struct lz_commit_stats stats;

	lz_commit_stats(&stats);
	seq_printf(m, "tpm: %s\n", lz_vtpm_name());
	seq_printf(m, "commit: %s\n", stats.policy == LZ_POLICY_STRICT ? "strict" : "lenient");
	seq_printf(m, "commit-state: %s\n", commit_states[stats.state]);
	seq_printf(m, "banks: %u\n", stats.banks);
	seq_printf(m, "extended: %llu\n", stats.extended);
	seq_printf(m, "late: %llu\n", stats.late);
	seq_printf(m, "extend-errors: %llu\n", stats.errors);
}

static int status_show(struct seq_file *m, void *unused)
{
	struct lz_stream_stats stats;

	lz_stream_stats(&stats);
	seq_printf(m, "version: %s\n", LZ_MODULE_VERSION);
	seq_printf(m, "protocol: %d\n", LZ_VERSION);
	seq_printf(m, "boot-nonce: %*phN\n", LZ_BOOT_NONCE_SIZE, lz_stream_boot_nonce());
	seq_printf(m, "doorbell: %s\n", lz_doorbell_name());
	seq_printf(m, "rings: %llu\n", lz_doorbell_rings());
	seq_printf(m, "ima-mode: %s\n", mode_name(lz_tap_ima_mode()));
	seq_printf(m, "records: %llu\n", lz_tap_records());
	seq_printf(m, "early: %llu\n", lz_tap_early());
	seq_printf(m, "streamed: %llu\n", stats.streamed);
	seq_printf(m, "lost: %llu\n", lz_tap_lost());
	show_commit(m);
	seq_printf(m, "connected: %d\n", stats.connected);
	seq_printf(m, "connections: %llu\n", stats.connections);
	return 0;
}

static int status_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, status_show, NULL);
}

static const struct file_operations status_fops = {
	.owner = THIS_MODULE,
	.open = status_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

int lz_status_init(void)
{
	dir = securityfs_create_dir("lazaret", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	file = securityfs_create_file("status", 0444, dir, NULL, &status_fops);
	if (IS_ERR(file)) {
		securityfs_remove(dir);
		return PTR_ERR(file);
	}
	bootlog = lz_bootlog_init(dir);
	if (IS_ERR(bootlog)) {
		securityfs_remove(file);
		securityfs_remove(dir);
		return PTR_ERR(bootlog);
	}
	return 0;
}

void lz_status_exit(void)
{
	securityfs_remove(bootlog);
	securityfs_remove(file);
	securityfs_remove(dir);
}
