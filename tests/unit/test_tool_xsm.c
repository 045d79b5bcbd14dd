// SPDX-License-Identifier: GPL-2.0-or-later
/* lazaretctl xsm and admit: what they say of policies and files, without Xen and without a daemon. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolbed.h"
#include "xsmbed.h"

#define NAME_SIZE 96

static char dir[] = "/tmp/lz-toolxsm-XXXXXX";
static char good[NAME_SIZE], leak[NAME_SIZE], file[NAME_SIZE], wrong[NAME_SIZE];

static int compile(char *policy, const char *name, const char *more)
{
	char source[NAME_SIZE + 8], command[3 * NAME_SIZE];
	FILE *out;

	snprintf(policy, NAME_SIZE, "%s/%s", dir, name);
	snprintf(source, sizeof(source), "%s.conf", policy);
	out = fopen(source, "we");
	if (!out)
		return -1;
	xsmbed_write(out, "", more);
	fclose(out);
	snprintf(command, sizeof(command), "checkpolicy -t Xen -c 30 %s -o %s >/dev/null", source,
		 policy);
	return system(command);
}

static int put(char *path, const char *name, const char *text)
{
	FILE *out;

	snprintf(path, NAME_SIZE, "%s/%s", dir, name);
	out = fopen(path, "we");
	if (!out || fputs(text, out) < 0)
		return -1;
	return fclose(out);
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || compile(good, "good", "") != 0 ||
	    compile(leak, "leak", "allow lz_danger_t domU_t:grant map_read;\n") != 0)
		return -1;
	return put(file, "workloads.conf",
		   "[workload web]\ntalks-to = db\nitself = no\n[workload db]\nitself = no\n") |
	       put(wrong, "wrong.conf", "[workload web]\ntalks-to = cache\n");
}

static int end(void **state)
{
	char command[NAME_SIZE];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void test_check(void **state)
{
	struct args args = {.workloads = file};

	(void)state;
	assert_int_equal(toolbed_run(run_xsm, args, "check", good), TOOL_OK);
	toolbed_shows("proven: no way from or to a VM in danger");
	toolbed_shows("the 2 workloads of");
	assert_int_equal(toolbed_run(run_xsm, args, "check", leak), TOOL_FAILED);
	toolbed_shows("lz_danger_t → domU_t: grant { map_read }");
	args.json = true;
	assert_int_equal(toolbed_run(run_xsm, args, "check", leak), TOOL_FAILED);
	toolbed_shows("\"proven\":false");
	toolbed_shows("\"to\":\"domU_t\"");
	assert_int_equal(toolbed_run(run_xsm, args, "check", "/nonexistent"), TOOL_FAILED);
	toolbed_shows("\"ok\":false");
}

static void test_wrong_file(void **state)
{
	const struct args args = {.workloads = wrong, .json = true};

	(void)state;
	assert_int_equal(toolbed_run(run_xsm, args, "check", good), TOOL_FAILED);
	toolbed_shows("wrong.conf:2: ");
	toolbed_shows("cache");
}

/* Refused before Xen is asked. (A good one is not tried: this may be a dom0.) */
static void test_load(void **state)
{
	const struct args args = {.workloads = file};

	(void)state;
	assert_int_equal(toolbed_run(run_xsm, args, "load", leak), TOOL_FAILED);
	toolbed_shows("refused:");
}

static void test_usage(void **state)
{
	const struct args none = {0};

	(void)state;
	assert_int_equal(toolbed_run(run_xsm, none, "check", NULL), TOOL_USAGE);
	assert_int_equal(toolbed_run(run_xsm, none, "prove", good), TOOL_USAGE);
	assert_int_equal(toolbed_run(run_xsm, none, "build", NULL), TOOL_USAGE);
	assert_int_equal(toolbed_run(run_admit, none, "web", NULL), TOOL_USAGE);
	assert_int_equal(toolbed_run(run_admit, none, "0", NULL), TOOL_USAGE);
	assert_int_equal(toolbed_run(run_admit, none, "99999", NULL), TOOL_USAGE);
}

static void test_no_daemon(void **state)
{
	const struct args args = {.socket = "/nonexistent"};

	(void)state;
	/* It looks itself then, and in doubt nothing starts: there is no Xen here. */
	assert_int_equal(toolbed_run(run_admit, args, "5", NULL), TOOL_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),	  cmocka_unit_test(test_wrong_file),
		cmocka_unit_test(test_load),	  cmocka_unit_test(test_usage),
		cmocka_unit_test(test_no_daemon),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
