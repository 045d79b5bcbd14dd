/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks, passthrough devices and processor time: taken by the policy, given back exactly, or refused. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "acm/contain.h"
#include "acm/exact.h"
#include "acm/giveback.h"
#include "acm/restore.h"
#include "acm/withdraw.h"
#include "fake_ts.h"
#include "vm/tx.h"
#include "vmbed.h"

static char data[96], other[96];

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
}

/* The VM has a root disk, a writable disk on a file, and one that it may only read. */
static int set_up(void **state)
{
	if (vmbed_set_up(state))
		return -1;
	snprintf(data, sizeof(data), "%s/data.img", bed.dir);
	snprintf(other, sizeof(other), "%s/other.img", bed.dir);
	make_file(data);
	fake_disk("xvdb", true, data);
	fake_disk("xvdc", false, "/dev/zero");
	bed.conf.defaults.disks = DISKS_WRITABLE;
	bed.conf.defaults.disk = (char *)(uintptr_t) "xvda";
	return 0;
}

static void fall_ill(void)
{
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_true(bed.vm->row.contained);
}

static bool has(const char *vdev)
{
	for (int i = 0; i < fake.disk_count; i++)
		if (!strcmp(fake.disks[i].vdev, vdev))
			return true;
	return false;
}

static void by_policy(void **state)
{
	static const struct {
		enum vm_disks disks;
		bool shared;
		bool b, c;
	} rows[] = {
		{DISKS_NONE, true, true, true},	      {DISKS_SHARED, false, true, true},
		{DISKS_SHARED, true, false, false},   {DISKS_WRITABLE, false, false, true},
		{DISKS_WRITABLE, true, false, false}, {DISKS_ALL, false, false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		vmbed_tear_down(state);
		set_up(state);
		bed.conf.defaults.disks = rows[i].disks;
		fake.shared = rows[i].shared;
		fall_ill();
		assert_true(has("xvda"));
		assert_int_equal(has("xvdb"), rows[i].b);
		assert_int_equal(has("xvdc"), rows[i].c);
	}
}

static void named_disks_stay(void **state)
{
	(void)state;
	bed.conf.defaults.disks = DISKS_ALL;
	bed.conf.defaults.keep_disks = (char *)(uintptr_t) "xvda xvdc";
	fall_ill();
	assert_true(has("xvda") && !has("xvdb") && has("xvdc"));
}

/* Whatever its root disk is called: it must not lose all of them by a name. */
static void the_first_disk_stays(void **state)
{
	(void)state;
	bed.conf.defaults.disks = DISKS_ALL;
	bed.conf.defaults.disk = (char *)(uintptr_t) "sda";
	fall_ill();
	assert_true(has("xvda") && !has("xvdb") && !has("xvdc"));
}

static void all_of_it_and_back(void **state)
{
	(void)state;
	bed.conf.defaults.disks = DISKS_ALL;
	bed.conf.defaults.cpu_cap = 20;
	fake.caps.cpu_cap = 150;
	fake.pcis = 2;
	fall_ill();
	assert_string_equal(fake.log, "pause config relabel detach detach disk-detach disk-detach "
				      "pci-detach pci-detach caps-set unpause ");
	assert_int_equal(fake.caps.cpu_cap, 20);
	assert_int_equal(fake.pcis, 0);
	fake.log[0] = '\0';
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	assert_string_equal(fake.log, "relabel attach attach disk-attach disk-attach pci-attach "
				      "pci-attach caps-set ");
	assert_true(has("xvda") && has("xvdb") && has("xvdc"));
	assert_int_equal(fake.caps.cpu_cap, 150);
	assert_int_equal(bed.vm->row.state, VM_HELD);
	assert_null(bed.vm->row.plan);
}

static void passthrough_may_stay(void **state)
{
	(void)state;
	bed.conf.defaults.keep_passthrough = true;
	fake.pcis = 1;
	fall_ill();
	assert_int_equal(fake.pcis, 1);
}

/* A guest that has one disk's backend hold on does not keep the others, nor is it called contained. */
static void one_that_stays_does_not_keep_the_rest(void **state)
{
	static const char *const calls[] = {"disk-detach", "pci-detach", "caps-set"};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		vmbed_tear_down(state);
		set_up(state);
		bed.conf.defaults.cpu_cap = 10;
		fake.pcis = 1;
		fake.fail = calls[i];
		vm_danger(bed.vm, "unit", "because");
		vmbed_settle();
		assert_false(bed.vm->row.contained);
		assert_int_equal(fake.paused, 1);
		assert_int_equal(fake.nics, 0);
		if (i)
			assert_false(has("xvdb"));
		if (i != 1)
			assert_int_equal(fake.pcis, 0);
		fake.fail = NULL;
		contain_start(bed.vm);
		vmbed_settle();
		assert_true(bed.vm->row.contained);
		assert_false(has("xvdb"));
		assert_int_equal(fake.pcis, 0);
		assert_int_equal(fake.paused, 0);
	}
}

static void what_comes_back_goes_again(void **state)
{
	const char *why = NULL;

	(void)state;
	bed.conf.defaults.cpu_cap = 10;
	fall_ill();
	assert_true(contain_holds(bed.vm, &why));
	fake_disk("xvdb", true, data);
	assert_false(contain_holds(bed.vm, &why));
	vm_tick(bed.vm);
	vmbed_settle();
	assert_false(has("xvdb"));
	fake.caps.cpu_cap = 0;
	assert_false(contain_holds(bed.vm, &why));
	fake.caps.cpu_cap = 10;
	fake.pcis = 1;
	assert_false(contain_holds(bed.vm, &why));
}

