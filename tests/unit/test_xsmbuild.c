/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy is compiled by make and checkpolicy, and replaces another only if it is proven. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xsm/build.h"
#include "xsmbed.h"

#define PATH_SIZE 128

/* In place of policy/xsm and Xen's base, which is not here: the same names and variables. */
static const char makefile[] = "all:\n\tcat $(XEN_FLASK)/tools/flask/policy/head $(MODULES) "
			       "$(XEN_FLASK)/tools/flask/policy/tail >$(O)/conf\n"
			       "\tcheckpolicy -t Xen -c 30 $(O)/conf -o $(O)/xenpolicy\n";

static char dir[] = "/tmp/lz-xsmbuild-XXXXXX";
static char xen[PATH_SIZE], rules[PATH_SIZE], output[PATH_SIZE], error[XSM_BUILD_ERROR];
static json_t *findings;

/* Below the test's folder. */
static void place(char out[PATH_SIZE], const char *name)
{
	snprintf(out, PATH_SIZE, "%s/%s", dir, name);
}

static FILE *file(const char *name)
{
	char path[PATH_SIZE];
	FILE *out;

	place(path, name);
	out = fopen(path, "we");
	assert_non_null(out);
	return out;
}

static int begin(void **state)
{
	char command[3 * PATH_SIZE];
	FILE *out;

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	place(xen, "xen");
	place(rules, "rules");
	place(output, "xenpolicy");
	snprintf(command, sizeof(command), "mkdir -p %s/tools/flask/policy %s", xen, rules);
	if (system(command) != 0)
		return -1;
	out = file("rules/Makefile");
	fputs(makefile, out);
	fclose(out);
	out = file("xen/tools/flask/policy/head");
	xsmbed_head(out, "");
	fclose(out);
	out = file("xen/tools/flask/policy/tail");
	xsmbed_tail(out);
	return fclose(out);
}

static int end(void **state)
{
	char command[PATH_SIZE];

	(void)state;
	json_decref(findings);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* Builds with one module of that name and text. Return: as xsm_build(). */
static int build(const char *name, const char *text)
{
	char path[PATH_SIZE];
	const char *module = path;
	struct xsm_build what = {
		.xen = xen, .rules = rules, .module = &module, .modules = 1, .output = output};
	struct proof proof;
	FILE *out = file(name);
	int rc;

	fputs(text, out);
	fclose(out);
	place(path, name);
	rc = xsm_build(&what, &proof, error);
	json_decref(findings);
	findings = NULL;
	if (rc < 0)
		return rc;
	findings = json_incref(proof.findings);
	proof_free(&proof);
	return rc;
}

static off_t size_of_output(void)
{
	struct stat st;

	return stat(output, &st) == 0 ? st.st_size : -1;
}

static void test_refused(void **state)
{
	const json_t *finding;

	(void)state;
	assert_int_equal(build("evil.te", "allow lz_danger_t lz_web_run_t:grant map_read;\n"), 1);
	assert_int_equal(json_array_size(findings), 1);
	finding = json_array_get(findings, 0);
	assert_string_equal(json_string_value(json_object_get(finding, "from")), "lz_danger_t");
	assert_string_equal(json_string_value(json_object_get(finding, "to")), "lz_web_run_t");
	assert_int_equal(size_of_output(), -1);
}

static void test_built(void **state)
{
	off_t size;

	(void)state;
	assert_int_equal(build("good.te", "allow domU_t xen_t:resource use;\n"), 0);
	assert_int_equal(json_array_size(findings), 0);
	size = size_of_output();
	assert_true(size > 0);
	/* What is refused, or does not compile, leaves the old one. */
	assert_int_equal(build("evil.te", "allow lz_danger_t domain_type:argo send;\n"), 1);
	assert_int_equal(build("wrong.te", "allow no_such_t xen_t:resource use;\n"), -1);
	assert_non_null(strstr(error, "it does not compile:"));
	assert_non_null(strstr(error, "no_such_t"));
	assert_int_equal(size_of_output(), size);
}

static void test_names(void **state)
{
	char good[PATH_SIZE];

	(void)state;
	assert_int_equal(build("Bad.te", ""), -1);
	assert_non_null(strstr(error, "lower-case"));
	assert_int_equal(build("lz_workloads.te", ""), -1);
	assert_non_null(strstr(error, "lower-case"));
	memcpy(good, xen, sizeof(good));
	snprintf(xen, sizeof(xen), "relative");
	assert_int_equal(build("good.te", ""), -1);
	assert_non_null(strstr(error, "absolute path"));
	snprintf(xen, sizeof(xen), "/tmp/a b");
	assert_int_equal(build("good.te", ""), -1);
	assert_non_null(strstr(error, "absolute path"));
	snprintf(xen, sizeof(xen), "/nonexistent");
	assert_int_equal(build("good.te", ""), -1);
	assert_non_null(strstr(error, "no source tree of Xen"));
	memcpy(xen, good, sizeof(xen));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_built),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
