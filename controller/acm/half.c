/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/half.h"

#include <stdio.h>

#include "acm/withdraw.h"

#define SCRIPT_MS 3000 /* scripts outlive us: one that was started may be through soon */
#define HALF_MS	  30000
#define HEARD_MS  5000 /* a guest that runs has heard of it by then, on a busy host as well */

static struct ts *toolstack(const struct tx *tx)
{
	return tx->vm->host->ts;
}

static uint32_t domid(const struct tx *tx)
{
	return (uint32_t)tx->vm->domid;
}

/* Return: 1 with its number in @devid; 0: none; -1 if that can't be read. */
static int half_nic(const struct tx *tx, int *devid)
{
	int devids[TS_NICS_MAX];
	int n = ts_nics(toolstack(tx), domid(tx), devids);

	for (int i = 0; i < n; i++) {
		int made = ts_nic_made(toolstack(tx), domid(tx), devids[i]);

		*devid = devids[i];
		if (made < 1)
			return made < 0 ? -1 : 1;
	}
	return n < 0 ? -1 : 0;
}

/* Of those that are kept, none: it has them from its start, and nobody gives them back. */
static int half_disk(const struct tx *tx, struct ts_disk *disk)
{
	struct ts_disk disks[TS_DISKS_MAX];
	int n = ts_disks(toolstack(tx), domid(tx), disks);

	for (int i = 0; i < n; i++) {
		int made = withdraw_takes(tx->vm, &disks[i])
				   ? ts_disk_made(toolstack(tx), domid(tx), disks[i].devid)
				   : 1;

		*disk = disks[i];
		if (made < 1)
			return made < 0 ? -1 : 1;
	}
	return n < 0 ? -1 : 0;
}

int half_step(struct tx *tx)
{
	struct ts_disk disk;
	int devid = 0;
	int nics = half_nic(tx, &devid), disks = half_disk(tx, &disk);

	if (nics < 0 || disks < 0)
		return tx_fail(tx, "its cards and disks can't be read from xenstore");
	if (!nics && !disks)
		return tx_ok(tx, tx->tries ? "what was half made is gone or complete"
					   : "nothing is half made");
	if (tx->op_rc || tx_step_age(tx) > HALF_MS)
		return tx_fail(tx, "a device that is half made can't be taken away (%d)",
			       tx->op_rc);
	if (tx_step_age(tx) < SCRIPT_MS)
		return TX_AGAIN;
	snprintf(tx->note, sizeof(tx->note), "taken away");
	if (nics)
		ts_nic_detach(toolstack(tx), domid(tx), devid, tx_op_done, tx);
	else
		ts_disk_detach(toolstack(tx), domid(tx), disk.vdev, tx_op_done, tx);
	return TX_WAIT;
}

int half_heard(struct tx *tx)
{
	if (!tx->note[0])
		return tx_ok(tx, "nothing was taken away");
	if (tx_step_age(tx) < HEARD_MS)
		return TX_AGAIN;
	tx->note[0] = '\0';
	return tx_ok(tx, "the guest had time to see that it is gone");
}
