/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a guest's fstab says that its file systems belong, and what a hostile one can say. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "worker/fstab.h"

/* The worker is a program of its own, and in no library. */
#include "worker/fstab.c"

static struct fstab fstab;

static int file_of(const char *text, size_t len)
{
	int fd = memfd_create("fstab", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int read_bytes(const char *text, size_t len)
{
	int fd = file_of(text, len), rc = fstab_read(fd, &fstab);

	close(fd);
	return rc;
}

static void read_text(const char *text)
{
	assert_int_equal(read_bytes(text, strlen(text)), 0);
}

static int tear_down(void **state)
{
	(void)state;
	fstab_free(&fstab);
	return 0;
}

static const struct volume first = {.name = "/dev/xvda1",
				    .partition = 1,
				    .uuid = "0A1B-2C3D",
				    .label = "my root",
				    .part_uuid = "4c617a61-01",
				    .part_label = "system"};
static const struct volume eleventh = {.name = "/dev/xvda11", .partition = 11};
static const struct volume logical = {.name = "/dev/mapper/vg--1-my--root"};
static const struct volume whole = {.name = "/dev/xvda"};

static void where(const struct volume *v, const char *what, const char *expected)
{
	char line[512];
	const char *out;

	snprintf(line, sizeof(line), "%s /mnt ext4 defaults 0 0\n", what);
	read_text(line);
	out = fstab_where(&fstab, v);
	if (expected)
		assert_string_equal(out, expected);
	else
		assert_null(out);
	fstab_free(&fstab);
}

static void its_names(void **state)
{
	(void)state;
	where(&first, "UUID=0a1b-2c3d", "mnt");
	where(&first, "UUID=\"0A1B-2C3D\"", "mnt");
	where(&first, "/dev/disk/by-uuid/0A1B-2C3D", "mnt");
	where(&first, "LABEL=my\\040root", "mnt");
	where(&first, "PARTUUID=4C617A61-01", "mnt");
	where(&first, "PARTLABEL=system", "mnt");
	where(&first, "/dev/xvda1", "mnt");
	where(&first, "/dev/sda1", "mnt");
	where(&first, "/dev/nvme0n1p1", "mnt");
	where(&eleventh, "/dev/vda11", "mnt");
	where(&logical, "/dev/mapper/vg--1-my--root", "mnt");
	where(&logical, "/dev/vg-1/my-root", "mnt");
	where(&whole, "/dev/xvda", "mnt");
	where(&whole, "/dev/nvme0n1", "mnt");
}

static void other_names(void **state)
{
	(void)state;
	where(&first, "UUID=0a1b-2c3", NULL);
	where(&first, "UUID=", NULL);
	where(&first, "UUID=\"\"", NULL);
	where(&first, "UUID=\"", NULL);
	where(&eleventh, "UUID=", NULL);
	where(&eleventh, "LABEL=\"\"", NULL);
	where(&first, "LABEL=0A1B-2C3D", NULL);
	where(&first, "/dev/xvdb1", NULL);
	where(&first, "/dev/xvda11", NULL);
	where(&first, "/dev/xvda", NULL);
	where(&first, "/dev/nvme0n11", NULL);
	where(&first, "/dev/mapper/xvda1", NULL);
	where(&eleventh, "/dev/xvda1", NULL);
	where(&logical, "/dev/vg/1-my-root", NULL);
	where(&logical, "/dev/mapper/vg-1-my-root", NULL);
	where(&logical, "/dev/xvda", NULL);
	where(&whole, "/dev/xvda1", NULL);
	where(&whole, "/dev/", NULL);
}

static void folders(void **state)
{
	static const struct {
		const char *in, *out;
	} paths[] = {{"/", ""},
		     {"//srv/./a//b/", "srv/a/b"},
		     {"/with\\040blank", "with blank"},
		     {"/with\\012line", "with\nline"},
		     {"/...", "..."},
		     {"/..a/b..", "..a/b.."},
		     {"/srv/..", NULL},
		     {"/../etc", NULL},
		     {"/a/\\056\\056/b", "a/\\056\\056/b"}, /* no escape that fstab knows */
		     {"srv", NULL},
		     {"none", NULL}};
	char line[256];

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *out;

		snprintf(line, sizeof(line), "/dev/xvda1 %s ext4 defaults 0 0\n", paths[i].in);
		read_text(line);
		out = fstab_where(&fstab, &first);
		if (paths[i].out)
			assert_string_equal(out, paths[i].out);
		else
			assert_null(out);
		fstab_free(&fstab);
	}
}

static void the_first_line_counts(void **state)
{
	(void)state;
	read_text("# /dev/sda1 /comment ext4 defaults 0 0\n\n"
		  "/dev/sda1 /one/../.. ext4\n"
		  "/dev/sda1 /two\n"
		  "/dev/sda1\n"
		  "UUID=0A1B-2C3D /three ext4 defaults 0 0");
	assert_string_equal(fstab_where(&fstab, &first), "two");
	assert_null(fstab_where(&fstab, &eleventh));
}

/* Larger than anybody's: no line of it counts. */
static void too_large(void **state)
{
	size_t len = FSTAB_SIZE + 1;
	char *text = malloc(len);

	(void)state;
	memset(text, '\n', len);
	memcpy(text, "/dev/xvda1 /mnt ext4", 20);
	assert_int_equal(read_bytes(text, len), -1);
	assert_int_equal(fstab.n, 0);
	assert_int_equal(read_bytes(text, len - 1), 0);
	assert_string_equal(fstab_where(&fstab, &first), "mnt");
	free(text);
}

static void too_many_lines(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	for (size_t i = 0; i < FSTAB_LINES; i++)
		fprintf(out, "/dev/sdb%zu /m%zu ext4\n", i, i);
	fputs("/dev/xvda1 /mnt ext4\n", out);
	fclose(out);
	read_text(text);
	assert_int_equal(fstab.n, FSTAB_LINES);
	assert_null(fstab_where(&fstab, &first));
	free(text);
}

/* One line as long as the file may be; a path as long as a line. */
static void long_lines(void **state)
{
	char *text = malloc(FSTAB_SIZE);

	(void)state;
	memset(text, 'a', FSTAB_SIZE);
	memcpy(text, "/dev/xvda1 /", 12);
	text[FSTAB_SIZE - 1] = '\n';
	assert_int_equal(read_bytes(text, FSTAB_SIZE), 0);
	assert_true(strlen(fstab_where(&fstab, &first)) < LINE_SIZE);
	fstab_free(&fstab);
	memset(text, '/', FSTAB_SIZE);
	assert_int_equal(read_bytes(text, FSTAB_SIZE), 0);
	fstab_free(&fstab);
	memset(text, '\0', FSTAB_SIZE);
	assert_int_equal(read_bytes(text, FSTAB_SIZE), 0);
	assert_int_equal(fstab.n, 0);
	free(text);
}

static void empty(void **state)
{
	(void)state;
	read_text("");
	assert_null(fstab_where(&fstab, &first));
	read_text("\n\n   \t\n#");
	assert_int_equal(fstab.n, 0);
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_names),  TEST(other_names),
		TEST(folders),	  TEST(the_first_line_counts),
		TEST(too_large),  TEST(too_many_lines),
		TEST(long_lines), TEST(empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
