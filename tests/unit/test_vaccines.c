/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of others in the remedy domain: what they say is taken apart, and what fails is told. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker/report.h"
#include "worker/vaccines.h"

/* The worker is a program of its own, and in no library. */
#include "worker/below.c"
#include "worker/rows.c"
#include "worker/vaccines.c"

static char dir[64], error[256], told[8192];
static unsigned int looked;

void report_vaccine(void)
{
	looked++;
}

void report_finding(const struct report_finding *f)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s|%s|%s|%s\n", f->class,
		 f->path, f->rule, f->found ? f->found : "-");
}

static const char *at(const char *name)
{
	static char path[8][256];
	static int turn;
	char *out = path[turn++ % 8];

	snprintf(out, 256, "%s/%s", dir, name);
	return out;
}

static void put(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(at(name), mode), 0);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-vaccines.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(at("d"), 0755), 0);
	assert_int_equal(mkdir(at("root"), 0755), 0);
	put("root/evil", "evil", 0644);
	told[0] = error[0] = '\0';
	looked = 0;
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static int scan(void)
{
	return vaccines_scan(at("d"), at("root"), error, sizeof(error));
}

static void what_they_find(void **state)
{
	(void)state;
	put("d/20-b",
	    "#!/bin/sh\n[ \"$1\" = scan ] && printf 'Bad.Thing\\t/evil\\nOdd\\t/a\\\\x0ab\\n'\n",
	    0755);
	put("d/10-a", "#!/bin/sh\nexit 0\n", 0755);
	put("d/README", "not a program", 0644);
	put("d/.hidden", "#!/bin/sh\nexit 1\n", 0755);
	assert_int_equal(scan(), 0);
	assert_int_equal(looked, 2);
	assert_string_equal(
		told, "vaccine|/evil|20-b: Bad.Thing|"
		      "sha256:b5c1fb2efc6d6b4674c2fdcc48ce01b43a3b7c03763c0c3355de0099ee0f8c73\n"
		      "vaccine|/a\nb|20-b: Odd|\n");
}

static void without_any(void **state)
{
	(void)state;
	assert_int_equal(vaccines_scan(at("nowhere"), at("root"), error, sizeof(error)), 0);
	assert_int_equal(looked, 0);
}

/* Each is a program whose word must not pass for a clean disk. */
static void what_fails(void **state)
{
	static const struct {
		const char *program, *why;
	} bad[] = {
		{"#!/bin/sh\nexit 3\n", "status 3"},
		{"#!/bin/sh\nkill -9 $$\n", "signal 9"},
		{"#!/bin/sh\necho nonsense\n", "rule<tab>/path"},
		{"#!/bin/sh\nprintf 'Rule\\trelative\\n'\n", "rule<tab>/path"},
		{"#!/bin/sh\nprintf 'Rule\\t/bad\\\\x0\\n'\n", "rule<tab>/path"},
		{"#!/bin/sh\nprintf '\\001\\t/x\\n'\n", "rule<tab>/path"},
		{"#!/bin/sh\nprintf 'Rule\\t/cut'\n", "not whole"},
		{"#!/bin/sh\nhead -c 100000 /dev/zero | tr '\\0' x\n", "too long"},
		{"#!/nowhere/sh\n", "No such file"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put("d/bad", bad[i].program, 0755);
		assert_int_equal(scan(), -1);
		assert_non_null(strstr(error, "vaccine bad, scan"));
		if (!strstr(error, bad[i].why))
			fail_msg("%zu: %s", i, error);
	}
}

/* A link to a file outside is no file of the guest's. */
static void no_link_leads_out(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", at("root/link")), 0);
	put("d/a", "#!/bin/sh\nprintf 'Rule\\t/link\\n'\n", 0755);
	assert_int_equal(scan(), 0);
	assert_string_equal(told, "vaccine|/link|a: Rule|\n");
}

static int cure(const char *first, const char *second)
{
	struct row row[] = {
		{.path = (char *)(uintptr_t) "evil", .vaccine = (char *)(uintptr_t)first},
		{.path = (char *)(uintptr_t) "x"},
		{.path = (char *)(uintptr_t) "y", .vaccine = (char *)(uintptr_t)second}};
	struct rows rows = {row, 3};

	return vaccines_cure(&rows, at("d"), at("root"), error, sizeof(error));
}

static void each_cures_once(void **state)
{
	(void)state;
	put("d/a", "#!/bin/sh\n[ \"$1\" = cure ] && rm \"$2/evil\" && echo /evil\n", 0755);
	assert_int_equal(cure("a", "a"), 0);
	assert_string_equal(told, "changed|/evil|a|-\n");
	assert_int_equal(access(at("root/evil"), F_OK), -1);
	assert_int_equal(cure("a", "a"), -1); /* rm has failed */
	assert_int_equal(cure("b", "a"), -1);
	assert_non_null(strstr(error, "none of this name"));
	assert_int_equal(cure("../d/a", "a"), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_they_find),	 TEST(without_any),	TEST(what_fails),
		TEST(no_link_leads_out), TEST(each_cures_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
