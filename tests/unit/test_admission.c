/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VM may run beside which: on the toolstack of fake_ts.h, which has one domain. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acm/admission.h"
#include "fake_ts.h"
#include "vm/commands.h"
#include "vmbed.h"
#include "xsm/workloads.h"

#define RIVAL_UUID "99999999-2222-3333-4444-555555555555"

static const char file[] = "[workload web]\n[workload a]\n[workload b]\n[apart rivals]\n"
			   "workloads = a b\n";

static struct vm *rival;

static int set_up(void **state)
{
	char path[] = "/tmp/lz-admission-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || write(fd, file, strlen(file)) != (ssize_t)strlen(file) || close(fd) < 0 ||
	    vmbed_set_up(state) < 0)
		return -1;
	bed.conf.workloads = workloads_load(path, stderr);
	unlink(path);
	rival = NULL;
	return bed.conf.workloads ? 0 : -1;
}

static int tear_down(void **state)
{
	if (rival)
		vmbed_free(rival);
	workloads_free(bed.conf.workloads);
	bed.conf.workloads = NULL;
	return vmbed_tear_down(state);
}

/* Another VM that runs, in quarantine: this is what it would get back. */
static void is_there(const char *label)
{
	rival = vm_get(&bed.host, RIVAL_UUID);
	snprintf(rival->row.name, sizeof(rival->row.name), "rival");
	rival->domid = 6;
	rival->row.plan = json_pack("{s:s}", "label", label);
}

/* The VM is started under that label. */
static void starts(const char *label)
{
	snprintf(fake.label, sizeof(fake.label), "%s", label);
	admission_consider(bed.vm);
}

static size_t journaled(const char *kind)
{
	json_t *rows = store_journal_list(bed.host.store, VMBED_UUID, kind, 0, 0);
	size_t n = json_array_size(rows);

	json_decref(rows);
	return n;
}

static void admitted_alone(void **state)
{
	(void)state;
	starts("x:x:lz_a_t");
	assert_string_equal(fake.label, "x:x:lz_a_run_t");
	assert_string_equal(bed.vm->refused, "");
	assert_int_equal(journaled("admitted"), 1);
	admission_consider(bed.vm); /* once more: nothing is to be done */
	assert_int_equal(journaled("admitted"), 1);
	starts("x:x:lz_new_t:s0");
	assert_string_equal(fake.label, "x:x:lz_guest_t:s0");
}

static void beside_who_is_no_rival(void **state)
{
	(void)state;
	is_there("x:x:lz_web_run_t");
	starts("x:x:lz_a_t");
	assert_string_equal(fake.label, "x:x:lz_a_run_t");
}

static void two_of_one_workload(void **state)
{
	(void)state;
	is_there("x:x:lz_a_run_t");
	starts("x:x:lz_a_t");
	assert_string_equal(fake.label, "x:x:lz_a_run_t");
}

static void held_until_the_rival_goes(void **state)
{
	(void)state;
	is_there("x:x:lz_b_run_t");
	starts("x:x:lz_a_t");
	assert_string_equal(fake.label, "x:x:lz_a_t");
	assert_non_null(strstr(bed.vm->refused, "workload a may never run on one host with b"));
	assert_non_null(strstr(bed.vm->refused, "«rival»"));
	admission_consider(bed.vm);
	assert_int_equal(journaled("refused"), 1);
	rival->domid = -1;
	vm_tick(bed.vm);
	assert_string_equal(fake.label, "x:x:lz_a_run_t");
	assert_string_equal(bed.vm->refused, "");
}

static void a_rival_that_does_not_tell(void **state)
{
	char why[ADMISSION_WHY] = "";

	(void)state;
	is_there("x:x:lz_web_run_t");
	json_decref(rival->row.plan);
	rival->row.plan = NULL;
	fake.fail = "label-get";
	assert_false(admission_allows(bed.vm, "x:x:lz_a_run_t", why, sizeof(why)));
	assert_non_null(strstr(why, "can't be read"));
	assert_true(admission_allows(bed.vm, "x:x:lz_web_run_t", why, sizeof(why)));
}

/* Two are held: neither runs, so that one of them may. */
static void who_is_held_does_not_count(void **state)
{
	(void)state;
	is_there("x:x:lz_b_t");
	starts("x:x:lz_a_t");
	assert_string_equal(fake.label, "x:x:lz_a_run_t");
}

