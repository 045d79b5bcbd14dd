/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The controller ends where a test tells it to, nowhere else, and what it left is finished by the next. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acm/contain.h"
#include "acm/restore.h"
#include "fake_ts.h"
#include "vm/crash.h"
#include "vm/tx.h"
#include "vmbed.h"

/* In a process of its own, which ends as returned by waitpid(). */
static int run_with(const char *point, void (*run)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (point)
			setenv(CRASH_VAR, point, 1);
		crash_init();
		run();
		_exit(getenv(CRASH_VAR) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void fall_ill(void)
{
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
}

static void nothing(void)
{
}

static bool is_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void each_place_of_each_step(void **state)
{
	static const char *const places[] = {CRASH_DONE, CRASH_RECORDED};
	char point[64];

	for (const struct tx_step *step = contain_isolate.steps; step->name; step++) {
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			vmbed_tear_down(state);
			vmbed_set_up(state);
			snprintf(point, sizeof(point), "contain:%s:%s", step->name, places[i]);
			assert_true(is_killed(run_with(point, fall_ill)));
			/* The domain is as before, since that was another process; the store is not. */
			vmbed_end();
			vmbed_start();
			vmbed_settle();
			vmbed_assert_cut_off();
			assert_int_equal(fake.paused, 0);
		}
	}
}

static void under_way_where_there_is_something_to_wait_for(void **state)
{
	(void)state;
	assert_true(is_killed(run_with("contain:vif:" CRASH_UNDER_WAY, fall_ill)));
}

static void nowhere_else(void **state)
{
	(void)state;
	assert_true(is_killed(run_with("contain:begin", fall_ill)));
	assert_int_equal(run_with("contain:relabel:" CRASH_UNDER_WAY, fall_ill), 0);
	assert_int_equal(run_with("release:relabel:" CRASH_DONE, fall_ill), 0);
	assert_int_equal(run_with(NULL, fall_ill), 0);
}

static void what_there_is_not_is_refused(void **state)
{
	static const char *const points[] = {"",
					     "contain",
					     "contain:vif",
					     "contain:vif:",
					     "contain:vif:done ",
					     "release:record:done"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(points); i++)
		assert_int_equal(WEXITSTATUS(run_with(points[i], nothing)), 2);
}

static void end_unlisted(struct tx *tx, int rc)
{
	(void)tx;
	(void)rc;
}

static void begin_unlisted(void)
{
	static const struct tx_step steps[] = {{NULL, NULL}};
	static const struct tx_kind unlisted = {"unlisted", steps, end_unlisted};

	tx_start(bed.vm, &unlisted, "unit");
}

static void a_transaction_that_no_test_would_find_is_told(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(run_with("contain:begin", begin_unlisted)), 1);
	assert_int_equal(run_with(NULL, begin_unlisted), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VMBED_TEST(each_place_of_each_step),
		VMBED_TEST(under_way_where_there_is_something_to_wait_for),
		VMBED_TEST(nowhere_else),
		VMBED_TEST(what_there_is_not_is_refused),
		VMBED_TEST(a_transaction_that_no_test_would_find_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
