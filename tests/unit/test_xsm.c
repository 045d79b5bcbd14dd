/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof, on policies that a real compiler made: a small one that is good, and one rule more each
 * time that must be found.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xsm/policydb.h"
#include "xsm/proof.h"
#include "xsm/workloads.h"
#include "xsmbed.h"

#define DIR "/tmp/lz-xsm-XXXXXX"

static const char workload_file[] = "[workload web]\ntalks-to = db\nitself = no\n"
				    "[workload db]\nitself = no\n";

static char dir[] = DIR, policy_path[64], workload_path[64];
static json_t *findings;
static struct workloads *ws;

static void compile(const char *declarations, const char *more)
{
	char source[64], command[256];
	FILE *out;

	snprintf(source, sizeof(source), "%s/policy.conf", dir);
	out = fopen(source, "we");
	assert_non_null(out);
	xsmbed_write(out, declarations, more);
	assert_int_equal(fclose(out), 0);
	snprintf(command, sizeof(command), "checkpolicy -t Xen -c 30 %s -o %s >%s/log 2>&1", source,
		 policy_path, dir);
	if (system(command) != 0)
		fail_msg("checkpolicy: see %s/log", dir);
}

/* Proves the policy with @more in it; the findings are in «findings». Return: their number. */
static size_t prove(const char *declarations, const char *more, const struct workloads *with)
{
	char error[XSM_ERROR_MAX];
	struct xsm_policy *p;
	struct proof proof;

	compile(declarations, more);
	p = xsm_open(policy_path, error);
	if (!p)
		fail_msg("%s", error);
	proof_run(p, with, &proof);
	xsm_close(p);
	json_decref(findings);
	findings = json_incref(proof.findings);
	proof_free(&proof);
	return json_array_size(findings);
}

static const char *text(size_t at, const char *key)
{
	const char *value = json_string_value(json_object_get(json_array_get(findings, at), key));

	return value ? value : "";
}

/* Just one finding, and that one. */
static void finds(const char *more, const char *from, const char *to, const char *class)
{
	if (prove("", more, ws) != 1)
		fail_msg("%zu findings of: %s", json_array_size(findings), more);
	assert_string_equal(text(0, "from"), from);
	assert_string_equal(text(0, "to"), to);
	assert_string_equal(text(0, "class"), class);
}

static int begin(void **state)
{
	FILE *out;

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(policy_path, sizeof(policy_path), "%s/policy", dir);
	snprintf(workload_path, sizeof(workload_path), "%s/workloads", dir);
	out = fopen(workload_path, "we");
	if (!out || fputs(workload_file, out) < 0 || fclose(out))
		return -1;
	ws = workloads_load(workload_path, stderr);
	return ws ? 0 : -1;
}

static int end(void **state)
{
	char command[64];

	(void)state;
	workloads_free(ws);
	json_decref(findings);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(prove("", "", NULL), 0);
	assert_int_equal(prove("", "", ws), 0);
}

static void test_table(void **state)
{
	char error[XSM_ERROR_MAX], names[64];
	struct xsm_policy *p;
	xsm_class grant;
	xsm_type web, db;

	(void)state;
	compile("", "");
	p = xsm_open(policy_path, error);
	assert_non_null(p);
	grant = xsm_class_find(p, "grant");
	web = xsm_type_find(p, "lz_web_run_t");
	db = xsm_type_find(p, "lz_db_run_t");
	assert_int_equal(xsm_allowed(p, web, db, grant),
			 xsm_perm(p, grant, "map_read") | xsm_perm(p, grant, "copy"));
	assert_int_equal(xsm_allowed(p, web, web, grant), 0);
	xsm_perm_names(p, grant, xsm_perm(p, grant, "copy"), names, sizeof(names));
	assert_string_equal(names, "{ copy }");
	assert_int_equal(xsm_perm(p, grant, "none"), 0);
	assert_int_equal(xsm_type_find(p, "none"), 0);
	assert_int_equal(xsm_type_find(p, "domain_type"), 0); /* a set, no type */
	assert_string_equal(xsm_type_name(p, xsm_initial(p, 3)), "dom0_t");
	assert_true(xsm_has(p, web, "domain_type"));
	assert_false(xsm_has(p, web, "lz_held_type") || xsm_has(p, web, "none"));
	xsm_close(p);
}

static void test_direct(void **state)
{
	(void)state;
	finds("allow lz_danger_t domU_t:grant map_read;\n", "lz_danger_t", "domU_t", "grant");
	finds("allow domU_t lz_danger_t:grant copy;\n", "domU_t", "lz_danger_t", "grant");
	finds("allow lz_danger_t domU_t:mmu map_write;\n", "lz_danger_t", "domU_t", "mmu");
	finds("allow domU_t lz_danger_t:domain pause;\n", "domU_t", "lz_danger_t", "domain");
	finds("allow domU_t lz_danger_t:domain2 vm_event;\n", "domU_t", "lz_danger_t", "domain2");
	finds("allow domU_t lz_danger_t:hvm getparam;\n", "domU_t", "lz_danger_t", "hvm");
	finds("allow lz_danger_t domU_t:argo send;\n", "lz_danger_t", "domU_t", "argo");
	/* Two VMs in danger are nobody to each other either. */
	finds("allow lz_danger_t lz_danger_t:grant copy;\n", "lz_danger_t", "lz_danger_t", "grant");
}

