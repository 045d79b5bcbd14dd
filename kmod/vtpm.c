// SPDX-License-Identifier: GPL-2.0-only
/*
 * Once registered, the chip stays: IMA, user space and our own commit hold on
 * to it while rings come and go (suspend, migration, a backend that restarts).
 *
 * Callbacks of xenbus come one at a time; the chip is made and registered in
 * one work item, since registering sends commands and waits for answers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "bootlog.h"
#include "commit.h"
#include "tpmcore.h"
#include "tpmring.h"
#include "vtpm.h"

enum vtpm_state { VTPM_NONE, VTPM_CONNECTING, VTPM_READY, VTPM_CLOSED };

static const char *const state_names[] = {
	[VTPM_NONE] = "none",
	[VTPM_CONNECTING] = "connecting",
	[VTPM_READY] = "ready",
	[VTPM_CLOSED] = "closed",
};

static struct {
	struct device *parent;
	struct tpm_chip *chip; /* NULL until it is made */
	bool registered;
	enum vtpm_state state;
	struct xenbus_device *xdev;
} vtpm;

const char *lz_vtpm_name(void)
{
	return state_names[READ_ONCE(vtpm.state)];
}

static int chip_recv(struct tpm_chip *chip, u8 *buf, size_t len)
{
	return lz_tpmring_receive(buf, len);
}

#ifdef LZ_TPM_SEND_SIZED
static int chip_send(struct tpm_chip *chip, u8 *buf, size_t size, size_t len)
{
	return lz_tpmring_send(buf, len);
}
#else
static int chip_send(struct tpm_chip *chip, u8 *buf, size_t len)
{
	return lz_tpmring_send(buf, len);
}
#endif

static void chip_cancel(struct tpm_chip *chip)
{
}

static u8 chip_status(struct tpm_chip *chip)
{
	return 0;
}

static bool chip_canceled(struct tpm_chip *chip, u8 status)
{
	return false;
}

static const struct tpm_class_ops chip_ops = {
	.flags = TPM_OPS_AUTO_STARTUP,
	.recv = chip_recv,
	.send = chip_send,
	.cancel = chip_cancel,
	.status = chip_status,
	.req_canceled = chip_canceled,
};

/* IRQ: the core asks for the response at once, and we wait for it. */
static int make_chip(void)
{
	struct tpm_chip *chip = tpmm_chip_alloc(vtpm.parent, &chip_ops);

	if (IS_ERR(chip))
		return PTR_ERR(chip);
	chip->flags |= TPM_CHIP_FLAG_TPM2 | TPM_CHIP_FLAG_IRQ;
#ifdef LZ_TPM_HWRNG_DISABLED
	chip->flags |= TPM_CHIP_FLAG_HWRNG_DISABLED;
#endif
	vtpm.chip = chip;
	return 0;
}

static void introduce(struct work_struct *work)
{
	int err = vtpm.chip ? 0 : make_chip();

	if (!err && !vtpm.registered) {
		err = tpm_chip_register(vtpm.chip);
		vtpm.registered = !err;
	}
	if (err) {
		pr_err("the TPM cannot be used, error %d\n", err);
		return;
	}
	WRITE_ONCE(vtpm.state, VTPM_READY);
	lz_commit_start(vtpm.chip);
}

static DECLARE_WORK(introduce_work, introduce);

static void connect(struct xenbus_device *xdev)
{
	int err;

	lz_tpmring_close();
	WRITE_ONCE(vtpm.state, VTPM_CONNECTING);
	err = lz_tpmring_open(xdev);
	if (err)
		xenbus_dev_fatal(xdev, err, "sharing a ring");
	else
		xenbus_switch_state(xdev, XenbusStateInitialised);
}

static void connected(struct xenbus_device *xdev)
{
	if (xdev->state != XenbusStateInitialised && xdev->state != XenbusStateConnected)
		return;
	lz_tpmring_serve(true);
	xenbus_switch_state(xdev, XenbusStateConnected);
	lz_bootlog_read(xdev);
	schedule_work(&introduce_work);
}

/* It may come again: then it finds us as we were in the beginning. */
static void disconnect(struct xenbus_device *xdev)
{
	lz_tpmring_close();
	WRITE_ONCE(vtpm.state, VTPM_CLOSED);
	xenbus_switch_state(xdev, XenbusStateClosed);
	xenbus_switch_state(xdev, XenbusStateInitialising);
}

static void backend_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	if (xdev != vtpm.xdev)
		return;
	switch (state) {
	case XenbusStateInitWait:
		if (xdev->state == XenbusStateInitialising)
			connect(xdev);
		break;
	case XenbusStateConnected:
		connected(xdev);
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
		if (xdev->state != XenbusStateInitialising)
			disconnect(xdev);
		break;
	default:
		break;
	}
}

static int probe(struct xenbus_device *xdev, const struct xenbus_device_id *id)
{
	if (vtpm.xdev)
		return -EBUSY; /* one TPM is all that a guest has */
	vtpm.xdev = xdev;
	return 0;
}

static void removed(struct xenbus_device *xdev)
{
	if (xdev != vtpm.xdev)
		return;
	lz_tpmring_close();
	WRITE_ONCE(vtpm.state, VTPM_CLOSED);
	vtpm.xdev = NULL;
}

/* Another host, or at least other grants and event channels. */
static int resume(struct xenbus_device *xdev)
{
	if (xdev == vtpm.xdev)
		connect(xdev);
	return 0;
}

static const struct xenbus_device_id ids[] = {
	{ "vtpm2" },
	{ "" },
};

static struct xenbus_driver driver = {
	.name = KBUILD_MODNAME "-vtpm",
	.ids = ids,
	.probe = probe,
	.remove = removed,
	.resume = resume,
	.otherend_changed = backend_changed,
	.not_essential = true,
};

int lz_vtpm_init(struct device *parent)
{
	vtpm.parent = parent;
	return xenbus_register_frontend(&driver);
}

void lz_vtpm_exit(void)
{
	xenbus_unregister_driver(&driver);
	cancel_work_sync(&introduce_work);
}
