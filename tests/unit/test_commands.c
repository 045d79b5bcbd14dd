/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an operator asks for, and what is refused. */
#include "unit.h"

#include <string.h>

#include "acm/contain.h"
#include "common/timefmt.h"
#include "fake_ts.h"
#include "vm/commands.h"
#include "vmbed.h"

static const struct ctl_peer peer = {.name = "root"};

/* Asks; @extra is added to the request. Return: was it done? */
static bool asked(const char *cmd, json_t *extra)
{
	json_t *request = json_pack("{s:s,s:s}", "vm", "patient", "reason", "a test"), *answer;
	bool done;

	json_object_update_new(request, extra);
	answer = commands_handle(&bed.host, &peer, cmd, request);
	done = json_is_true(json_object_get(answer, "ok"));
	json_decref(request);
	json_decref(answer);
	vmbed_settle();
	return done;
}

static bool quarantine(const char *level)
{
	return asked("quarantine", json_pack("{s:s*}", "level", level));
}

static bool release(const char *until)
{
	return asked("release", json_pack("{s:s*}", "until", until));
}

static void a_level_is_one_of_four(void **state)
{
	(void)state;
	assert_false(quarantine("hard"));
	assert_false(quarantine("unset"));
	assert_int_equal(bed.vm->row.state, VM_UNKNOWN);
	assert_true(quarantine("freeze"));
	vmbed_assert_cut_off();
	assert_int_equal(fake.paused, 1);
}

static void a_level_can_be_changed(void **state)
{
	(void)state;
	assert_true(quarantine(NULL));
	assert_int_equal(fake.paused, 0);
	assert_false(quarantine(NULL));
	assert_false(quarantine("isolate"));
	assert_false(quarantine("watch"));
	assert_true(quarantine("freeze"));
	vmbed_assert_cut_off();
	assert_int_equal(fake.paused, 1);
	assert_true(quarantine("isolate"));
	vmbed_assert_cut_off();
	assert_int_equal(fake.paused, 0);
}

static void seen_again(void)
{
	const struct ts_domain dom = {.domid = fake.domid, .name = "patient"};

	vm_gone(bed.vm);
	vm_seen(bed.vm, &dom);
}

static bool may_start(void)
{
	return asked("admit", json_pack("{s:i}", "domid", (int)fake.domid));
}

static void a_script_lets_no_danger_start(void **state)
{
	(void)state;
	assert_true(may_start());
	assert_true(quarantine(NULL));
	fake.domid++;
	fake.fail = "pause";
	fake.script_holds = true;
	seen_again();
	assert_false(may_start());
	assert_true(fake.script_holds);
	fake.fail = NULL;
	fake.log[0] = '\0';
	contain_start(bed.vm);
	assert_true(may_start());
	assert_false(fake.script_holds);
	assert_ptr_equal(strstr(fake.log, "pause"), fake.log);
	vmbed_assert_cut_off();
}

/* One that a script holds, and that turns out not to be in danger. */
static void a_scripts_hold_ends(void **state)
{
	(void)state;
	fake.domid++;
	fake.script_holds = true;
	seen_again();
	assert_false(fake.script_holds);
}

static void a_release_ends_at_a_time_to_come(void **state)
{
	char soon[TIMEFMT_SIZE];
	int64_t until = time_now_ns() + 3600000000000LL;

	(void)state;
	assert_true(quarantine(NULL));
	assert_false(release("yesterday"));
	assert_false(release("2020-01-01"));
	assert_false(release("2120-01-01"));
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	time_format(soon, until);
	soon[strlen("2026-01-31T12:00")] = '\0';
	assert_true(release(soon));
	assert_int_equal(bed.vm->row.state, VM_HELD);
	assert_true(bed.vm->row.accepted_until_ns <= until);
	assert_true(bed.vm->row.accepted_until_ns > until - 60000000000LL);
}

static bool label(const char *text)
{
	return asked("label-set", json_pack("{s:s}", "label", text));
}

static void a_label_is_set_unless_it_is_cut_off(void **state)
{
	(void)state;
	assert_true(label("x:x:web_t"));
	assert_string_equal(fake.label, "x:x:web_t");
	assert_false(label(VMBED_DANGER));
	assert_false(label(""));
	assert_true(quarantine(NULL));
	assert_false(label("x:x:guest_t"));
	vmbed_assert_cut_off();
	assert_true(release(NULL));
	assert_string_equal(fake.label, "x:x:web_t");
	fake.flask = false;
	assert_false(label("x:x:guest_t"));
}

static void times_are_read(void **state)
{
	(void)state;
	assert_int_equal(time_parse("1970-01-02"), 86400000000000LL);
	assert_int_equal(time_parse("1970-01-01T00:01"), 60000000000LL);
	assert_int_equal(time_parse("1970-01-01T00:00:01Z"), 1000000000LL);
	assert_int_equal(time_parse("1970-01-01Z"), -1);
	assert_int_equal(time_parse("1970-01-01T00:01 and more"), -1);
	assert_int_equal(time_parse(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VMBED_TEST(a_level_is_one_of_four),
		VMBED_TEST(a_level_can_be_changed),
		VMBED_TEST(a_script_lets_no_danger_start),
		VMBED_TEST(a_scripts_hold_ends),
		VMBED_TEST(a_release_ends_at_a_time_to_come),
		VMBED_TEST(a_label_is_set_unless_it_is_cut_off),
		cmocka_unit_test(times_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
