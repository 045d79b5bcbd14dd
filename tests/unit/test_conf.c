// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration: presets, inheritance, and every error with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/conf.h"

#define UUID_A "0b1e2c3d-4455-6677-8899-aabbccddeeff"

static char path[] = "/tmp/lz-conf-XXXXXX";
static char errors[65536];

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static struct conf *load_path(const char *from)
{
	struct conf *conf;
	FILE *out;

	memset(errors, 0, sizeof(errors));
	out = fmemopen(errors, sizeof(errors), "w");
	assert_non_null(out);
	conf = conf_load(from, out);
	fclose(out);
	return conf;
}

static struct conf *load_bytes(const char *text, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
	return load_path(path);
}

static struct conf *load(const char *text)
{
	return load_bytes(text, strlen(text));
}

/* @text must be refused, with @want («LINE: text») among the errors. */
static void refused(const char *text, const char *want)
{
	struct conf *conf = load(text);
	char line[512];

	snprintf(line, sizeof(line), "%s:%s", path, want);
	if (conf || !strstr(errors, line))
		print_error("for «%s» wanted «%s», got «%s»\n", text, line, errors);
	assert_null(conf);
	assert_non_null(strstr(errors, line));
}

static size_t error_count(void)
{
	size_t count = 0;

	for (const char *c = errors; *c; c++)
		count += *c == '\n';
	return count;
}

static void test_presets(void **state)
{
	struct conf *conf = load("");

	(void)state;
	assert_non_null(conf);
	assert_string_equal(errors, "");
	assert_string_equal(conf->user, "lazaret");
	assert_string_equal(conf->group, "lazaret");
	assert_int_equal(conf->vm_uids.first, 2100000000);
	assert_int_equal(conf->vm_uids.last, 2100065535);
	assert_string_equal(conf->state_dir, "/var/lib/lazaret");
	assert_string_equal(conf->run_dir, "/run/lazaret");
	assert_string_equal(conf->chroot_dir, "/run/lazaret/empty");
	assert_null(conf->events_file);
	assert_string_equal(conf->danger_label, "system_u:system_r:lz_danger_t");
	assert_false(conf->syslog);
	assert_false(conf->verbose);
	assert_null(conf->defaults.name);
	assert_null(conf->defaults.pack);
	assert_null(conf->defaults.golden_image);
	assert_string_equal(conf->defaults.disk, "xvda");
	assert_int_equal(conf->defaults.level, LEVEL_ISOLATE);
	assert_false(conf->defaults.auto_cure);
	assert_int_equal(conf->defaults.challenge, 10);
	assert_int_equal(conf->defaults.stale, 30);
	assert_int_equal(conf->defaults.lost, 90);
	assert_int_equal(conf->defaults.settle, 5);
	assert_int_equal(conf->defaults.probation, 10);
	assert_int_equal(conf->defaults.boot_limit, 600);
	assert_int_equal(conf->vm_count, 0);
	conf_free(conf);
}

static void test_all_keys(void **state)
{
	struct conf *conf = load("\xef\xbb\xbf# comment\n[lazaretd] ; remark\r\n"
				 "user = lz\ngroup=ops\nstate-dir : /s\nrun-dir = /r ; remark\n"
				 "vm-uids = 70000-70010\nchroot-dir = /c\nevents-file = /e\nlog = "
				 "syslog\nverbose = yes\n"
				 "[ containment ]\ndanger-label = a:b:c_t\n");

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->user, "lz");
	assert_string_equal(conf->group, "ops");
	assert_int_equal(conf->vm_uids.first, 70000);
	assert_int_equal(conf->vm_uids.last, 70010);
	assert_string_equal(conf->state_dir, "/s");
	assert_string_equal(conf->run_dir, "/r");
	assert_string_equal(conf->chroot_dir, "/c");
	assert_string_equal(conf->events_file, "/e");
	assert_string_equal(conf->danger_label, "a:b:c_t");
	assert_true(conf->syslog);
	assert_true(conf->verbose);
	conf_free(conf);
}

static void test_no_uids(void **state)
{
	struct conf *conf = load("[lazaretd]\nvm-uids = none\n");

	(void)state;
	assert_non_null(conf);
	assert_int_equal(conf->vm_uids.first, 0);
	assert_int_equal(conf->vm_uids.last, 0);
	conf_free(conf);
}

