/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/ring.h"

#include <string.h>

#include <tss2/tss2_tpm2_types.h>

#include "vtpm/tpmhdr.h"

static uint8_t state_of(const struct tpmif_shared_page *shared)
{
	return __atomic_load_n(&shared->state, __ATOMIC_ACQUIRE);
}

static void set_state(struct tpmif_shared_page *shared, uint8_t state)
{
	__atomic_store_n(&shared->state, state, __ATOMIC_SEQ_CST);
}

static uint8_t *data_of(void *page)
{
	return (uint8_t *)page + RING_HEADER_SIZE;
}

/* Return: 0 if it is a command, else the TPM's code for what is wrong with it. */
static uint32_t copy_command(void *page, uint8_t *cmd, size_t *len)
{
	const struct tpmif_shared_page *untrusted_shared = page;
	uint32_t length = __atomic_load_n(&untrusted_shared->length, __ATOMIC_RELAXED);
	uint8_t locality = __atomic_load_n(&untrusted_shared->locality, __ATOMIC_RELAXED);
	uint8_t extra = __atomic_load_n(&untrusted_shared->nr_extra_pages, __ATOMIC_RELAXED);

	if (locality)
		return TPM2_RC_LOCALITY;
	if (extra || length < TPM_HEADER_SIZE || length > RING_DATA_MAX)
		return TPM2_RC_COMMAND_SIZE;
	memcpy(cmd, data_of(page), length);
	if (tpm_size(cmd) != length)
		return TPM2_RC_COMMAND_SIZE;
	*len = length;
	return 0;
}

enum ring_state ring_take(void *page, uint8_t *cmd, size_t *len)
{
	uint8_t state = state_of(page);
	uint32_t rc;

	if (state == TPMIF_STATE_CANCEL) {
		set_state(page, TPMIF_STATE_IDLE);
		return RING_REFUSED;
	}
	if (state != TPMIF_STATE_SUBMIT)
		return RING_NOTHING;
	rc = copy_command(page, cmd, len);
	if (!rc)
		return RING_COMMAND;
	ring_answer_error(page, rc);
	return RING_REFUSED;
}

void ring_answer(void *page, const uint8_t *rsp, size_t len)
{
	struct tpmif_shared_page *shared = page;

	if (len > RING_DATA_MAX) {
		ring_answer_error(page, TPM2_RC_SIZE);
		return;
	}
	memcpy(data_of(page), rsp, len);
	__atomic_store_n(&shared->nr_extra_pages, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&shared->length, (uint32_t)len, __ATOMIC_RELEASE);
	set_state(shared, TPMIF_STATE_FINISH);
}

void ring_answer_error(void *page, uint32_t rc)
{
	uint8_t rsp[TPM_HEADER_SIZE];

	tpm_put_error(rsp, rc);
	ring_answer(page, rsp, sizeof(rsp));
}

int ring_abandon(void *page)
{
	uint8_t state = state_of(page);

	if (state != TPMIF_STATE_SUBMIT && state != TPMIF_STATE_CANCEL)
		return 0;
	ring_answer_error(page, TPM2_RC_CANCELED);
	return 1;
}