static void others_are_none_of_its_business(void **state)
{
	(void)state;
	is_there("x:x:lz_b_run_t");
	starts("x:x:domU_t");
	assert_string_equal(fake.label, "x:x:domU_t");
	assert_int_equal(journaled("admitted") + journaled("refused"), 0);
	fake.flask = false;
	starts("x:x:lz_a_t");
	assert_string_equal(fake.label, "x:x:lz_a_t");
	assert_string_equal(bed.vm->refused, "");
}

static void a_file_of_another_policy(void **state)
{
	(void)state;
	starts("x:x:lz_c_t");
	assert_non_null(strstr(bed.vm->refused, "not in workloads.conf"));
	fake.fail = "relabel";
	starts("x:x:lz_a_t");
	assert_non_null(strstr(bed.vm->refused, "Xen refused the label x:x:lz_a_run_t"));
	fake.fail = "label-get";
	starts("x:x:lz_a_t");
	assert_non_null(strstr(bed.vm->refused, "can't be read"));
}

/* What it gets back is the label it would run with; not while its rival runs. */
static void danger_first(void **state)
{
	static const struct ctl_peer peer = {.name = "root"};
	json_t *request = json_pack("{s:s,s:s}", "vm", VMBED_UUID, "reason", "a test"), *answer;

	(void)state;
	snprintf(fake.label, sizeof(fake.label), "x:x:lz_a_t");
	vm_danger(bed.vm, "a test", "a test");
	vmbed_settle();
	vmbed_assert_cut_off();
	assert_string_equal(json_string_value(json_object_get(bed.vm->row.plan, "label")),
			    "x:x:lz_a_run_t");
	is_there("x:x:lz_b_run_t");
	answer = commands_handle(&bed.host, &peer, "release", request);
	assert_non_null(strstr(json_string_value(json_object_get(answer, "error")),
			       "may never run on one host with b"));
	json_decref(answer);
	json_decref(request);
	assert_int_equal(bed.vm->row.state, VM_DANGER);
}

/* A start in quarantine: what it gets back is on record. */
static void danger_at_once(void **state)
{
	char why[ADMISSION_WHY];

	(void)state;
	is_there("x:x:lz_b_run_t");
	bed.vm->row.state = VM_DANGER;
	bed.vm->row.level = LEVEL_ISOLATE;
	snprintf(fake.label, sizeof(fake.label), "x:x:lz_a_t");
	assert_int_equal(admission_domain(bed.vm, fake.domid, why), 0);
	assert_string_equal(fake.label, "x:x:lz_a_t");
	bed.vm->row.plan = json_pack("{s:s}", "label", "x:x:lz_a_run_t");
	assert_int_equal(admission_domain(bed.vm, fake.domid, why), 0);
	assert_string_equal(fake.label, VMBED_DANGER);
	/* Only watched: it is as any other. */
	bed.vm->row.level = LEVEL_WATCH;
	snprintf(fake.label, sizeof(fake.label), "x:x:lz_web_t");
	assert_int_equal(admission_domain(bed.vm, fake.domid, why), 0);
	assert_string_equal(fake.label, "x:x:lz_web_run_t");
}

static void an_operator_sets_a_label(void **state)
{
	static const struct ctl_peer peer = {.name = "root"};
	json_t *request = json_pack("{s:s,s:s}", "vm", VMBED_UUID, "label", "x:x:lz_a_run_t");
	json_t *answer;

	(void)state;
	is_there("x:x:lz_b_run_t");
	answer = commands_handle(&bed.host, &peer, "label-set", request);
	assert_false(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	json_decref(request);
	assert_string_equal(fake.label, "x:x:guest_t");
}

static void starts_again_as_it_started(void **state)
{
	char label[TS_LABEL_SIZE] = "x:x:lz_web_run_t";

	(void)state;
	admission_starting(&bed.host, label);
	assert_string_equal(label, "x:x:lz_web_t");
	admission_running(&bed.host, label);
	assert_string_equal(label, "x:x:lz_web_run_t");
	snprintf(label, sizeof(label), "x:x:lz_guest_t");
	admission_starting(&bed.host, label);
	assert_string_equal(label, "x:x:lz_guest_t");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(admitted_alone),
		T(beside_who_is_no_rival),
		T(two_of_one_workload),
		T(held_until_the_rival_goes),
		T(a_rival_that_does_not_tell),
		T(who_is_held_does_not_count),
		T(others_are_none_of_its_business),
		T(a_file_of_another_policy),
		T(danger_first),
		T(danger_at_once),
		T(an_operator_sets_a_label),
		T(starts_again_as_it_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
