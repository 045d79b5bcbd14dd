// SPDX-License-Identifier: GPL-2.0-only
/*
 * A suspended guest may wake on another host: event channels are dead, grants
 * are gone, the domain's number is another.  So everything shared is given up
 * before and made anew after, whether the guest went anywhere or not.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#include "power.h"
#include "stream.h"

static int quiesce(struct device *dev)
{
	lz_stream_quiesce();
	return 0;
}

static int resume(struct device *dev)
{
	lz_stream_resume();
	return 0;
}

static void shutdown(struct platform_device *pdev)
{
	lz_stream_quiesce();
}

static const struct dev_pm_ops pm_ops = {
	.suspend = quiesce,
	.resume = resume,
	.freeze = quiesce,
	.thaw = resume,
	.poweroff = quiesce,
	.restore = resume,
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
	return 0;
}

struct device *lz_power_device(void)
{
	return &device->dev;
}

void lz_power_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
}
