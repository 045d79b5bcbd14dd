/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was removed is kept, comes back as it was, and is of no use to anybody else. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remedy/sickbay.h"

#define UUID "11111111-2222-3333-4444-555555555555"

static char dir[64];
static char kept[SICKBAY_NAME];
static char marked[1 << 20];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-sickbay.XXXXXX");
	for (size_t i = 0; i < sizeof(marked); i++)
		marked[i] = (char)(i * 2654435761u >> 13);
	memcpy(marked, "a mark", 6);
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void spool(void)
{
	int fd = sickbay_spool(dir, UUID, kept, sizeof(kept));

	assert_true(fd >= 0);
	assert_int_equal(write(fd, marked, sizeof(marked)), sizeof(marked));
	close(fd);
}

static void comes_back(size_t len)
{
	char *back = malloc(len + 1);
	int fd = fileno(tmpfile());

	assert_int_equal(sickbay_get(dir, kept, fd), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), len);
	assert_int_equal(pread(fd, back, len, 0), len);
	assert_memory_equal(back, marked, len);
	free(back);
	close(fd);
}

static void count(void *arg, const char *name, uint64_t bytes, int64_t kept_ns)
{
	assert_string_equal(name, kept);
	assert_true(bytes > 0 && kept_ns > 0);
	++*(int *)arg;
}

static const char *file_of(const char *suffix)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/sickbay/%s%s", dir, kept, suffix);
	return path;
}

static void it_comes_back(void **state)
{
	int n = 0;

	(void)state;
	assert_int_equal(sickbay_each(dir, count, &n), 0);
	spool();
	assert_int_equal(sickbay_seal(dir, kept, 777777), 0);
	assert_int_equal(access(file_of(".spool"), F_OK), -1);
	comes_back(777777);
	assert_int_equal(sickbay_each(dir, count, &n), 1);
	assert_int_equal(n, 1);
	assert_int_equal(sickbay_purge(dir, kept), 0);
	assert_int_equal(sickbay_get(dir, kept, -1), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(sickbay_purge(dir, "../sickbay/x"), -1);
}

static void nothing_was_removed(void **state)
{
	int n = 0;

	(void)state;
	spool();
	assert_int_equal(sickbay_seal(dir, kept, 0), 0);
	assert_int_equal(access(file_of(".spool"), F_OK), -1);
	assert_int_equal(sickbay_each(dir, count, &n), 0);
}

static void what_a_crash_left(void **state)
{
	(void)state;
	spool();
	sickbay_recover(dir);
	assert_int_equal(access(file_of(".spool"), F_OK), -1);
	comes_back(sizeof(marked));
}

/* A byte flipped anywhere, or an end that is missing. */
static void damaged(void **state)
{
	int fd, n = 0;
	struct stat st;
	char byte;

	(void)state;
	spool();
	assert_int_equal(sickbay_seal(dir, kept, sizeof(marked)), 0);
	fd = open(file_of(".kept"), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at += 1 + st.st_size / 40, n++) {
		int out = fileno(tmpfile());

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_int_equal(sickbay_get(dir, kept, out), -1);
		assert_int_equal(errno, EBADMSG);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(out);
	}
	assert_true(n > 10);
	comes_back(sizeof(marked));
	assert_int_equal(ftruncate(fd, st.st_size - 60), 0);
	assert_int_equal(sickbay_get(dir, kept, fileno(tmpfile())), -1);
	close(fd);
}

static void nobody_reads_it(void **state)
{
	char *file = malloc(2 * sizeof(marked));
	struct stat st;
	ssize_t n;
	int fd;

	(void)state;
	spool();
	assert_int_equal(sickbay_seal(dir, kept, sizeof(marked)), 0);
	fd = open(file_of(".kept"), O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	n = read(fd, file, 2 * sizeof(marked));
	assert_true(n > 0);
	assert_null(memmem(file, (size_t)n, "a mark", 6));
	close(fd);
	free(file);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_comes_back), TEST(nothing_was_removed), TEST(what_a_crash_left),
		TEST(damaged),	     TEST(nobody_reads_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
