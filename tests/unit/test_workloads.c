/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of workloads: what it means, what is wrong in it, and the rules that are made of it. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xsm/rules.h"
#include "xsm/workloads.h"

static char *said;

static struct workloads *load(const char *text)
{
	char path[] = "/tmp/lz-workloads-XXXXXX";
	int fd = mkstemp(path);
	struct workloads *ws;
	size_t len = 0;
	FILE *errors;

	free(said);
	said = NULL;
	errors = open_memstream(&said, &len);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ws = workloads_load(path, errors);
	fclose(errors);
	unlink(path);
	return ws;
}

/* It is refused, and that is said of line @line with @why in it. */
static void refuses(const char *text, unsigned int line, const char *why)
{
	char where[32];

	assert_null(load(text));
	snprintf(where, sizeof(where), ":%u: ", line);
	if (!strstr(said, where) || !strstr(said, why))
		fail_msg("no «%s…%s» in: %s", where, why, said);
}

static char *rules_of(const char *text)
{
	struct workloads *ws = load(text);
	char *rules = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&rules, &len);

	assert_non_null(ws);
	rules_write(ws, "a\nfile", out);
	fclose(out);
	workloads_free(ws);
	return rules;
}

static void test_meaning(void **state)
{
	struct workloads *ws =
		load("[workload web]\ntalks-to = db, cache\n[workload db]\n"
		     "itself = no\nmigrate = no\n[workload cache]\ndevices = yes\n"
		     "[apart rivals]\nworkloads = web tenant-a\n[workload tenant-a]\n"
		     "[policy]\nhold-unlabelled = yes\n");
	size_t web, db, cache, tenant;

	(void)state;
	assert_non_null(ws);
	web = workloads_find(ws, "web");
	db = workloads_find(ws, "db");
	cache = workloads_find(ws, "cache");
	tenant = workloads_find(ws, "tenant-a");
	assert_true(workloads_may_talk(ws, web, db) && workloads_may_talk(ws, db, web));
	assert_true(workloads_may_talk(ws, cache, web));
	assert_false(workloads_may_talk(ws, db, cache) || workloads_may_talk(ws, tenant, web));
	assert_true(workloads_may_talk(ws, web, web));
	assert_false(workloads_may_talk(ws, db, db));
	assert_true(workloads_apart(ws, web, tenant) && workloads_apart(ws, tenant, web));
	assert_false(workloads_apart(ws, web, web) || workloads_apart(ws, web, db));
	assert_true(ws->hold_unlabelled && ws->list[cache].devices);
	assert_false(ws->list[db].migrate);
	assert_true(ws->list[web].migrate);
	assert_int_equal(workloads_find(ws, "other"), WORKLOADS_MISSING);
	workloads_free(ws);
}

static void test_labels(void **state)
{
	struct workloads *ws = load("[workload web]\n[workload web-2]\n");
	enum workload_type which;

	(void)state;
	assert_int_equal(workloads_of_label(ws, "system_u:system_r:lz_web_t", &which), 0);
	assert_int_equal(which, WORKLOAD_HELD);
	assert_int_equal(workloads_of_label(ws, "system_u:system_r:lz_web_2_run_t:s0", &which), 1);
	assert_int_equal(which, WORKLOAD_RUNS);
	assert_int_equal(workloads_of_label(ws, "u:r:lz_web_run_tx", &which), WORKLOADS_MISSING);
	assert_int_equal(workloads_of_label(ws, "lz_web_t", &which), WORKLOADS_MISSING);
	assert_int_equal(workloads_of_label(ws, "", &which), WORKLOADS_MISSING);
	workloads_free(ws);
}

static void test_label_parts(void **state)
{
	char label[64] = "u:r:lz_web_t:s0", runs[64];

	(void)state;
	assert_true(workload_label_is(label, "lz_web_t"));
	assert_false(workload_label_is(label, "lz_web") || workload_label_is("u:r", "r"));
	assert_true(workload_label_guess(label, runs, sizeof(runs)));
	assert_string_equal(runs, "u:r:lz_web_run_t:s0");
	assert_false(workload_label_guess(label, runs, 19));
	assert_false(workload_label_guess("u:r:domU_t", runs, sizeof(runs)));
	assert_false(workload_label_guess("u:r:lz_t", runs, sizeof(runs)));
	workload_label(label, sizeof(label), "lz_other_t");
	assert_string_equal(label, "u:r:lz_other_t:s0");
	workload_label(label, sizeof(label), "lz_t");
	assert_string_equal(label, "u:r:lz_t:s0");
}

