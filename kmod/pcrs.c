// SPDX-License-Identifier: GPL-2.0-only
/*
 * An extend whose answer is lost may have happened.  It is never repeated
 * blindly: we know what the PCR was and what it must have become, and read it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/string.h>

#include "commit.h"
#include "pcrs.h"
#include "tpmring.h"

#define RETRY_MS 500
#define REFUSALS 20 /* of one extend, RETRY_MS apart: it is meant */

/* TPM 2.0 library, part 2, «TPM_RC»: what goes by itself. */
#define RC_YIELDED  0x908
#define RC_CANCELED 0x909
#define RC_TESTING  0x90a
#define RC_RETRY    0x922

static struct {
	struct tpm_chip *chip;
	struct lz_banks *banks;
	u32 session;
	u8 pcr[LZ_PCRS][LZ_DIGEST_MAX]; /* as the first bank has them */
	bool known[LZ_PCRS];
	atomic64_t errors;
} lz;

int lz_pcrs_init(struct tpm_chip *chip)
{
	struct lz_banks *banks = lz_banks_new(chip);

	if (IS_ERR(banks))
		return PTR_ERR(banks);
	lz.banks = banks;
	lz.chip = chip;
	return 0;
}

u32 lz_pcrs_banks(void)
{
	return lz_banks_count(lz.banks);
}

u64 lz_pcrs_errors(void)
{
	return atomic64_read(&lz.errors);
}

bool lz_pcrs_moved(void)
{
	return lz.session != lz_tpmring_session();
}

void lz_pcrs_join(void)
{
	lz.session = lz_tpmring_session();
	lz_tpmring_bind(lz.session);
}

enum lz_outcome lz_pcrs_fail(const char *why)
{
	pr_err("nothing is extended any more: %s\n", why);
	lz_commit_set_state(LZ_COMMIT_INCONSISTENT);
	return LZ_FAILED;
}

static bool same(const u8 *a, const u8 *b)
{
	return !memcmp(a, b, lz_banks_size(lz.banks));
}

bool lz_pcrs_is(u32 pcr, const u8 *value)
{
	return same(lz.pcr[pcr], value);
}

bool lz_pcrs_is_zero(const u8 *value)
{
	return !memchr_inv(value, 0, lz_banks_size(lz.banks));
}

static int read_pcr(u32 pcr, u8 *out)
{
	struct tpm_digest digest = { .alg_id = lz.chip->allocated_banks[0].alg_id };
	int rc = tpm_pcr_read(lz.chip, pcr, &digest);

	if (rc)
		return rc < 0 ? rc : -EIO;
	memcpy(out, digest.digest, lz_banks_size(lz.banks));
	return 0;
}

bool lz_pcrs_read(u32 pcr, u8 *out)
{
	while (!lz_pcrs_moved()) {
		if (lz_tpmring_served() && !read_pcr(pcr, out))
			return true;
		msleep(RETRY_MS);
	}
	return false;
}

/* Refused, and not only for the moment? */
static bool is_refusal(int rc)
{
	return rc > 0 && rc != RC_YIELDED && rc != RC_CANCELED && rc != RC_TESTING &&
	       rc != RC_RETRY;
}

static enum lz_outcome extend_surely(u32 pcr, struct tpm_digest *digests)
{
	u8 after[LZ_DIGEST_MAX], now[LZ_DIGEST_MAX];
	unsigned int refused = 0;
	u8 *before = lz.pcr[pcr];
	int rc;

	memcpy(after, before, sizeof(after));
	if (lz_banks_extend(lz.banks, after, digests))
		return lz_pcrs_fail("a PCR cannot be computed");
	while ((rc = tpm_pcr_extend(lz.chip, pcr, digests))) {
		if (lz_pcrs_moved())
			return LZ_MOVED;
		atomic64_inc(&lz.errors);
		if (!lz_pcrs_read(pcr, now))
			return LZ_MOVED;
		if (same(now, after))
			break;
		if (!same(now, before))
			return lz_pcrs_fail("a PCR is not what our extends make of it");
		if (is_refusal(rc) && ++refused == REFUSALS) {
			pr_err("TPM error %#x for an extend of PCR %u\n", rc, pcr);
			return lz_pcrs_fail("the TPM refuses a record; is a pcr= of IMA's policy forbidden?");
		}
		msleep(RETRY_MS);
	}
	memcpy(before, after, sizeof(after));
	return LZ_COMMITTED;
}

enum lz_outcome lz_pcrs_extend(const struct lz_fields *record)
{
	struct tpm_digest *digests = lz_banks_digest(lz.banks, record);

	if (IS_ERR(digests))
		return lz_pcrs_fail("a record cannot be hashed");
	if (!lz.known[record->pcr]) {
		if (!lz_pcrs_read(record->pcr, lz.pcr[record->pcr]))
			return LZ_MOVED;
		lz.known[record->pcr] = true;
	}
	return extend_surely(record->pcr, digests);
}

void lz_pcrs_clear(void)
{
	memset(lz.pcr, 0, sizeof(lz.pcr));
	memset(lz.known, 0, sizeof(lz.known));
}

int lz_pcrs_replay(const struct lz_fields *record)
{
	struct tpm_digest *digests = lz_banks_digest(lz.banks, record);

	if (IS_ERR(digests))
		return PTR_ERR(digests);
	return lz_banks_extend(lz.banks, lz.pcr[record->pcr], digests);
}

void lz_pcrs_settle(u32 pcr, const u8 *value)
{
	memcpy(lz.pcr[pcr], value, lz_banks_size(lz.banks));
	lz.known[pcr] = true;
}

/* No record has this template hash, and none these data. */
bool lz_pcrs_spoil(void)
{
	static const u8 text[] = "lazaret is unloaded by force";
	const struct lz_fields f = { LZ_IMA_PCR, text, false, { text, sizeof(text) } };
	struct tpm_digest *digests = lz_banks_digest(lz.banks, &f);

	static_assert(sizeof(text) >= LZ_SHA1_SIZE);
	lz_pcrs_join();
	return !IS_ERR(digests) && !tpm_pcr_extend(lz.chip, LZ_IMA_PCR, digests);
}
