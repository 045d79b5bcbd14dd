/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VM in danger shares with other guests, and what only a pause can cut. */
#include "unit.h"

#include <string.h>

#include "acm/contain.h"
#include "acm/withdraw.h"
#include "fake_ts.h"
#include "vmbed.h"

static void fall_ill(void)
{
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_true(bed.vm->row.contained);
}

/* What is shared with other guests is cut by the pause alone; without FLASK, whatever the policy says. */
static void peers_keep_it_paused(void **state)
{
	const char *why = NULL;

	for (int flask = 0; flask < 2; flask++) {
		vmbed_tear_down(state);
		vmbed_set_up(state);
		fake.flask = flask;
		bed.conf.defaults.keep_peers = !flask;
		fake.peers = 2;
		fall_ill();
		assert_int_equal(fake.paused, 1);
		assert_int_equal(json_array_size(json_object_get(bed.vm->row.plan, "peers")), 2);
		assert_true(contain_holds(bed.vm, &why));
		fake.paused = 0;
		assert_false(contain_holds(bed.vm, &why));
		assert_non_null(strstr(why, "shares"));
	}
}

static void somebody_unpauses_it(void **state)
{
	(void)state;
	fake.peers = 1;
	fall_ill();
	fake.paused = 0;
	contain_start(bed.vm);
	vmbed_settle();
	assert_int_equal(fake.paused, 1);
	assert_true(bed.vm->row.contained);
}

/* The peer closes its end of the channel, and keeps the memory. */
static void a_peer_that_was_stays_one(void **state)
{
	(void)state;
	fake.peers = 1;
	fall_ill();
	fake.peers = 0;
	contain_start(bed.vm);
	vmbed_settle();
	assert_int_equal(fake.paused, 1);
	assert_true(withdraw_leaves_peers(bed.vm));
}

static void in_doubt_it_has_peers(void **state)
{
	(void)state;
	fake.fail = "peers";
	fall_ill();
	assert_int_equal(fake.paused, 1);
	assert_true(json_is_null(json_object_get(bed.vm->row.plan, "peers")));
}

static void with_flask_it_may_run_on(void **state)
{
	(void)state;
	bed.conf.defaults.keep_peers = true;
	fake.peers = 2;
	fall_ill();
	assert_int_equal(fake.paused, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, vmbed_set_up, vmbed_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(peers_keep_it_paused),	 TEST(somebody_unpauses_it),
		TEST(a_peer_that_was_stays_one), TEST(in_doubt_it_has_peers),
		TEST(with_flask_it_may_run_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
