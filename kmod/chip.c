// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>

#include "chip.h"
#include "commit.h"
#include "tpmcore.h"
#include "tpmring.h"

#define RETRY_LOG_MAX 6 /* seconds between tries are doubled so often: 64 at most */

/* Nothing but the work writes them, except that a new session begins with tries = 0. */
static struct {
	struct device *parent;
	struct tpm_chip *chip; /* NULL until it is registered */
	unsigned int tries;
} lz;

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

/*
 * IRQ: the core asks for the response at once, and we wait for it.
 *
 * A chip that could not be registered is no good for another try: the core
 * believes that it knows its banks then.
 */
static int register_chip(void)
{
	struct tpm_chip *chip = tpm_chip_alloc(lz.parent, &chip_ops);
	int err;

	if (IS_ERR(chip))
		return PTR_ERR(chip);
	chip->flags |= TPM_CHIP_FLAG_TPM2 | TPM_CHIP_FLAG_IRQ;
#ifdef LZ_TPM_HWRNG_DISABLED
	chip->flags |= TPM_CHIP_FLAG_HWRNG_DISABLED;
#endif
	err = tpm_chip_register(chip);
	if (err) {
		put_device(&chip->dev);
		return err < 0 ? err : -EIO;
	}
	WRITE_ONCE(lz.chip, chip);
	return 0;
}

static void introduce(struct work_struct *work);
static DECLARE_DELAYED_WORK(introduce_work, introduce);

static void introduce(struct work_struct *work)
{
	unsigned int tries = READ_ONCE(lz.tries);
	int err = lz.chip ? 0 : register_chip();

	if (!err)
		err = lz_commit_start(lz.chip);
	if (!err)
		return;
	pr_err("the TPM cannot be used, error %d\n", err);
	if (!lz_tpmring_served())
		return; /* the next session begins anew */
	WRITE_ONCE(lz.tries, tries + 1);
	queue_delayed_work(system_long_wq, &introduce_work, HZ << min(tries, RETRY_LOG_MAX));
}

void lz_chip_init(struct device *parent)
{
	lz.parent = parent;
}

void lz_chip_introduce(void)
{
	WRITE_ONCE(lz.tries, 0);
	mod_delayed_work(system_long_wq, &introduce_work, 0);
}

bool lz_chip_ready(void)
{
	return READ_ONCE(lz.chip);
}
