/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TPM's backend: ring, filter, list of extends; with a real TPM behind them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tss2/tss2_mu.h>

#include "tpmbed.h"
#include "unit.h"
#include "vtpm/extends.h"
#include "vtpm/relay.h"
#include "vtpm/ring.h"
#include "vtpm/tpmhdr.h"

static uint8_t page[RING_PAGE_SIZE] __attribute__((aligned(RING_PAGE_SIZE)));
static struct tpmif_shared_page *const shared = (struct tpmif_shared_page *)page;
static const uint8_t get_random[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x7b, 0, 8};

static void submit(const void *cmd, size_t len)
{
	memset(page, 0, sizeof(page));
	memcpy(page + RING_HEADER_SIZE, cmd, len);
	shared->length = (uint32_t)len;
	shared->state = TPMIF_STATE_SUBMIT;
}

static uint32_t answered_code(void)
{
	assert_int_equal(shared->state, TPMIF_STATE_FINISH);
	assert_int_equal(shared->length, TPM_HEADER_SIZE);
	return tpm_code(page + RING_HEADER_SIZE);
}

static void ring_good(void **state)
{
	uint8_t cmd[RING_DATA_MAX];
	size_t len;

	(void)state;
	memset(page, 0, sizeof(page));
	assert_int_equal(ring_take(page, cmd, &len), RING_NOTHING);
	submit(get_random, sizeof(get_random));
	assert_int_equal(ring_take(page, cmd, &len), RING_COMMAND);
	assert_int_equal(len, sizeof(get_random));
	assert_memory_equal(cmd, get_random, len);
	ring_answer(page, cmd, RING_DATA_MAX);
	assert_int_equal(shared->length, RING_DATA_MAX);
	assert_int_equal(ring_take(page, cmd, &len), RING_NOTHING);
	ring_answer(page, cmd, RING_DATA_MAX + 1);
	assert_int_equal(answered_code(), TPM2_RC_SIZE);
}

static void ring_bad(void **state)
{
	static const uint32_t lengths[] = {0, 9, 11, 13, RING_DATA_MAX + 1, 4096, UINT32_MAX};
	uint8_t cmd[RING_DATA_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		submit(get_random, sizeof(get_random));
		shared->length = lengths[i];
		assert_int_equal(ring_take(page, cmd, &len), RING_REFUSED);
		assert_int_equal(answered_code(), TPM2_RC_COMMAND_SIZE);
	}
	submit(get_random, sizeof(get_random));
	shared->locality = 1;
	assert_int_equal(ring_take(page, cmd, &len), RING_REFUSED);
	assert_int_equal(answered_code(), TPM2_RC_LOCALITY);
	submit(get_random, sizeof(get_random));
	shared->nr_extra_pages = 1;
	assert_int_equal(ring_take(page, cmd, &len), RING_REFUSED);
	shared->state = TPMIF_STATE_CANCEL;
	assert_int_equal(ring_take(page, cmd, &len), RING_REFUSED);
	assert_int_equal(shared->state, TPMIF_STATE_IDLE);
	for (int i = 4; i < 256; i++) {
		shared->state = (uint8_t)i;
		assert_int_equal(ring_take(page, cmd, &len), RING_NOTHING);
		assert_int_equal(ring_abandon(page), 0);
	}
	submit(get_random, sizeof(get_random));
	assert_int_equal(ring_abandon(page), 1);
	assert_int_equal(answered_code(), TPM2_RC_CANCELED);
}

static struct prepared prepared_of(struct tpmbed *bed, const char *path)
{
	struct prepared p = {.tpm = bed->tpm, .key = bed->key};
	const struct extends_domain dom = {.generation = "one", .incarnation = 1, .saved = ""};
	enum extends_found found;

	p.extends = extends_open(path, &dom, &found);
	assert_non_null(p.extends);
	assert_int_equal(tpm_commands(&p.tpm, &p.commands), 0);
	return p;
}

