/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bringing a VM's TPM up, again and again, with a real one: what was in it is never made up anew. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "vtpm/mark.h"
#include "vtpm/prepare.h"

#define NOBODY 65534
#define UUID   "11111111-2222-3333-4444-555555555555"

static char dir[64];
static struct ipc_tpm_spec spec;
static struct ipc_tpm_ready ready;
static const char *why;

static const char *file(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/vtpm/" UUID "/%s", dir, name);
	return path;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-prep-XXXXXX");
	assert_non_null(mkdtemp(dir));
	spec = (struct ipc_tpm_spec){.uid = NOBODY,
				     .gid = NOBODY,
				     .measure = 1,
				     .incarnation = 1,
				     .uuid = UUID,
				     .generation = "boot/1",
				     .cmdline = "quiet",
				     .config = "type=pvh",
				     .hypervisor = "Xen 4.17"};
	snprintf(spec.state_dir, sizeof(spec.state_dir), "%s/vtpm", dir);
	snprintf(spec.ca_dir, sizeof(spec.ca_dir), "%s/ca", dir);
	snprintf(spec.kernel, sizeof(spec.kernel), "%s/kernel", dir);
	assert_int_equal(mkdir(spec.state_dir, 0711), 0);
	write_file(spec.kernel, "a kernel");
	return 0;
}

static int tear_down(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

/* Brings it up, looks at its PCRs, and ends it. Return: prepare()'s. */
static int up(tpm_pcrs pcrs)
{
	struct prepared p = {.tpm.pid = 0};
	int rc = prepare(&spec, &p, &ready, &why);

	if (!rc)
		assert_int_equal(tpm_read_pcrs(&p.tpm, pcrs), 0);
	if (p.tpm.pid)
		swtpm_stop(&p.tpm);
	if (p.extends)
		extends_close(p.extends);
	return rc;
}

static void same(tpm_pcrs a, tpm_pcrs b)
{
	assert_memory_equal(a, b, sizeof(tpm_pcrs));
}

/* The measured start is there after a restart of whatever. */
static void started_again(void **state)
{
	struct ipc_tpm_ready first;
	tpm_pcrs before, after;

	(void)state;
	assert_int_equal(up(before), 0);
	assert_true(ready.measured);
	assert_false(ready.rebuilt);
	assert_int_equal(strlen(ready.hypervisor), 64);
	first = ready;
	spec.measure = 0;
	assert_int_equal(up(after), 0);
	same(before, after);
	assert_true(ready.measured);
	assert_true(ready.rebuilt);
	assert_string_equal(ready.kernel, first.kernel);
	assert_string_equal(ready.hypervisor, first.hypervisor);
	assert_int_equal(ready.log_len, first.log_len);
	assert_int_equal(ready.reset_count, first.reset_count + 1);
}

/* No list, no TPM with a past of the guest's choice. */
static void damaged_for_good(void **state)
{
	tpm_pcrs pcrs;
	int fd;

	(void)state;
	assert_int_equal(up(pcrs), 0);
	spec.measure = 0;
	fd = open(file("extends"), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "\7\7\7\0aaaaaaa", 11), 11);
	close(fd);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(up(pcrs), -1);
		assert_non_null(strstr(why, "lost"));
		assert_int_equal(access(file("extends"), F_OK), 0);
	}
	snprintf(spec.generation, sizeof(spec.generation), "boot/2");
	spec.measure = 1;
	assert_int_equal(up(pcrs), 0);
	assert_true(ready.measured);
}

/* Trouble that may pass does no harm. */
static void trouble(void **state)
{
	tpm_pcrs before, after;
	char away[300];

	(void)state;
	assert_int_equal(up(before), 0);
	spec.measure = 0;
	snprintf(away, sizeof(away), "%s.away", file("start"));
	assert_int_equal(rename(file("start"), away), 0);
	assert_int_equal(symlink("start", file("start")), 0);
	assert_int_equal(up(after), -1);
	unlink(file("start"));
	assert_int_equal(rename(away, file("start")), 0);
	setenv("PATH", "/nowhere", 1);
	assert_int_equal(up(after), -1);
	setenv("PATH", "/usr/bin:/bin", 1);
	assert_int_equal(up(after), 0);
	same(before, after);
	assert_true(ready.measured);
	/* Its PCRs can be had back all the same, but what they were is not known any more. */
	unlink(file("start"));
	assert_int_equal(up(after), 0);
	same(before, after);
	assert_false(ready.measured);
}

/* Killed or failed while it measured, and tried again: the guest has not run, or never had a TPM. */
static void measuring_fails(void **state)
{
	tpm_pcrs before, after;

	(void)state;
	unlink(spec.kernel);
	assert_int_equal(up(before), -1);
	write_file(spec.kernel, "a kernel");
	assert_int_equal(up(before), 0);
	assert_true(ready.measured);
	snprintf(spec.generation, sizeof(spec.generation), "boot/2");
	assert_int_equal(up(after), 0);
	same(before, after);
	snprintf(spec.generation, sizeof(spec.generation), "boot/3");
	unlink(spec.kernel);
	assert_int_equal(up(before), -1);
	spec.measure = 0;
	assert_int_equal(up(after), 0);
	assert_false(ready.measured);
}

static void saved(void **state)
{
	char text[EXTENDS_SAVED_SIZE];
	tpm_pcrs before, after;

	(void)state;
	assert_int_equal(up(before), 0);
	assert_int_equal(extends_saved(file("extends"), 1, text), 0);
	snprintf(spec.state_dir, sizeof(spec.state_dir), "%s/vtpm/" UUID, dir);
	assert_int_equal(mark_set(spec.state_dir, MARK_SAVED, text), 0);
	snprintf(spec.state_dir, sizeof(spec.state_dir), "%s/vtpm", dir);
	snprintf(spec.generation, sizeof(spec.generation), "another/1");
	spec.measure = 0;
	spec.incarnation = 2;
	unlink(spec.kernel); /* what boots the next start may be another by now */
	assert_int_equal(up(after), 0);
	same(before, after);
	assert_true(ready.measured);
	assert_int_not_equal(access(file("saved"), F_OK), 0);
	snprintf(spec.generation, sizeof(spec.generation), "another/2");
	assert_int_equal(up(after), -1);
	assert_non_null(strstr(why, "lost"));
}

/* Its VM has another number than before: the state goes with it, and the one before has it no more. */
static void another_account(void **state)
{
	tpm_pcrs before, after;
	struct stat st;

	(void)state;
	assert_int_equal(up(before), 0);
	spec.uid = spec.gid = 2100000005;
	spec.measure = 0;
	assert_int_equal(up(after), 0);
	same(before, after);
	assert_int_equal(stat(file("state"), &st), 0);
	assert_int_equal(st.st_uid, spec.uid);
	assert_int_equal(stat(file("state/tpm2-00.permall"), &st), 0);
	assert_int_equal(st.st_uid, spec.uid);
	assert_int_equal(st.st_gid, spec.gid);
}

#define WITH_DIR(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DIR(started_again), WITH_DIR(damaged_for_good),
		WITH_DIR(trouble),	 WITH_DIR(measuring_fails),
		WITH_DIR(saved),	 WITH_DIR(another_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
