// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device comes and goes, and what xenbus tells of it is not always enough:
 * nodes that are not there yet when a guest is restored, or that somebody wrote
 * over.  So while there is no connection we look ourselves from time to time.
 *
 * Locking: vtpm.lock, around everything that the callbacks of xenbus, those of
 * power management and the work do.  Not around device_reprobe(), which calls
 * back.  vtpm.state is read anywhere.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "bootlog.h"
#include "chip.h"
#include "commit.h"
#include "tpmring.h"
#include "vtpm.h"

#define AWAIT_MS     60000 /* built in: longest wait for the TPM while the guest starts */
#define AWAIT_STEP_MS 5
#define TEND_LOG_MAX 5 /* seconds between looks are doubled so often: 32 at most */

enum vtpm_state { VTPM_NONE, VTPM_CONNECTING, VTPM_SERVED, VTPM_CLOSED };

static struct {
	struct mutex lock;
	enum vtpm_state state;
	struct xenbus_device *xdev; /* that we are bound to, or NULL */
	struct xenbus_device *last; /* that we were bound to last; a reference is held */
	bool suspended; /* it was not resumed yet */
	bool lost; /* xenbus does not tell us of it any more: bind to it again */
	unsigned int looks;
} vtpm = {
	.lock = __MUTEX_INITIALIZER(vtpm.lock),
};

static void tend(struct work_struct *work);
static DECLARE_DELAYED_WORK(tend_work, tend);

const char *lz_vtpm_name(void)
{
	switch (READ_ONCE(vtpm.state)) {
	case VTPM_CONNECTING:
		return "connecting";
	case VTPM_SERVED:
		return lz_chip_ready() ? "ready" : "connecting";
	case VTPM_CLOSED:
		return "closed";
	default:
		return "none";
	}
}

/* Not while tasks are frozen: xenstore may be away. */
static void look_later(void)
{
	mod_delayed_work(system_freezable_wq, &tend_work, HZ << min(vtpm.looks, TEND_LOG_MAX));
}

static void connect(struct xenbus_device *xdev)
{
	int err = lz_tpmring_open(xdev);

	WRITE_ONCE(vtpm.state, VTPM_CONNECTING);
	if (err)
		xenbus_dev_error(xdev, err, "sharing a ring");
	else
		xenbus_switch_state(xdev, XenbusStateInitialised);
	look_later();
}

/* It may come again: then it finds us as we were in the beginning. */
static void disconnect(struct xenbus_device *xdev)
{
	lz_tpmring_close();
	if (xdev->state == XenbusStateInitialising)
		return;
	xenbus_switch_state(xdev, XenbusStateClosed);
	xenbus_switch_state(xdev, XenbusStateInitialising);
}

static void reconnect(struct xenbus_device *xdev)
{
	disconnect(xdev);
	connect(xdev);
}

static void withdrawn(void)
{
	WRITE_ONCE(vtpm.state, VTPM_CLOSED);
	lz_commit_tpm(false);
}

/* Also if it was so before: the backend is another one then, or has restarted. */
static void connected(struct xenbus_device *xdev)
{
	lz_tpmring_serve();
	xenbus_switch_state(xdev, XenbusStateConnected);
	WRITE_ONCE(vtpm.state, VTPM_SERVED);
	vtpm.looks = 0;
	lz_bootlog_read(xdev);
	lz_commit_tpm(true);
	lz_chip_introduce();
}

/* The backend is through with any ring, or waits for the one that we offer already. */
static void on_init_wait(struct xenbus_device *xdev)
{
	if (xdev->state != XenbusStateInitialised || !lz_tpmring_published(xdev))
		reconnect(xdev);
}

/* With us it can be connected only if we have offered it a ring. */
static void on_connected(struct xenbus_device *xdev)
{
	if (xdev->state == XenbusStateInitialised || xdev->state == XenbusStateConnected)
		connected(xdev);
	else
		reconnect(xdev);
}

static void follow(struct xenbus_device *xdev, enum xenbus_state state)
{
	switch (state) {
	case XenbusStateInitWait:
		on_init_wait(xdev);
		break;
	case XenbusStateConnected:
		on_connected(xdev);
		break;
	case XenbusStateUnknown: /* its nodes are gone */
	case XenbusStateClosing:
	case XenbusStateClosed:
		disconnect(xdev);
		if (vtpm.state != VTPM_NONE && vtpm.state != VTPM_CLOSED)
			withdrawn();
		break;
	default:
		break;
	}
}