/* Builds a command: code, one handle, the empty password, then parameters. */
static size_t build(uint8_t *cmd, uint32_t code, uint32_t handle, const void *rest, size_t len)
{
	static const uint8_t auth[] = {0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0};
	size_t n = TPM_HEADER_SIZE + 4 + sizeof(auth) + len;
	const uint8_t head[] = {0x80,
				2,
				0,
				0,
				(uint8_t)(n >> 8),
				(uint8_t)n,
				(uint8_t)(code >> 24),
				(uint8_t)(code >> 16),
				(uint8_t)(code >> 8),
				(uint8_t)code,
				(uint8_t)(handle >> 24),
				(uint8_t)(handle >> 16),
				(uint8_t)(handle >> 8),
				(uint8_t)handle};

	memcpy(cmd, head, sizeof(head));
	memcpy(cmd + sizeof(head), auth, sizeof(auth));
	if (len)
		memcpy(cmd + sizeof(head) + sizeof(auth), rest, len);
	return n;
}

static uint32_t relayed(struct prepared *p, const uint8_t *cmd, size_t len)
{
	uint8_t rsp[SWTPM_BUFFER_SIZE];

	assert_true(relay_command(p, cmd, len, rsp) >= TPM_HEADER_SIZE);
	return tpm_code(rsp);
}

static void refused(void **state)
{
	static const TPM2_CC codes[] = {TPM2_CC_Clear,
					TPM2_CC_ClearControl,
					TPM2_CC_HierarchyControl,
					TPM2_CC_ChangeEPS,
					TPM2_CC_ChangePPS,
					TPM2_CC_PCR_Allocate,
					TPM2_CC_PP_Commands,
					TPM2_CC_PCR_SetAuthPolicy,
					0,
					0x20000001,
					0xffffffff};
	char path[] = "/tmp/lazaret-ext-XXXXXX";
	struct prepared p;
	uint8_t cmd[256];
	size_t len;

	close(mkstemp(path));
	p = prepared_of(*state, path);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		len = build(cmd, codes[i], TPM2_RH_LOCKOUT, NULL, 0);
		assert_int_equal(relayed(&p, cmd, len), TPM2_RC_COMMAND_CODE);
	}
	len = build(cmd, TPM2_CC_CreatePrimary, TPM2_RH_PLATFORM, NULL, 0);
	assert_int_equal(relayed(&p, cmd, len), TPM2_RC_HIERARCHY | 0x100);
	len = build(cmd, TPM2_CC_HierarchyChangeAuth, TPM2_RH_PLATFORM, "\0\0", 2);
	assert_int_equal(relayed(&p, cmd, len), TPM2_RC_HIERARCHY | 0x100);
	for (uint32_t pcr = 0; pcr < TPM_PCRS; pcr++) {
		len = build(cmd, TPM2_CC_PCR_Reset, pcr, NULL, 0);
		assert_int_equal(relayed(&p, cmd, len),
				 pcr == 16 || pcr == 23 ? 0 : TPM2_RC_LOCALITY);
	}
	/* A command that ends before its handles. */
	memcpy(cmd, "\x80\x01\0\0\0\x0a\0\0\x01\x3d", 10);
	assert_int_equal(relayed(&p, cmd, 10), TPM2_RC_COMMAND_SIZE);
	extends_close(p.extends);
	unlink(path);
}

static int again(void *arg, const struct extends_entry *e)
{
	TPML_DIGEST_VALUES digests = {0};
	struct tpmbed *bed = arg;
	size_t at = 0;

	if (e->type == EXTENDS_RESET)
		return tpm_reset(&bed->tpm, e->pcr);
	assert_int_equal(Tss2_MU_TPML_DIGEST_VALUES_Unmarshal(e->digests, e->len, &at, &digests),
			 0);
	return tpm_extend(&bed->tpm, e->pcr, &digests);
}

