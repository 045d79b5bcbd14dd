/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is cured when: in line, again after a while, with new supplies, or not any more. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fake_ts.h"
#include "remedy/ward.h"
#include "vm/tx.h"
#include "vmbed.h"

#define OTHER "22222222-2222-3333-4444-555555555555"

static char pack[96], image[96];

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int set_up(void **state)
{
	if (vmbed_set_up(state))
		return -1;
	snprintf(pack, sizeof(pack), "%s/a.pack", bed.dir);
	snprintf(image, sizeof(image), "%s/nowhere.img", bed.dir);
	put(pack, "1");
	bed.conf.cures_at_once = 1;
	bed.conf.defaults.pack = pack;
	bed.conf.defaults.golden_image = image;
	bed.conf.defaults.disk = (char *)(uintptr_t) "xvda";
	bed.conf.defaults.cure_interval = 1000;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_true(bed.vm->row.contained);
	fake.fail = "destroy";
	return 0;
}

/* Cures that failed, in their first step: fake.fail. */
static unsigned int failed(void)
{
	vmbed_settle();
	assert_int_equal(bed.vm->row.state, VM_DANGER);
	return bed.vm->ward.rounds;
}

/* A second VM in danger, of which only the row is needed. */
static struct vm *another(void)
{
	struct vm *vm = vm_get(&bed.host, OTHER);

	snprintf(vm->row.name, sizeof(vm->row.name), "other");
	vm->row.state = VM_DANGER;
	vm->row.plan = json_object();
	return vm;
}

static const char *waiting(size_t at)
{
	static char name[STORE_NAME_SIZE];
	json_t *list = ward_list(&bed.host);
	const char *text = json_string_value(json_array_get(json_object_get(list, "waiting"), at));

	snprintf(name, sizeof(name), "%s", text ? text : "");
	json_decref(list);
	return name;
}

static void in_line(void **state)
{
	struct vm *other = another();
	const char *why = NULL;

	(void)state;
	bed.conf.cures_at_once = 0; /* as if others were being cured */
	assert_int_equal(ward_ask(other, "root", &why), 1);
	assert_int_equal(ward_ask(bed.vm, "root", &why), 2);
	assert_int_equal(ward_ask(bed.vm, "root", &why), -1);
	assert_non_null(strstr(why, "already"));
	assert_string_equal(waiting(0), "other");
	assert_string_equal(waiting(1), "patient");
	ward_tick(bed.vm);
	assert_null(bed.vm->tx);
	bed.conf.cures_at_once = 1;
	ward_tick(bed.vm); /* not before the other one */
	assert_null(bed.vm->tx);
	other->row.state = VM_HELD; /* an operator has released it meanwhile */
	ward_tick(other);
	assert_string_equal(waiting(0), "patient");
	ward_tick(bed.vm);
	assert_int_equal(failed(), 1);
	assert_string_equal(waiting(0), "");
	vmbed_free(other);
}

static void until_an_operator_looks(void **state)
{
	const char *why;

	(void)state;
	bed.conf.defaults.auto_cure = true;
	bed.conf.defaults.cure_rounds = 2;
	for (unsigned int i = 1; i <= 4; i++) {
		bed.vm->ward.retry_ms = 0;
		ward_tick(bed.vm);
		assert_int_equal(failed(), i < 2 ? i : 2);
	}
	assert_int_equal(ward_ask(bed.vm, "root", &why), 0);
	assert_int_equal(failed(), 3);
}

static void not_before_its_time(void **state)
{
	(void)state;
	bed.conf.defaults.auto_cure = true;
	ward_tick(bed.vm);
	assert_int_equal(failed(), 1);
	ward_tick(bed.vm);
	assert_int_equal(failed(), 1);
}

static void with_other_supplies(void **state)
{
	(void)state;
	bed.conf.defaults.auto_cure = true;
	bed.conf.defaults.cure_rounds = 1;
	ward_tick(bed.vm);
	assert_int_equal(failed(), 1);
	for (int i = 0; i < 2; i++) {
		bed.vm->ward.looked_ms = -1000000;
		ward_tick(bed.vm);
		assert_int_equal(failed(), 1);
	}
	put(pack, "longer");
	bed.vm->ward.looked_ms = -1000000;
	ward_tick(bed.vm); /* it may still be being written */
	assert_true(bed.vm->ward.retry_ms > 0);
	bed.vm->ward.looked_ms = -1000000;
	ward_tick(bed.vm);
	assert_int_equal(failed(), 1);
	assert_true(bed.vm->ward.retry_ms > 0);
}

static void what_was_before_a_restart_counts(void **state)
{
	(void)state;
	bed.conf.defaults.auto_cure = true;
	bed.conf.defaults.cure_rounds = 3;
	for (int i = 0; i < 2; i++) {
		bed.vm->ward.retry_ms = 0;
		ward_tick(bed.vm);
		assert_int_equal(failed(), i + 1);
	}
	vmbed_end();
	vmbed_start();
	bed.conf.defaults.auto_cure = false;
	ward_tick(bed.vm);
	assert_int_equal(bed.vm->ward.rounds, 2);
}

static void a_refusal_is_told_once(void **state)
{
	(void)state;
	bed.conf.defaults.auto_cure = true;
	bed.conf.defaults.golden_image = NULL;
	ward_tick(bed.vm);
	assert_null(bed.vm->tx);
	assert_non_null(strstr(bed.vm->ward.why, "golden-image"));
	assert_true(bed.vm->ward.retry_ms > 0);
	assert_int_equal(bed.vm->ward.turn, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, vmbed_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_line),
		TEST(until_an_operator_looks),
		TEST(not_before_its_time),
		TEST(with_other_supplies),
		TEST(what_was_before_a_restart_counts),
		TEST(a_refusal_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
