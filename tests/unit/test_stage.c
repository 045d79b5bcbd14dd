/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file system is the guest's root, where the others belong, and what would be hidden by them. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The worker is a program of its own, and in no library. */
#include "worker/below.c"
#include "worker/fstab.c"
#include "worker/hidden.c"
#include "worker/stage.c"

#define OWN "dev"

static char dir[64], told[256];
static struct volume volumes[VOLUMES_MAX];
static struct stage *stage;

void unread_tell(struct unread *u, const char *name, const char *reason)
{
	u->n++;
	snprintf(told, sizeof(told), "%s: %s", name, reason);
}

/* None can be. */
int disk_mount(const struct disk *d, const struct volume *v, const char *at)
{
	(void)d, (void)v, (void)at;
	errno = EINVAL;
	return -1;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-stage.XXXXXX");
	assert_non_null(mkdtemp(dir));
	memset(volumes, 0, sizeof(volumes));
	told[0] = '\0';
	stage = calloc(1, sizeof(*stage));
	return stage ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	stage_free(stage);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* The next partition, with such an fstab; NULL: without any. */
static void add(const char *text)
{
	struct staged *s = &stage->list[stage->n];
	struct volume *v = &volumes[stage->n++];
	FILE *in = text ? fmemopen((char *)(uintptr_t)text, strlen(text), "r") : NULL;

	v->partition = (unsigned int)stage->n;
	snprintf(v->name, sizeof(v->name), "/dev/xvda%u", v->partition);
	s->volume = v;
	s->has_fstab = in;
	if (in) {
		parse(in, &s->fstab);
		fclose(in);
	}
}

/* All of them, in order: «2=/ 1=/boot 3». */
static void is(const char *expected)
{
	char all[512] = "";

	stage_place(stage, OWN);
	for (size_t i = 0; i < stage->n; i++) {
		const struct staged *s = &stage->list[i];

		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%u%s%s", i ? " " : "",
			 s->volume->partition, s->where ? "=/" : "", s->where ? s->where : "");
	}
	assert_string_equal(all, expected);
}

static void the_only_one(void **state)
{
	(void)state;
	add(NULL);
	is("1=/");
	assert_ptr_equal(stage->root, stage->list);
}

static void nobody_knows(void **state)
{
	(void)state;
	add(NULL);
	add(NULL);
	is("1 2");
	assert_null(stage->root);
}

static void as_debian_has_it(void **state)
{
	(void)state;
	add(NULL);
	add(NULL);
	add("/dev/xvda4 /srv/data/deep xfs\n/dev/xvda3 / ext4\n/dev/xvda1 /boot ext4\n"
	    "/dev/xvda2 /boot/efi vfat\n/dev/xvda5 /srv ext4\n");
	add(NULL);
	add(NULL);
	add(NULL);
	is("3=/ 1=/boot 5=/srv 2=/boot/efi 4=/srv/data/deep 6");
}

/* A decoy has an fstab, too; the root says that it is. */
static void two_with_an_fstab(void **state)
{
	(void)state;
	add("/dev/xvda2 /mnt ext4\n");
	add("/dev/xvda1 /old ext4\n/dev/sda2 / ext4\n");
	is("2=/ 1=/old");
}

static void it_does_not_name_itself(void **state)
{
	(void)state;
	add(NULL);
	add("/dev/root / ext4\n/dev/xvda1 /srv ext4\n");
	is("2=/ 1=/srv");
}

/* What two claim, the first has; nothing comes over the root, or where what has no place is shown. */
static void claims(void **state)
{
	(void)state;
	add("/dev/xvda1 / ext4\n/dev/xvda2 /srv ext4\n/dev/xvda3 /srv/ ext4\n/dev/xvda4 / ext4\n"
	    "/dev/xvda5 /dev/shm ext4\n/dev/xvda6 /dev ext4\n/dev/xvda7 /devices ext4\n"
	    "/dev/xvda8 /a/../../b ext4\n");
	for (int i = 0; i < 7; i++)
		add(NULL);
	is("1=/ 2=/srv 7=/devices 3 4 5 6 8");
}

static void leads_nowhere(int root, const char *path, int error)
{
	assert_int_equal(below_open(root, path, O_RDONLY | O_DIRECTORY), -1);
	assert_int_equal(errno, error);
}

static void no_path_leads_out(void **state)
{
	char path[128];
	int root = open(dir, O_PATH | O_DIRECTORY);

	(void)state;
	assert_true(root >= 0);
	snprintf(path, sizeof(path), "%s/link", dir);
	assert_int_equal(symlink("/tmp", path), 0);
	leads_nowhere(root, "link", ELOOP);
	leads_nowhere(root, "../", EXDEV);
	leads_nowhere(root, "/tmp", EXDEV);
	leads_nowhere(root, "nothing", ENOENT);
	close(root);
}

/* Return: was it told of? */
static bool hides(void)
{
	struct unread u = {0};
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	assert_true(fd >= 0);
	hidden_tell(&u, fd, "/mnt");
	close(fd);
	return u.n;
}

static void hidden_files(void **state)
{
	char path[128], file[160];

	(void)state;
	assert_false(hides());
	snprintf(path, sizeof(path), "%s/link", dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/empty", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(hides());
	snprintf(file, sizeof(file), "%s/link", path);
	assert_int_equal(symlink("/etc/passwd", file), 0);
	assert_true(hides());
	assert_string_equal(told, "/mnt: what it holds is hidden by what is mounted on it");
	assert_int_equal(unlink(file), 0);
	assert_false(hides());
	snprintf(file, sizeof(file), "%s/file", dir);
	assert_int_equal(mknod(file, S_IFREG | 0600, 0), 0);
	assert_true(hides());
}

static void what_can_t_be_mounted(void **state)
{
	struct volumes *all = calloc(1, sizeof(*all));
	struct disk disk = {0};
	struct unread u = {0};

	(void)state;
	assert_non_null(all);
	all->n = 2;
	all->list[0] = (struct volume){.name = "/dev/xvda1", .device = "/dev/xvda1"};
	all->list[1] = (struct volume){.name = "/dev/xvda2",
				       .device = "/dev/mapper/patient2",
				       .type = "xfs",
				       .kind = VOLUME_FILES};
	stage_mount(stage, &disk, all, &u);
	assert_int_equal(stage->n, 0);
	assert_int_equal(u.n, 1);
	assert_non_null(strstr(told, "/dev/xvda2: its file system (xfs) can't be mounted"));
	free(all);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_only_one),
		TEST(nobody_knows),
		TEST(as_debian_has_it),
		TEST(two_with_an_fstab),
		TEST(it_does_not_name_itself),
		TEST(claims),
		TEST(no_path_leads_out),
		TEST(hidden_files),
		TEST(what_can_t_be_mounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