/* What a guest does to PCRs, by each command that can, is had back after a restart of the TPM. */
static void rebuilt(void **state)
{
	static const uint8_t sha256[4 + 2 + 32] = {0, 0, 0, 1, 0, 0x0b, 0xaa};
	static const uint8_t event[] = {0, 3, 'a', 'b', 'c'};
	char path[] = "/tmp/lazaret-ext-XXXXXX";
	struct tpmbed *bed = *state;
	tpm_pcrs before, after;
	struct prepared p;
	uint8_t cmd[256];

	close(mkstemp(path));
	p = prepared_of(bed, path);
	assert_int_equal(
		relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Extend, 10, sha256, sizeof(sha256))), 0);
	assert_int_equal(relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Event, 11, event, sizeof(event))),
			 0);
	assert_int_equal(
		relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Extend, 23, sha256, sizeof(sha256))), 0);
	assert_int_equal(relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Reset, 23, NULL, 0)), 0);
	assert_int_equal(
		relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Extend, 10, sha256, sizeof(sha256))), 0);
	assert_int_not_equal(
		relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Extend, 17, sha256, sizeof(sha256))), 0);
	assert_int_equal(tpm_read_pcrs(&bed->tpm, before), 0);
	extends_close(p.extends);
	tpmbed_restart(bed);
	p = prepared_of(bed, path);
	assert_int_equal(extends_each(p.extends, again, bed), 0);
	assert_int_equal(tpm_read_pcrs(&bed->tpm, after), 0);
	assert_memory_equal(before, after, sizeof(before));
	extends_close(p.extends);
	unlink(path);
}

/* Fills a list but for less than one entry. */
static void fill(struct extends *x)
{
	const struct extends_entry e = {.type = EXTENDS_EXTEND, .pcr = 16, .len = 500};

	while (extends_room(x))
		assert_int_equal(extends_add(x, &e), 0);
	assert_int_equal(extends_add(x, &e), -1);
}

/* What can't be noted is not done; everything else goes on. */
static void full(void **state)
{
	static const uint8_t sha256[4 + 2 + 32] = {0, 0, 0, 1, 0, 0x0b, 0xaa};
	static const uint8_t event[] = {0, 3, 'a', 'b', 'c'};
	char path[] = "/tmp/lazaret-ext-XXXXXX";
	struct tpmbed *bed = *state;
	tpm_pcrs before, after;
	struct prepared p;
	uint8_t cmd[256];

	close(mkstemp(path));
	p = prepared_of(bed, path);
	fill(p.extends);
	assert_int_equal(tpm_read_pcrs(&bed->tpm, before), 0);
	for (uint32_t pcr = 10; pcr <= 16; pcr += 6) {
		assert_int_equal(
			relayed(&p, cmd,
				build(cmd, TPM2_CC_PCR_Extend, pcr, sha256, sizeof(sha256))),
			TPM2_RC_NV_SPACE);
		assert_int_equal(
			relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Event, pcr, event, sizeof(event))),
			TPM2_RC_NV_SPACE);
	}
	assert_int_equal(relayed(&p, cmd, build(cmd, TPM2_CC_PCR_Reset, 16, NULL, 0)),
			 TPM2_RC_NV_SPACE);
	assert_int_equal(relayed(&p, get_random, sizeof(get_random)), 0);
	assert_int_equal(tpm_read_pcrs(&bed->tpm, after), 0);
	assert_memory_equal(before, after, sizeof(before));
	extends_close(p.extends);
	unlink(path);
}

static void restart_counts(struct tpmbed *bed, uint32_t *resets, uint32_t *restarts)
{
	TPMS_TIME_INFO info;

	tpmbed_restart(bed);
	assert_int_equal(tpm_clock(&bed->tpm, &info), 0);
	*resets = info.clockInfo.resetCount;
	*restarts = info.clockInfo.restartCount;
}