static void test_mistakes(void **state)
{
	(void)state;
	refuses("", 0, "no [workload NAME]");
	refuses("talks-to = web\n", 1, "before the first section");
	refuses("[workload]\n", 1, "takes a name");
	refuses("[workload Web]\n", 1, "lower-case");
	refuses("[workload a_b]\n", 1, "lower-case");
	refuses("[workload a--b]\n", 1, "lower-case");
	refuses("[workload a-]\n", 1, "lower-case");
	refuses("[workload abcdefghijklmnopqrstuvwxy]\n", 1, "24 bytes");
	refuses("[workload danger]\n", 1, "Lazaret's own");
	refuses("[workload web-run]\n", 1, "Lazaret's own");
	refuses("[workload web]\n\n[workload web]\n", 3, "already in line 1");
	refuses("[workload web]\ntalk-to = db\n", 2, "unknown key «talk-to»");
	refuses("[workload web]\ntalks-to = db\n", 2, "no [workload db]");
	refuses("[workload web]\ntalks-to = ,\n", 2, "no workload is named");
	refuses("[workload web]\ntalks-to = web\n", 2, "itself = yes");
	refuses("[workload web]\nitself = maybe\n", 2, "«yes» or «no»");
	refuses("[workload web]\n[apart x]\nworkloads = web web\n", 2, "at least 2");
	refuses("[workload web]\n[apart x]\n[apart x]\n", 3, "already in line 2");
	refuses("[workload web]\n[apart x]\ntalks-to = web\n", 3, "unknown key");
	refuses("[workload web]\n[other]\n", 2, "unknown section");
	refuses("[workload web]\n[policy]\nhold = yes\n", 3, "unknown key");
	refuses("[workload web]\n[workload\n", 2, "header");
}

static void test_danger_reaches_nobody(void **state)
{
	(void)state;
	refuses("[workload web]\ntalks-to = danger\n", 2, "a VM in danger reaches nobody");
}

static void test_contradiction(void **state)
{
	(void)state;
	refuses("[workload a]\n[workload b]\ntalks-to = a\n[apart x]\nworkloads = a b\n", 3,
		"never run at the same time");
}

static void test_limits(void **state)
{
	char *text = calloc(1, 64 * (WORKLOADS_MAX + 1));

	(void)state;
	for (int i = 0; i <= WORKLOADS_MAX; i++)
		sprintf(text + strlen(text), "[workload w%d]\n", i);
	refuses(text, WORKLOADS_MAX + 1, "more than 64 workloads");
	text[strlen(text) - strlen("[workload w64]\n")] = '\0';
	workloads_free(load(text));
	assert_string_equal(said, "");
	free(text);
}

static void test_rules(void **state)
{
	char *rules = rules_of("[workload web]\ntalks-to = tenant-a\nmigrate = no\n"
			       "[workload tenant-a]\nitself = no\ndevices = yes\n");

	(void)state;
	assert_non_null(strstr(rules, "lz_declare_workload(`web')\n\n"));
	assert_non_null(strstr(rules, "lz_declare_workload(`tenant_a')\nlz_migrate(`tenant_a')\n"
				      "lz_devices(`tenant_a')\n"));
	assert_non_null(strstr(rules, "lz_talk(`web', `web')\nlz_talk(`web', `tenant_a')\n"));
	assert_null(strstr(rules, "lz_talk(`tenant_a'"));
	assert_non_null(
		strstr(rules, "Made from a_file\n")); /* a comment that does not end early */
	free(rules);
}

/* The one that is delivered is good, and is what its comments say. */
static void test_example(void **state)
{
	struct workloads *ws = workloads_load("policy/xsm/workloads.conf", stderr);

	(void)state;
	assert_non_null(ws);
	assert_true(workloads_apart(ws, workloads_find(ws, "tenant-a"),
				    workloads_find(ws, "tenant-b")));
	workloads_free(ws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meaning),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_label_parts),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_danger_reaches_nobody),
		cmocka_unit_test(test_contradiction),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
