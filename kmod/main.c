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
#include "kexec.h"
#include "modules.h"
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

/* What dom0's TPM needs: the chip that is registered for it stays. */
static int __init init_tpm(void)
{
	int err = lz_power_init();

	if (err)
		return err;
	err = lz_commit_init();
	if (err)
		goto stop_power;
	lz_chip_init(lz_power_device());
	err = lz_vtpm_init();
	if (!err)
		return 0;
	lz_commit_exit();
stop_power:
	lz_power_exit();
	return err;
}

/*
 * What cannot be undone, and cannot fail, comes last of all.
 */
static void __init start(void)
{
	lz_kexec_refuse();
	lz_modules_watch();
	lz_doorbell_install();
	/* What came between the first scan and the doorbell: nobody was held for it. */
	if (lz_tap_scan(0))
		lz_commit_missed();
	lz_stream_start();
	pr_info("%s, doorbell %s, %llu records before us\n", LZ_MODULE_VERSION, lz_doorbell_name(),
		lz_tap_early());
}

/* What needs IMA's list. */
static int __init init_list(void)
{
	int err = open_tap();

	if (err)
		return err;
	err = lz_stream_init();
	if (err)
		goto close_tap;
	err = lz_status_init();
	if (!err)
		return 0;
	lz_stream_exit();
close_tap:
	lz_tap_close();
	return err;
}

#ifdef MODULE

static void __init exit_list(void)
{
	lz_status_exit();
	lz_stream_exit();
	lz_tap_close();
}

static int __init lz_init(void)
{
	int err = check_domain();

	if (err)
		return err;
	err = init_list();
	if (err)
		return err;
	err = lz_guard_init();
	if (err)
		goto exit_list;
	err = init_tpm();
	if (err)
		goto stop_guard;
	__module_get(THIS_MODULE);
	start();
	return 0;

stop_guard:
	lz_guard_exit();
exit_list:
	exit_list();
	pr_err("not loaded: error %d\n", err);
	return err;
}
module_init(lz_init);

#else /* MODULE */

/*
 * Built in: IMA looks for a TPM in a late_initcall, once, and then extends by
 * itself.  Xenstore is there from device_initcall on.
 */
static bool early __initdata;

static int __init lz_init_early(void)
{
	int err = check_domain();

	if (err)
		return err;
	err = init_tpm();
	if (err) {
		pr_err("no TPM for IMA: error %d\n", err);
		return err;
	}
	early = true;
	lz_vtpm_await();
	return 0;
}
device_initcall_sync(lz_init_early);

static int __init lz_init(void)
{
	int err;

	if (!early)
		return -ENODEV;
	err = init_list();
	if (err) {
		pr_err("nothing is streamed: error %d\n", err);
		return err;
	}
	/* Only now it is known whether IMA extends by itself. */
	if (lz_chip_ready())
		lz_chip_introduce();
	start();
	return 0;
}
late_initcall_sync(lz_init);

#endif /* MODULE */

MODULE_DESCRIPTION("Lazaret guest agent: streams IMA's measurements to dom0");
MODULE_AUTHOR("The Lazaret authors");
MODULE_VERSION(LZ_MODULE_VERSION);
MODULE_LICENSE("GPL");