/* What enrol_check() relies on: each start of a TPM raises the pair of its counters. */
static void counters(void **state)
{
	static const uint8_t shut_down_state[] = {0x80, 1, 0, 0, 0, 12, 0, 0, 1, 0x45, 0, 1};
	char path[] = "/tmp/lazaret-ext-XXXXXX";
	struct tpmbed *bed = *state;
	uint32_t resets, restarts, resets2, restarts2;
	struct prepared p;

	close(mkstemp(path));
	p = prepared_of(bed, path);
	restart_counts(bed, &resets, &restarts);
	p.tpm = bed->tpm;
	assert_int_equal(relayed(&p, shut_down_state, sizeof(shut_down_state)), 0);
	restart_counts(bed, &resets2, &restarts2);
	assert_int_equal(resets2, resets);
	assert_int_equal(restarts2, restarts + 1);
	assert_int_equal(tpm_shutdown(&bed->tpm), 0);
	restart_counts(bed, &resets2, &restarts2);
	assert_int_equal(resets2, resets + 1);
	extends_close(p.extends);
	unlink(path);
}

/* A number that follows from the last one: the same nonsense each time. */
static uint32_t any(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Changes a few bytes, or the length that is told, or the whole of it. */
static size_t spoil(uint8_t *cmd, size_t len, uint32_t *seed)
{
	for (uint32_t n = any(seed) % 4; n > 0; n--)
		cmd[any(seed) % len] = (uint8_t)any(seed);
	if (any(seed) % 4 == 0)
		len = TPM_HEADER_SIZE + any(seed) % 200;
	if (any(seed) % 8) { /* else the header lies about it */
		cmd[2] = cmd[3] = 0;
		cmd[4] = (uint8_t)(len >> 8);
		cmd[5] = (uint8_t)len;
	}
	return len;
}

/* No command, however malformed, ends the TPM or what stands before it. */
static void nonsense(void **state)
{
	static const TPM2_CC codes[] = {
		TPM2_CC_PCR_Extend,    TPM2_CC_PCR_Event,    TPM2_CC_PCR_Reset,
		TPM2_CC_GetCapability, TPM2_CC_NV_Read,	     TPM2_CC_StartAuthSession,
		TPM2_CC_ContextLoad,   TPM2_CC_FlushContext, TPM2_CC_HashSequenceStart,
		TPM2_CC_Unseal,	       TPM2_CC_PolicyPCR,    TPM2_CC_EventSequenceComplete};
	char path[] = "/tmp/lazaret-ext-XXXXXX";
	uint8_t cmd[1024] = {0}, rest[100], taken[RING_DATA_MAX], rsp[SWTPM_BUFFER_SIZE];
	struct tpmbed *bed = *state;
	uint32_t seed = 1;
	struct prepared p;
	tpm_pcrs pcrs;
	size_t len;

	close(mkstemp(path));
	p = prepared_of(bed, path);
	for (int i = 0; i < 4000; i++) {
		for (size_t k = 0; k < sizeof(rest); k++)
			rest[k] = (uint8_t)any(&seed);
		build(cmd, codes[any(&seed) % ARRAY_SIZE(codes)], any(&seed) % 26, rest,
		      any(&seed) % sizeof(rest));
		submit(cmd, spoil(cmd, 100, &seed));
		shared->state = (uint8_t)(any(&seed) % 5);
		if (ring_take(page, taken, &len) != RING_COMMAND)
			continue;
		assert_true(relay_command(&p, taken, len, rsp) >= TPM_HEADER_SIZE);
		ring_answer(page, rsp, tpm_size(rsp));
	}
	assert_int_equal(tpm_read_pcrs(&bed->tpm, pcrs), 0);
	extends_close(p.extends);
	unlink(path);
}

#define WITH_TPM(name) cmocka_unit_test_setup_teardown(name, tpmbed_setup, tpmbed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_good),
		cmocka_unit_test(ring_bad),
		WITH_TPM(refused),
		WITH_TPM(rebuilt),
		WITH_TPM(full),
		WITH_TPM(counters),
		WITH_TPM(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
