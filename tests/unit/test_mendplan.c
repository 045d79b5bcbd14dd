/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a repair makes of a scan's findings. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "remedy/mendplan.h"

static json_t *finding(const char *class, const char *path, const char *found, const char *expected)
{
	json_t *row = json_pack("{s:s,s:s}", "class", class, "path", path);

	if (found)
		json_object_set_new(row, "found", json_string(found));
	if (expected) {
		json_object_set_new(row, "expected", json_string(expected));
		json_object_set_new(row, "expected_version", json_string("coreutils 9.1-1"));
	}
	return row;
}

static int add(json_t *plan, json_t *row, const char **why)
{
	int rc = mendplan_add(plan, row, why);

	json_decref(row);
	return rc;
}

static const char *what(const json_t *plan, size_t at, const char *key)
{
	return json_string_value(json_object_get(json_array_get(plan, at), key));
}

static void each_file_once(void **state)
{
	json_t *plan = json_array();
	const char *why;

	(void)state;
	assert_int_equal(add(plan, finding("unknown-file", "/evil", "sha256:00", NULL), &why), 0);
	assert_int_equal(add(plan, finding("signature", "/evil", "sha256:00", NULL), &why), 0);
	assert_int_equal(add(plan, finding("signature", "/usr/bin/tac", "sha256:01", NULL), &why),
			 0);
	assert_int_equal(
		add(plan, finding("wrong-digest", "/usr/bin/tac", "sha256:01", "sha256:02"), &why),
		0);
	assert_int_equal(json_array_size(plan), 2);
	assert_string_equal(what(plan, 0, "do"), "remove");
	assert_null(what(plan, 0, "expected"));
	assert_string_equal(what(plan, 1, "do"), "restore");
	assert_string_equal(what(plan, 1, "expected"), "sha256:02");
	assert_string_equal(what(plan, 1, "of"), "coreutils 9.1-1");
	json_decref(plan);
}

static void what_nobody_can_read(void **state)
{
	json_t *plan = json_array();
	const char *why = "";

	(void)state;
	assert_int_equal(add(plan, finding("unreadable", "/x", NULL, NULL), &why), -1);
	assert_non_null(strstr(why, "can't be read"));
	assert_int_equal(json_array_size(plan), 0);
	json_decref(plan);
}

/* What a vaccine alone has found is its to cure; what others have found as well is not. */
static void of_a_vaccine(void **state)
{
	json_t *plan = json_array(), *row;
	const char *why;

	(void)state;
	for (int i = 0; i < 2; i++) {
		row = finding("vaccine", i ? "/evil" : "/odd", i ? "sha256:00" : NULL, NULL);
		json_object_set_new(row, "rule", json_string("10-a: Some.Thing"));
		assert_int_equal(add(plan, row, &why), 0);
	}
	assert_string_equal(what(plan, 0, "do"), "vaccine");
	assert_string_equal(what(plan, 0, "of"), "10-a");
	assert_string_equal(what(plan, 0, "found"), "");
	assert_int_equal(add(plan, finding("signature", "/evil", "sha256:00", NULL), &why), 0);
	assert_string_equal(what(plan, 1, "do"), "remove");
	assert_null(what(plan, 1, "of"));
	json_decref(plan);
}

static void it_is_read_as_it_was_written(void **state)
{
	json_t *plan = json_array(), *back, *row;
	FILE *file = tmpfile();
	const char *why;

	(void)state;
	add(plan, finding("unknown-file", "/a\\x0ab", "sha256:00", NULL), &why);
	add(plan, finding("wrong-digest", "/c", "sha256:01", "sha256:02"), &why);
	row = finding("vaccine", "/d", NULL, NULL);
	json_object_set_new(row, "rule", json_string("v: x"));
	add(plan, row, &why);
	assert_int_equal(mendplan_write(plan, file), 0);
	rewind(file);
	back = mendplan_read(file);
	assert_true(json_equal(plan, back));
	json_decref(plan);
	json_decref(back);
	fclose(file);
}

static void what_is_none(void **state)
{
	static const char *const bad[] = {
		"{\n",
		"[]\n",
		"{\"do\":\"remove\",\"path\":\"relative\",\"found\":\"sha256:00\"}\n",
		"{\"do\":\"remove\",\"path\":\"/x\"}\n",
		"{\"do\":\"restore\",\"path\":\"/x\",\"found\":\"sha256:00\"}\n",
		"{\"do\":\"vaccine\",\"path\":\"/x\",\"found\":\"\"}\n",
		"{\"do\":\"burn\",\"path\":\"/x\",\"found\":\"sha256:00\"}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FILE *file = tmpfile();

		fputs(bad[i], file);
		rewind(file);
		assert_null(mendplan_read(file));
		fclose(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_once), cmocka_unit_test(what_nobody_can_read),
		cmocka_unit_test(of_a_vaccine),	  cmocka_unit_test(it_is_read_as_it_was_written),
		cmocka_unit_test(what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