static void test_inherits_from_defaults_below(void **state)
{
	struct conf *conf = load("[vm web]\nstale = 30\n"
				 "[defaults]\npack = /p\nchallenge = 7\nlevel = freeze\n"
				 "golden-image = /g\nauto-cure = yes\n");
	const struct conf_vm *vm;

	(void)state;
	assert_non_null(conf);
	vm = conf_vm_find(conf, UUID_A, "web");
	assert_string_equal(vm->name, "web");
	assert_string_equal(vm->pack, "/p");
	assert_string_equal(vm->golden_image, "/g");
	assert_string_equal(vm->disk, "xvda");
	assert_int_equal(vm->challenge, 7);
	assert_int_equal(vm->stale, 30);
	assert_int_equal(vm->level, LEVEL_FREEZE);
	assert_true(vm->auto_cure);
	conf_free(conf);
}

static void test_find_prefers_uuid(void **state)
{
	struct conf *conf = load("[vm web]\nchallenge = 1\n"
				 "[vm 0B1E2C3D-4455-6677-8899-AABBCCDDEEFF]\nchallenge = 2\n"
				 "[defaults]\nchallenge = 3\n");

	(void)state;
	assert_non_null(conf);
	assert_int_equal(conf_vm_find(conf, UUID_A, "web")->challenge, 2);
	assert_int_equal(conf_vm_find(conf, "x", "web")->challenge, 1);
	assert_int_equal(conf_vm_find(conf, "x", "other")->challenge, 3);
	assert_int_equal(conf_vm_find(conf, "x", NULL)->challenge, 3);
	conf_free(conf);
}

static void test_structure_errors(void **state)
{
	(void)state;
	refused("user = x\n", "1: «user» stands before the first section");
	refused("[lazaretd]\nnonsense\n", "2: neither «key = value»");
	refused("[lazaretd\n", "1: a section's header");
	refused("[lazaretd] x\n", "1: a section's header");
	refused("[lazerettd]\n", "1: unknown section [lazerettd]");
	refused("[]\n", "1: unknown section []");
	refused("[lazaretd]\n[lazaretd]\n", "2: [lazaretd] is there already in line 1");
	refused("\n[vm a]\n[vm a]\n", "3: [vm a] is there already in line 2");
	refused("[vm " UUID_A "]\n[vm 0B1E2C3D-4455-6677-8899-AABBCCDDEEFF]\n",
		"2: [vm " UUID_A "] is there already in line 1");
	refused("[vm]\n", "1: [vm NAME] takes");
	refused("[vm ]\n", "1: [vm NAME] takes");
	refused("[vm a/b]\n", "1: [vm NAME] takes");
	refused("[vm a b]\n", "1: [vm NAME] takes");
	refused("[lazaretd]\nuzer = x\n", "2: unknown key «uzer»");
	refused("[lazaretd]\npack = /p\n", "2: unknown key «pack»");
	refused("[vm a]\nuser = x\n", "2: unknown key «user»");
	refused("[defaults]\npack = /a\npack = /b\n", "3: pack is set already in line 2");
	refused("[defaults]\npack = /a\n  continued\n", "3: neither «key = value»");
}

