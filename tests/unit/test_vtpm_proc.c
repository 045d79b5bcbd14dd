/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TPM that fails, and VMs that are held for theirs: what is told, and what is remembered. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "common/timefmt.h"
#include "fake_ts.h"
#include "unit.h"
#include "vmbed.h"
#include "vtpm/hold.h"
#include "vtpm/inside.h"
#include "vtpm/mark.h"

#define ROWS_MAX 100

static struct vtpm tpm;

static int set_up(void **state)
{
	int rc = vmbed_set_up(state);

	tpm = (struct vtpm){.vm = bed.vm, .domid = fake.domid, .generation = "boot/5"};
	snprintf(tpm.dir, sizeof(tpm.dir), "%s/tpm", bed.dir);
	return rc;
}

static size_t journaled(void)
{
	json_t *rows = store_journal_list(bed.host.store, VMBED_UUID, "tpm", 0, ROWS_MAX);
	size_t n = json_array_size(rows);

	json_decref(rows);
	return n;
}

/* Told once, tried again less and less often, until one has served for long. */
static void failures(void **state)
{
	int64_t now, wait, last = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		now = time_mono_ms();
		vtpm_failed(&tpm, "swtpm ended");
		wait = tpm.retry_ms - now;
		assert_true(wait >= last - 5);
		last = wait;
		tpm.serving_ms = time_mono_ms(); /* it served again, for a moment */
	}
	assert_true(last >= 120000);
	assert_int_equal(journaled(), 1);
	vtpm_failed(&tpm, "another reason");
	assert_int_equal(journaled(), 2);
	tpm.serving_ms = time_mono_ms() - 100000;
	vtpm_failed(&tpm, "another reason");
	assert_int_equal(journaled(), 3);
	assert_true(tpm.retry_ms - time_mono_ms() <= 500);
}

/* Whoever comes after us takes the pause back, once. */
static void held(void **state)
{
	struct vtpm next = tpm;
	char text[MARK_SIZE];

	(void)state;
	hold_take(&tpm);
	assert_true(tpm.held);
	assert_int_equal(fake.paused, 1);
	assert_true(mark_get(tpm.dir, MARK_HELD, text));
	hold_take(&next); /* we were killed */
	assert_true(next.held && next.measure);
	assert_int_equal(fake.paused, 1);
	hold_release(&next);
	assert_int_equal(fake.paused, 0);
	assert_false(mark_get(tpm.dir, MARK_HELD, text));
	/* That of another domain is nobody's. */
	assert_int_equal(mark_set(tpm.dir, MARK_HELD, "boot/4"), 0);
	hold_take(&next);
	assert_int_equal(fake.paused, 1);
	hold_release(&next);
	assert_int_equal(fake.paused, 0);
}

#define WITH_VM(name) cmocka_unit_test_setup_teardown(name, set_up, vmbed_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {WITH_VM(failures), WITH_VM(held)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
