/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event log of a measured start, beside a real TPM; keys of TPM states. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpmbed.h"
#include "unit.h"
#include "vtpm/eventlog.h"
#include "vtpm/keys.h"

static void extend(struct tpmbed *bed, uint32_t pcr, const eventlog_digests digests)
{
	TPML_DIGEST_VALUES values = {.count = TPM_BANKS};

	for (int b = 0; b < TPM_BANKS; b++) {
		values.digests[b].hashAlg = tpm_bank[b];
		memcpy(&values.digests[b].digest, digests[b], tpm_bank_size[b]);
	}
	assert_int_equal(tpm_extend(&bed->tpm, pcr, &values), 0);
}

static void event_log(void **state)
{
	static const eventlog_digests digests = {{1}, {2}};
	static const uint8_t filler[EVENTLOG_DATA_MAX + 1];
	struct tpmbed *bed = *state;
	struct eventlog log;
	tpm_pcrs told, pcrs;
	const char *why;

	eventlog_begin(&log);
	assert_int_equal(eventlog_add(&log, 4, EV_IPL, digests, "kernel", 6), 0);
	assert_int_equal(eventlog_replay(log.data, log.len, told, &why), 0);
	extend(bed, 4, digests);
	assert_int_equal(tpm_read_pcrs(&bed->tpm, pcrs), 0);
	assert_memory_equal(told, pcrs, sizeof(pcrs));
	for (size_t len = 0; len < log.len; len++)
		if (len != log.len - (4 + 4 + 4 + 22 + 34 + 4 + 6)) /* the header alone is a log */
			assert_int_equal(eventlog_replay(log.data, len, told, &why), -1);
	assert_int_equal(eventlog_add(&log, 4, EV_IPL, digests, filler, EVENTLOG_DATA_MAX + 1), -1);
	while (eventlog_add(&log, 4, EV_IPL, digests, filler, EVENTLOG_DATA_MAX) == 0)
		assert_true(log.len <= sizeof(log.data));
	log.data[log.len - 200] ^= 1;
	assert_int_equal(eventlog_replay(log.data, log.len, told, &why), 0);
	eventlog_begin(&log);
	assert_int_equal(eventlog_add(&log, 4, EV_NO_ACTION, digests, "", 0), 0);
	assert_int_equal(eventlog_replay(log.data, log.len, told, &why), -1);
}

static void state_keys(void **state)
{
	uint8_t a[SWTPM_KEY_SIZE], b[SWTPM_KEY_SIZE], c[SWTPM_KEY_SIZE];
	char dir[] = "/tmp/lazaret-key-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(keys_for_vm(dir, "uuid-1", a), 0);
	assert_int_equal(keys_for_vm(dir, "uuid-1", b), 0);
	assert_int_equal(keys_for_vm(dir, "uuid-2", c), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
	snprintf(path, sizeof(path), "%s/host.key", dir);
	assert_int_equal(truncate(path, 31), 0);
	assert_int_equal(keys_for_vm(dir, "uuid-1", a), -1);
	unlink(path);
	rmdir(dir);
}

#define WITH_TPM(name) cmocka_unit_test_setup_teardown(name, tpmbed_setup, tpmbed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TPM(event_log),
		cmocka_unit_test(state_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