static void a_crash_in_between(void **state)
{
	static const char *const calls[] = {"disk-detach", "pci-detach", "caps-set", "unpause"};
	static const char *const back[] = {"relabel", "attach", "disk-attach", "pci-attach",
					   "caps-set"};

	for (size_t i = 0; i < ARRAY_SIZE(calls) + ARRAY_SIZE(back); i++) {
		bool out = i < ARRAY_SIZE(calls);

		vmbed_tear_down(state);
		set_up(state);
		bed.conf.defaults.cpu_cap = 10;
		fake.pcis = 1;
		fake.fail = out ? calls[i] : NULL;
		vm_danger(bed.vm, "unit", "because");
		vmbed_settle();
		vmbed_end();
		fake.fail = NULL;
		vmbed_start();
		vmbed_settle();
		assert_true(bed.vm->row.contained);
		fake.fail = out ? NULL : back[i - ARRAY_SIZE(calls)];
		assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
		vmbed_settle();
		if (!out) {
			assert_int_equal(bed.vm->row.state, VM_DANGER);
			fake.fail = NULL;
			contain_start(bed.vm);
			vmbed_settle();
			assert_true(bed.vm->row.contained);
			assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
			vmbed_settle();
		}
		assert_true(has("xvda") && has("xvdb") && has("xvdc"));
		assert_int_equal(fake.disk_count, 3);
		assert_int_equal(fake.pcis, 1);
		assert_int_equal(fake.nics, 2);
		assert_int_equal(fake.caps.cpu_cap, 0);
	}
}

/* @why must be told, and nothing of it be given back. */
static void refused(const char *part)
{
	char why[TX_DETAIL] = "";

	assert_false(exact_possible(bed.vm, why, sizeof(why)));
	assert_non_null(strstr(why, part));
	fake.log[0] = '\0';
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	assert_null(strstr(fake.log, "attach"));
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	assert_non_null(strstr(bed.vm->row.reason, part));
	assert_non_null(bed.vm->row.plan);
	assert_true(bed.vm->row.contained);
}

static void a_file_that_is_gone(void **state)
{
	(void)state;
	fall_ill();
	unlink(data);
	refused("is gone");
}

static void a_file_that_is_another(void **state)
{
	(void)state;
	fall_ill();
	make_file(other); /* while the old one is there, so that the inode differs for certain */
	assert_int_equal(rename(other, data), 0);
	refused("not what it was");
}

static void a_disk_that_another_has(void **state)
{
	(void)state;
	fall_ill();
	fake.shared = true;
	refused("another domain");
}

/* One that was shared before the incident may be shared after it. */
static void a_shared_disk_comes_back(void **state)
{
	char why[TX_DETAIL];

	(void)state;
	fake.shared = true;
	fall_ill();
	assert_false(has("xvdb"));
	assert_true(exact_possible(bed.vm, why, sizeof(why)));
}

static void a_bridge_that_is_missing(void **state)
{
	json_t *nic;

	(void)state;
	fall_ill();
	nic = json_array_get(json_object_get(bed.vm->row.plan, "nics"), 0);
	json_object_set_new(nic, "bridge", json_string("lz-no-bridge"));
	refused("lz-no-bridge");
}

/* What is measured of a start does not change with what is withdrawn. */
static void the_measured_text_stays(void **state)
{
	json_t *before = ts_config(NULL, 5), *after;
	char one[512], two[512];

	(void)state;
	ts_config_text(before, one, sizeof(one));
	fall_ill();
	after = ts_config(NULL, 5);
	ts_config_text(after, two, sizeof(two));
	assert_string_not_equal(one, two);
	giveback_complete(bed.vm, after);
	ts_config_text(after, two, sizeof(two));
	assert_string_equal(one, two);
	json_decref(before);
	json_decref(after);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, vmbed_tear_down)

/* A crash while they were given back: both are in xenstore, and their scripts never ran. */
static void half_made_is_made_anew(void **state)
{
	(void)state;
	fall_ill();
	assert_false(has("xvdb"));
	fake.nics = fake.half_nics = 1;
	fake_disk("xvdb", true, data);
	fake.half_disk = fake.disks[fake.disk_count - 1].devid;
	fake.log[0] = '\0';
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	assert_int_equal(bed.vm->row.state, VM_HELD);
	assert_null(bed.vm->row.plan);
	assert_string_equal(fake.log, "detach disk-detach relabel attach attach disk-attach ");
	assert_int_equal(fake.half_nics, 0);
	assert_true(has("xvdb"));
}

/* What is kept is not touched, whatever its nodes look like. */
static void a_kept_disk_is_left_alone(void **state)
{
	(void)state;
	fall_ill();
	fake.half_disk = fake.disks[0].devid;
	fake.log[0] = '\0';
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	assert_string_equal(fake.log, "relabel attach attach disk-attach ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_policy),
		TEST(named_disks_stay),
		TEST(the_first_disk_stays),
		TEST(all_of_it_and_back),
		TEST(passthrough_may_stay),
		TEST(one_that_stays_does_not_keep_the_rest),
		TEST(what_comes_back_goes_again),
		TEST(a_crash_in_between),
		TEST(a_file_that_is_gone),
		TEST(a_file_that_is_another),
		TEST(a_disk_that_another_has),
		TEST(a_shared_disk_comes_back),
		TEST(a_bridge_that_is_missing),
		TEST(the_measured_text_stays),
		TEST(half_made_is_made_anew),
		TEST(a_kept_disk_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
