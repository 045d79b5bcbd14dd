/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The measurement policy that a golden policy demands. */
#include "unit.h"

#include <string.h>

#include "attest/imapolicy.h"

#define PATH "/etc/ima/ima-policy"

static bool loaded(enum finding_class class, uint64_t index, const char *path)
{
	struct imapolicy p = {.path = PATH};
	struct finding f = {
		.class = class, .index = index, .path = path, .path_len = (uint32_t)strlen(path)};

	imapolicy_record(&p, &f);
	return imapolicy_loaded(&p);
}

static void it_must_be_golden(void **state)
{
	(void)state;
	assert_true(loaded(FINDING_GOOD, 40, PATH));
	assert_true(loaded(FINDING_SIGNED, 40, PATH));
	assert_false(loaded(FINDING_WRONG_DIGEST, 40, PATH));
	assert_false(loaded(FINDING_ELSEWHERE, 40, PATH));
	assert_false(loaded(FINDING_EXCLUDED, 40, PATH));
}

static void it_must_be_that_file(void **state)
{
	(void)state;
	assert_false(loaded(FINDING_GOOD, 40, "/etc/ima/ima-polic"));
	assert_false(loaded(FINDING_GOOD, 40, PATH "2"));
	assert_false(loaded(FINDING_GOOD, 40, "/tmp/ima-policy"));
}

/* Later it may be of somebody who only reads it. */
static void it_must_come_early(void **state)
{
	(void)state;
	assert_true(loaded(FINDING_GOOD, IMAPOLICY_RECORDS_MAX - 1, PATH));
	assert_false(loaded(FINDING_GOOD, IMAPOLICY_RECORDS_MAX, PATH));
}

static void without_a_demand_all_is_well(void **state)
{
	struct imapolicy p = {0};

	(void)state;
	assert_true(imapolicy_loaded(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_must_be_golden),
		cmocka_unit_test(it_must_be_that_file),
		cmocka_unit_test(it_must_come_early),
		cmocka_unit_test(without_a_demand_all_is_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