static void test_channels(void **state)
{
	(void)state;
	finds("allow lz_danger_t lz_db_peer_t:event send;\n", "lz_danger_t", "lz_web_run_t",
	      "event");
	assert_string_equal(text(0, "via"), "lz_db_peer_t");
	finds("allow lz_selfch_t domU_t:event bind;\nallow domU_t self:event status;\n",
	      "lz_danger_t", "domU_t", "event");
	finds("allow lz_web_peer_t lz_danger_t:event bind;\n", "lz_web_run_t", "lz_danger_t",
	      "event");
}

/* By an attribute, by a switch that is off, and to a type that says of itself that it is no domain. */
static void test_hidden(void **state)
{
	(void)state;
	assert_true(prove("", "allow lz_danger_t domain_type:argo send;\n", NULL) > 3);
	assert_int_equal(prove("bool evil false;\n",
			       "if (evil) { allow lz_danger_t domU_t:hvm getparam; }\n", NULL),
			 1);
	assert_int_equal(prove("",
			       "allow dom0_t stray_t:domain create;\n"
			       "allow lz_danger_t stray_t:grant map_read;\n",
			       NULL),
			 1);
	assert_string_equal(text(0, "to"), "stray_t");
}

static void test_copies(void **state)
{
	(void)state;
	finds("allow dom0_t lz_danger_t:shadow logdirty;\n", "dom0_t", "lz_danger_t", "shadow");
	finds("allow dom0_t lz_danger_t:hvm share_mem;\n", "dom0_t", "lz_danger_t", "hvm");
	finds("allow dom0_t lz_danger_t:mmu pageinfo;\n", "dom0_t", "lz_danger_t", "mmu");
	finds("allow dom0_t lz_danger_t:domain2 set_as_target;\n", "dom0_t", "lz_danger_t",
	      "domain2");
}

static void test_escapes(void **state)
{
	(void)state;
	finds("allow lz_danger_t lz_danger_t_self:domain2 relabelself;\n", "lz_danger_t",
	      "lz_danger_t_self", "domain2");
	finds("allow lz_danger_t security_t:security setenforce;\n", "lz_danger_t", "security_t",
	      "security");
	finds("allow lz_danger_t dom0_t:grant map_read;\n", "lz_danger_t", "dom0_t", "grant");
	finds("allow lz_danger_t xen_t:resource use;\n", "lz_danger_t", "xen_t", "resource");
}

static void test_held(void **state)
{
	(void)state;
	finds("allow dom0_t lz_new_t:domain unpause;\n", "dom0_t", "lz_new_t", "domain");
	finds("allow dom0_t lz_web_t:domain resume;\n", "dom0_t", "lz_web_t", "domain");
	finds("allow domU_t lz_new_t:grant map_read;\n", "domU_t", "lz_new_t", "grant");
	finds("allow lz_web_t domU_t:grant copy;\n", "lz_web_t", "domU_t", "grant");
	finds("allow dom0_t lz_web_run_t:domain create;\n", "dom0_t", "lz_web_run_t", "domain");
}

static void test_workloads(void **state)
{
	static const char other[] = "[workload web]\n[workload db]\n[workload tenant-a]\n";
	struct workloads *wrong;
	FILE *out;

	(void)state;
	finds("allow lz_web_run_t domU_t:grant map_read;\n", "lz_web_run_t", "domU_t", "grant");
	finds("allow domU_t lz_db_run_t:grant map_read;\n", "domU_t", "lz_db_run_t", "grant");
	finds("allow lz_web_run_t lz_web_run_t:grant copy;\n", "lz_web_run_t", "lz_web_run_t",
	      "grant");
	assert_int_equal(prove("", "allow lz_web_run_t domU_t:grant map_read;\n", NULL), 0);
	/* They talk in the policy, and not in this file, which has one more as well. */
	out = fopen(workload_path, "we");
	assert_non_null(out);
	fputs(other, out);
	fclose(out);
	wrong = workloads_load(workload_path, stderr);
	assert_int_equal(prove("", "", wrong), 2 + 4);
	wrong->count = 2;
	wrong->hold_unlabelled = true;
	assert_int_equal(prove("", "", wrong), 4 + 1);
	workloads_free(wrong);
}

static void test_no_policy(void **state)
{
	char error[XSM_ERROR_MAX];
	FILE *out = fopen(policy_path, "we");

	(void)state;
	assert_non_null(out);
	fputs("no policy at all", out);
	fclose(out);
	assert_null(xsm_open(policy_path, error));
	assert_non_null(strstr(error, "no compiled FLASK policy"));
	assert_null(xsm_open(dir, error));
	assert_null(xsm_open("/nonexistent", error));
	assert_non_null(strstr(error, "No such file"));
}

/* Cut off anywhere: refused, or read as what it is, and never worse. */
static void test_cut_off(void **state)
{
	char error[XSM_ERROR_MAX];
	struct xsm_policy *p;

	(void)state;
	compile("", "");
	for (off_t size = 3000; size >= 0; size -= 13) {
		if (truncate(policy_path, size) < 0)
			fail();
		p = xsm_open(policy_path, error);
		xsm_close(p);
		if (size < 1000)
			assert_null(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	  cmocka_unit_test(test_table),
		cmocka_unit_test(test_direct),	  cmocka_unit_test(test_channels),
		cmocka_unit_test(test_hidden),	  cmocka_unit_test(test_copies),
		cmocka_unit_test(test_escapes),	  cmocka_unit_test(test_held),
		cmocka_unit_test(test_workloads), cmocka_unit_test(test_no_policy),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
