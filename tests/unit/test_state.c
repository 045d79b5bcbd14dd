/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "vm/state.h"

/* Out of danger lead the cure and an operator, and nothing else; out of a cure only its own end. */
static void only_cure_and_release_lead_out(void **state)
{
	(void)state;
	for (int to = 0; to < VM_STATES; to++) {
		assert_int_equal(vm_state_may_follow(VM_DANGER, (enum vm_state)to),
				 to == VM_CURING || to == VM_HELD);
		assert_int_equal(vm_state_may_follow(VM_CURING, (enum vm_state)to),
				 to == VM_DANGER || to == VM_PROBATION);
		assert_int_equal(vm_state_may_follow(VM_PROBATION, (enum vm_state)to),
				 to == VM_DANGER || to == VM_TRUSTED);
	}
}

static void danger_is_always_near(void **state)
{
	(void)state;
	for (int from = 0; from < VM_STATES; from++)
		if (from != VM_DANGER)
			assert_true(vm_state_may_follow((enum vm_state)from, VM_DANGER));
}

static void trust_needs_attesting(void **state)
{
	(void)state;
	assert_false(vm_state_may_follow(VM_UNKNOWN, VM_TRUSTED));
	assert_false(vm_state_may_follow(VM_HELD, VM_TRUSTED));
	assert_true(vm_state_may_follow(VM_ATTESTING, VM_TRUSTED));
}

static void containment_follows_state(void **state)
{
	(void)state;
	assert_true(vm_state_contained(VM_DANGER));
	assert_true(vm_state_contained(VM_CURING));
	assert_true(vm_state_contained(VM_PROBATION));
	assert_false(vm_state_contained(VM_TRUSTED));
	assert_false(vm_state_contained(VM_HELD));
	assert_true(vm_state_contained(VM_STATES)); /* what we do not know is kept in */
	assert_string_equal(vm_state_name(VM_STATES), "invalid");
	assert_false(vm_state_may_follow(VM_STATES, VM_TRUSTED));
	assert_false(vm_state_may_follow(VM_DANGER, VM_STATES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_cure_and_release_lead_out),
		cmocka_unit_test(danger_is_always_near),
		cmocka_unit_test(trust_needs_attesting),
		cmocka_unit_test(containment_follows_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
