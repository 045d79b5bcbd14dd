/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder that goes from one unprivileged account to another: what goes with it, and what must not.
 * Needs root. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "vtpm/owner.h"

#define OLD   2100000001
#define NEW   2100000002
#define OTHER 2100000003

static char base[64], folder[80];

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make_file(const char *path, uid_t uid)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchown(fd, uid, uid), 0);
	close(fd);
}

static void assert_owner(const char *path, uid_t uid)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, uid);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/lazaret-owner-XXXXXX");
	if (!mkdtemp(base))
		return -1;
	snprintf(folder, sizeof(folder), "%s/state", base);
	return 0;
}

static int tear_down(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", base);
	return system(cmd);
}

static void made(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(owner_make(folder, OLD, OLD), 0);
	assert_owner(folder, OLD);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(owner_make(folder, OLD, OLD), 0);
}

static void files_follow(void **state)
{
	(void)state;
	assert_int_equal(owner_make(folder, OLD, OLD), 0);
	make_file(in_folder("state"), OLD);
	make_file(in_folder(".lock"), OLD);
	assert_int_equal(owner_make(folder, NEW, NEW), 0);
	assert_owner(folder, NEW);
	assert_owner(in_folder("state"), NEW);
	assert_owner(in_folder(".lock"), NEW);
}

/* Who had the folder may have put links into it, to have what they lead to given away. */
static void traps(void **state)
{
	char root[80], others[80];

	(void)state;
	assert_int_equal(owner_make(folder, OLD, OLD), 0);
	snprintf(root, sizeof(root), "%s/root", base);
	snprintf(others, sizeof(others), "%s/others", base);
	make_file(root, 0);
	make_file(others, OTHER);
	assert_int_equal(symlink(root, in_folder("symlink")), 0);
	assert_int_equal(link(root, in_folder("hard")), 0);
	assert_int_equal(link(others, in_folder("hard-of-others")), 0);
	assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
	assert_int_equal(chown(in_folder("fifo"), OLD, OLD), 0);
	assert_int_equal(owner_make(folder, NEW, NEW), 0);
	assert_owner(folder, NEW);
	assert_owner(root, 0);
	assert_owner(others, OTHER);
	assert_owner(in_folder("symlink"), 0);
	assert_owner(in_folder("fifo"), OLD);
}

static void no_folder(void **state)
{
	(void)state;
	make_file(folder, OLD);
	assert_int_equal(owner_make(folder, NEW, NEW), -1);
	assert_owner(folder, OLD);
	unlink(folder);
	assert_int_equal(symlink("/tmp", folder), 0);
	assert_int_equal(owner_make(folder, NEW, NEW), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(made), TEST(files_follow), TEST(traps),
					   TEST(no_folder)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
