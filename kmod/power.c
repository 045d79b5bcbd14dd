// SPDX-License-Identifier: GPL-2.0-only
/*
 * A suspended guest may wake on another host: event channels are dead, grants
 * are gone, the domain's number is another.  The stream's vchan is given up
 * before and made anew after, whether the guest went anywhere or not.  The TPM's
 * ring stands still meanwhile; if the guest did not go anywhere it goes on, else
 * xenbus has it made anew, or the frontend sees to it.
 *
 * A guest that goes down for good waits for its TPM no longer than it must; one
 * whose kernel is replaced by another says so first.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/reboot.h>

#include "kexec.h"
#include "power.h"
#include "stream.h"
#include "tpmring.h"
#include "vtpm.h"

static int quiesce(struct device *dev)
{
	lz_vtpm_suspend();
	lz_stream_quiesce();
	return 0;
}

static int thaw(struct device *dev)
{
	lz_vtpm_thaw();
	lz_stream_resume();
	return 0;
}

static int restore(struct device *dev)
{
	lz_vtpm_restore();
	lz_stream_resume();
	return 0;
}

static void shutdown(struct platform_device *pdev)
{
	lz_stream_quiesce();
}

static const struct dev_pm_ops pm_ops = {
	.suspend = quiesce,
	.resume = thaw,
	.freeze = quiesce,
	.thaw = thaw,
	.poweroff = quiesce,
	.restore = restore,
};

static int going_down(struct notifier_block *nb, unsigned long how, void *cmd)
{
	lz_kexec_going_down(cmd);
	lz_tpmring_hurry();
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = going_down,
};

static struct platform_driver driver = {
	.driver = {
		.name = KBUILD_MODNAME,
		.pm = &pm_ops,
		.suppress_bind_attrs = true,
	},
	.shutdown = shutdown,
};

static struct platform_device *device;

int lz_power_init(void)
{
	int err = platform_driver_register(&driver);

	if (err)
		return err;
	device = platform_device_register_simple(KBUILD_MODNAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device)) {
		platform_driver_unregister(&driver);
		return PTR_ERR(device);
	}
	register_reboot_notifier(&reboot_notifier);
	return 0;
}

struct device *lz_power_device(void)
{
	return &device->dev;
}

void lz_power_exit(void)
{
	unregister_reboot_notifier(&reboot_notifier);
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
}