static void test_value_errors(void **state)
{
	(void)state;
	refused("[lazaretd]\nuser = Root!\n", "2: user must be the name of an account");
	refused("[lazaretd]\nuser =\n", "2: user must be the name of an account");
	refused("[lazaretd]\nuser = root\n", "2: user must be an account without privileges");
	refused("[lazaretd]\nvm-uids = 70000\n", "2: vm-uids must be FIRST-LAST, from 65536 to");
	refused("[lazaretd]\nvm-uids = 1000-2000\n", "2: vm-uids must be");
	refused("[lazaretd]\nvm-uids = 70001-70000\n", "2: vm-uids must be");
	refused("[lazaretd]\nvm-uids = 70000- 70001\n", "2: vm-uids must be");
	refused("[lazaretd]\nvm-uids = 70000-2147483648\n", "2: vm-uids must be");
	refused("[lazaretd]\nvm-uids = 70000-70001x\n", "2: vm-uids must be");
	refused("[lazaretd]\nstate-dir = var/lib\n", "2: state-dir must be an absolute path");
	refused("[lazaretd]\nstate-dir = /\n", "2: state-dir must be an absolute path");
	refused("[lazaretd]\nrun-dir = /run/../etc\n", "2: run-dir must be a path without «..»");
	refused("[lazaretd]\nrun-dir = /run/..\n", "2: run-dir must be a path without «..»");
	refused("[lazaretd]\nrun-dir = /run # x\n", "2: run-dir must be a path alone");
	refused("[lazaretd]\nlog = file\n", "2: log must be «stderr» or «syslog», not «file»");
	refused("[lazaretd]\nverbose = true\n", "2: verbose must be «no» or «yes», not «true»");
	refused("[containment]\ndanger-label = danger_t\n",
		"2: danger-label must be a FLASK label");
	refused("[containment]\ndanger-label = a::c\n", "2: danger-label must be a FLASK label");
	refused("[containment]\ndanger-label = a:b:\n", "2: danger-label must be a FLASK label");
	refused("[containment]\ndanger-label = a:b:c d\n", "2: danger-label must be a FLASK label");
	refused("[vm a]\ndisk = /dev/xvda\n", "2: disk must be a virtual disk");
	refused("[vm a]\ndisk = xvd\n", "2: disk must be a virtual disk");
	refused("[vm a]\nlevel = killed\n", "2: level must be ");
	refused("[vm a]\nstale = 86401\n", "2: stale must be a number of seconds from 2 to 86400");
	refused("[vm a]\nchallenge = 0\n", "2: challenge must be a number of seconds from 1 to");
	refused("[vm a]\nchallenge = -1\n", "2: challenge must be a number");
	refused("[vm a]\nchallenge = 5s\n", "2: challenge must be a number");
	refused("[vm a]\nchallenge = 99999999999999999999999\n", "2: challenge must be a number");
}

static void test_combination_errors(void **state)
{
	(void)state;
	refused("[defaults]\nstale = 60\nlost = 60\n", "3: lost (60 s) must be longer than stale");
	refused("[defaults]\nlost = 60\nstale = 70\n", "3: lost (60 s) must be longer than stale");
	refused("[vm a]\n\nlost = 10\n", "3: lost (10 s) must be longer than stale (30 s)");
	refused("[vm a]\nchallenge = 30\n", "2: stale (30 s) must be longer than challenge (30 s)");
	refused("[vm a]\nauto-cure = yes\n", "2: auto-cure needs a golden-image");
	refused("[vm a]\n[defaults]\nauto-cure = yes\n", "1: auto-cure needs a golden-image");
	refused("[defaults]\nlost = 10\n[vm a]\nchallenge = 6\n", "2: lost (10 s)");
	assert_int_equal(error_count(), 1); /* not again for the VM that inherits it */
}

static void test_all_errors_are_told(void **state)
{
	(void)state;
	assert_null(
		load("[lazaretd]\nuser = 1\nxx = y\njunk\n[no]\nuser = 1\n[vm a]\nstale = x\n"));
	assert_int_equal(error_count(), 5);
}

static void test_odd_bytes(void **state)
{
	char line[512] = "[lazaretd]\nstate-dir = /";
	static const char nul[] = "[lazaretd]\nuser = a\0b\n";

	(void)state;
	memset(line + strlen(line), 'x', 300);
	refused(line, "2: longer than 198 bytes");
	assert_int_equal(error_count(), 1);
	assert_null(load_bytes(nul, sizeof(nul) - 1));
	assert_non_null(strstr(errors, ":2: a NUL byte"));
}

static void test_too_many_vms(void **state)
{
	char *text = calloc(CONF_VMS_MAX + 1, 16), *end = text;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i <= CONF_VMS_MAX; i++)
		end += sprintf(end, "[vm v%d]\n", i);
	refused(text, "1025: more than 1024 [vm] sections");
	free(text);
}

static void test_missing_file(void **state)
{
	(void)state;
	assert_null(load_path("/nonexistent/lazaretd.conf"));
	assert_string_equal(errors, "/nonexistent/lazaretd.conf: No such file or directory\n");
	assert_null(load_path("/"));
	assert_non_null(strstr(errors, "Is a directory"));
}

static void test_example(void **state)
{
	struct conf *conf = load_path("contrib/lazaretd.conf");

	(void)state;
	assert_string_equal(errors, "");
	assert_non_null(conf);
	conf_free(conf);
	conf_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_no_uids),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_inherits_from_defaults_below),
		cmocka_unit_test(test_find_prefers_uuid),
		cmocka_unit_test(test_structure_errors),
		cmocka_unit_test(test_value_errors),
		cmocka_unit_test(test_combination_errors),
		cmocka_unit_test(test_all_errors_are_told),
		cmocka_unit_test(test_odd_bytes),
		cmocka_unit_test(test_too_many_vms),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_example),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
