// SPDX-License-Identifier: GPL-2.0-only
/*
 * There is no module_exit().  The doorbell runs this module's text in tasks
 * that are being measured, which may sleep there; and a guest that could take
 * its witness away would be none.  See guard.c for those who try by force.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <xen/xen.h>

#include "chip.h"
#include "commit.h"
#include "doorbell.h"
#include "guard.h"
#include "power.h"
#include "status.h"
#include "stream.h"
#include "tap.h"
#include "version.h"
#include "vtpm.h"

static int __init check_domain(void)
{
	if (!xen_domain()) {
		pr_err("not loaded: this is no Xen guest\n");
		return -ENODEV;
	}
	if (xen_initial_domain()) {
		pr_err("not loaded: this is dom0, which lazaretd watches from, not over\n");
		return -ENODEV;
	}
	return 0;
}

static int __init open_tap(void)
{
	int err = lz_tap_open();

	if (err == -ENODEV)
		pr_err("not loaded: this kernel has no IMA measurement list\n");
	else if (err)
		pr_err("not loaded: IMA's measurement list cannot be opened, error %d\n", err);
	return err;
}

/*
 * The frontend comes last of what can fail: a chip that it has registered
 * stays.  The doorbell comes last of all: it cannot fail and cannot be undone.
 */
static int __init lz_init(void)
{
	int err = check_domain();

	if (err)
		return err;
	err = open_tap();
	if (err)
		return err;
	err = lz_stream_init();
	if (err)
		goto close_tap;
	err = lz_power_init();
	if (err)
		goto stop_stream;
	err = lz_status_init();
	if (err)
		goto stop_power;
	err = lz_commit_init();
	if (err)
		goto stop_status;
	err = lz_guard_init();
	if (err)
		goto stop_commit;
	lz_chip_init(lz_power_device());
	err = lz_vtpm_init();
	if (err)
		goto stop_guard;
	__module_get(THIS_MODULE);
	lz_doorbell_install();
	/* What came between the first scan and the doorbell: nobody was held for it. */
	if (lz_tap_scan(0))
		lz_commit_missed();
	lz_stream_start();
	pr_info("%s, doorbell %s, %llu records before us\n", LZ_MODULE_VERSION, lz_doorbell_name(),
		lz_tap_early());
	return 0;

stop_guard:
	lz_guard_exit();
stop_commit:
	lz_commit_exit();
stop_status:
	lz_status_exit();
stop_power:
	lz_power_exit();
stop_stream:
	lz_stream_exit();
close_tap:
	lz_tap_close();
	pr_err("not loaded: error %d\n", err);
	return err;
}

/* Built in, IMA must have started: it does so in a late_initcall. */
late_initcall_sync(lz_init);

MODULE_DESCRIPTION("Lazaret guest agent: streams IMA's measurements to dom0");
MODULE_AUTHOR("The Lazaret authors");
MODULE_VERSION(LZ_MODULE_VERSION);
MODULE_LICENSE("GPL");
