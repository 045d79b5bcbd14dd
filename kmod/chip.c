// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "chip.h"
#include "commit.h"
#include "extend.h"
#include "pcrs.h"
#include "tpmcore.h"
#include "tpmring.h"

#define OWN_SEND      HZ /* patience with commands of ours, after a takeover */
#define OWN_ANSWER    (10 * HZ)
#define RETRY_LOG_MAX 6 /* seconds between tries are doubled so often: 64 at most */

/* Nothing but the work writes them, except that a new session begins with tries = 0. */
static struct {
	struct device *parent;
	struct tpm_chip *chip; /* NULL until it is registered */
	unsigned int tries;
	/* Of the last command; the TPM core's lock guards them. */
	bool of_ima; /* it extends PCR 10, and is not ours */
	bool left_to_us; /* it was not sent */
	bool was_of_ima; /* some command was, ever; read without that lock */
} lz;

/* TPM 2.0 library, part 3, «TPM2_PCR_Extend»: the response, in a session with a password. */
static const u8 done_by_us[] = {
	0x80, 0x02, 0, 0, 0, 19, 0, 0, 0, 0, /* TPM_ST_SESSIONS, its bytes, TPM_RC_SUCCESS */
	0,    0,    0, 0, 0, 0,	 1, 0, 0, /* no parameters, no nonce, continueSession, no HMAC */
};

/* May the wait for this command go on?  Not only IMA extends PCR 10, but nobody else often. */
static bool waits_on(int err)
{
	return err == -ETIME && lz.of_ima && lz_commit_by_ima() && lz_commit_holds() &&
	       !lz_tpmring_hurries();
}

static void not_extended(void)
{
	if (lz.of_ima)
		lz_chip_unextended();
}

static bool is_refusal(const u8 *response, int len)
{
	return len >= (int)sizeof(struct tpm_header) &&
	       ((const struct tpm_header *)response)->return_code;
}

/*
 * IMA waits behind our own commands, for the TPM core's lock, also where what
 * it extends is left to us; and we try again.
 */
static bool is_urgent(void)
{
	return lz_commit_took_over() && lz_extend_is_current();
}

static int chip_recv(struct tpm_chip *chip, u8 *buf, size_t len)
{
	int rc;

	if (lz.left_to_us) {
		rc = min(len, sizeof(done_by_us));
		memcpy(buf, done_by_us, rc);
		return rc;
	}
	if (is_urgent())
		return lz_tpmring_receive(buf, len, OWN_ANSWER);
	do
		rc = lz_tpmring_receive(buf, len, LZ_TPM_ANSWER_PATIENCE);
	while (waits_on(rc));
	if (rc < 0 || is_refusal(buf, rc))
		not_extended();
	return rc;
}

/* The core says nothing of -EPIPE, which may come again and again. */
static int send_urgent(const u8 *buf, size_t len)
{
	int rc = lz_tpmring_send(buf, len, OWN_SEND);

	return rc == -ETIME ? -EPIPE : rc;
}

static int send(const u8 *buf, size_t len)
{
	int rc;

	lz.of_ima = !lz_extend_is_current() && lz_tpmring_extends(buf, len, LZ_IMA_PCR);
	if (lz.of_ima)
		WRITE_ONCE(lz.was_of_ima, true);
	lz.left_to_us = lz.of_ima && lz_commit_took_over();
	if (lz.left_to_us)
		return 0;
	if (is_urgent())
		return send_urgent(buf, len);
	do
		rc = lz_tpmring_send(buf, len, LZ_TPM_SEND_PATIENCE);
	while (waits_on(rc));
	if (rc)
		not_extended();
	return rc;
}

#ifdef LZ_TPM_SEND_SIZED
static int chip_send(struct tpm_chip *chip, u8 *buf, size_t size, size_t len)
{
	return send(buf, len);
}
#else
static int chip_send(struct tpm_chip *chip, u8 *buf, size_t len)
{
	return send(buf, len);
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

void lz_chip_unextended(void)
{
	if (!READ_ONCE(lz.was_of_ima) || !lz_commit_by_ima())
		return;
	lz_commit_take_over();
	lz_chip_introduce();
}

bool lz_chip_ready(void)
{
	return READ_ONCE(lz.chip);
}