static void backend_changed(struct xenbus_device *xdev, enum xenbus_state state)
{
	mutex_lock(&vtpm.lock);
	if (xdev == vtpm.xdev)
		follow(xdev, state);
	mutex_unlock(&vtpm.lock);
}

/* Are the nodes there that xenbus needs? */
static bool can_bind(struct xenbus_device *xdev)
{
	char *backend = xenbus_read(XBT_NIL, xdev->nodename, "backend", NULL);
	bool there = !IS_ERR(backend) && xenbus_exists(XBT_NIL, backend, "state");

	if (!IS_ERR(backend))
		kfree(backend);
	return there;
}

/* Binds to the device again, or looks at its backend.  Return: who is to be bound to. */
static struct device *look(void)
{
	if (vtpm.lost)
		return can_bind(vtpm.last) ? get_device(&vtpm.last->dev) : NULL;
	if (vtpm.xdev && vtpm.state == VTPM_CONNECTING)
		follow(vtpm.xdev,
		       xenbus_read_unsigned(vtpm.xdev->otherend, "state", XenbusStateUnknown));
	return NULL;
}

static void tend(struct work_struct *work)
{
	struct device *dev;

	mutex_lock(&vtpm.lock);
	dev = look();
	if (vtpm.lost || vtpm.state == VTPM_CONNECTING) {
		vtpm.looks++;
		look_later();
	}
	mutex_unlock(&vtpm.lock);
	if (!dev)
		return;
	if (device_reprobe(dev))
		pr_warn("the TPM's device cannot be bound to again\n");
	put_device(dev);
}

/* The last one may be gone: its reference kept its memory alone. */
static void remember(struct xenbus_device *xdev)
{
	get_device(&xdev->dev);
	if (vtpm.last)
		put_device(&vtpm.last->dev);
	vtpm.last = xdev;
	vtpm.xdev = xdev;
	vtpm.lost = false;
	vtpm.suspended = false;
	vtpm.looks = 0;
}

static int probe(struct xenbus_device *xdev, const struct xenbus_device_id *id)
{
	int err = -EBUSY; /* one TPM is all that a guest has */

	mutex_lock(&vtpm.lock);
	if (!vtpm.xdev) {
		remember(xdev);
		/* Bound to again, it has the state that it was left with. */
		xenbus_switch_state(xdev, XenbusStateInitialising);
		err = 0;
	}
	mutex_unlock(&vtpm.lock);
	return err;
}

static void removed(struct xenbus_device *xdev)
{
	mutex_lock(&vtpm.lock);
	if (xdev == vtpm.xdev) {
		lz_tpmring_close();
		vtpm.xdev = NULL;
		withdrawn();
	}
	mutex_unlock(&vtpm.lock);
}

/* Another host, or at least other grants and event channels. */
static int resume(struct xenbus_device *xdev)
{
	mutex_lock(&vtpm.lock);
	if (xdev == vtpm.xdev) {
		vtpm.suspended = false;
		vtpm.lost = false;
		vtpm.looks = 0;
		lz_tpmring_close();
		connect(xdev);
	}
	mutex_unlock(&vtpm.lock);
	return 0;
}

void lz_vtpm_suspend(void)
{
	mutex_lock(&vtpm.lock);
	vtpm.suspended = vtpm.xdev;
	lz_tpmring_pause(true);
	mutex_unlock(&vtpm.lock);
}

void lz_vtpm_thaw(void)
{
	mutex_lock(&vtpm.lock);
	vtpm.suspended = false;
	lz_tpmring_pause(false);
	mutex_unlock(&vtpm.lock);
	lz_commit_kick();
}

/* If xenbus has resumed the device, or does it after this, it is not lost. */
void lz_vtpm_restore(void)
{
	mutex_lock(&vtpm.lock);
	if (vtpm.suspended) {
		vtpm.suspended = false;
		vtpm.lost = true;
		vtpm.looks = 0;
		lz_tpmring_close();
		withdrawn();
		look_later();
	}
	lz_tpmring_pause(false);
	mutex_unlock(&vtpm.lock);
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
	.driver = {
		.suppress_bind_attrs = true,
	},
};

int lz_vtpm_init(void)
{
	return xenbus_register_frontend(&driver);
}

/* Xenbus has bound us to the device by now, if there is one. */
void lz_vtpm_await(void)
{
	unsigned int waited;

	for (waited = 0; READ_ONCE(vtpm.xdev) && !lz_chip_ready(); waited += AWAIT_STEP_MS) {
		if (waited >= AWAIT_MS) {
			pr_err("dom0's TPM is not there in time: IMA starts without it\n");
			return;
		}
		msleep(AWAIT_STEP_MS);
	}
}
