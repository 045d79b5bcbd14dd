/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of extends: whose it is, what becomes of it when something is wrong with it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "vtpm/extends.h"
#include "vtpm/mark.h"

static char dir[64], path[96];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-ext-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/extends", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static struct extends *list(const struct extends_domain *dom, enum extends_found want)
{
	enum extends_found found;
	struct extends *x = extends_open(path, dom, &found);

	assert_non_null(x);
	assert_int_equal(found, want);
	return x;
}

static struct extends *started(const char *generation, bool measure, enum extends_found want)
{
	return list(&(struct extends_domain){.generation = generation,
					     .incarnation = 1,
					     .measure = measure,
					     .saved = ""},
		    want);
}

static struct extends *restored(const char *generation, unsigned int incarnation, const char *saved,
				enum extends_found want)
{
	return list(&(struct extends_domain){.generation = generation,
					     .incarnation = incarnation,
					     .saved = saved},
		    want);
}

static void add(struct extends *x, int n)
{
	const struct extends_entry e = {.type = EXTENDS_EXTEND, .pcr = 10, .len = 100};

	while (n--)
		assert_int_equal(extends_add(x, &e), 0);
}

static int count_one(void *arg, const struct extends_entry *e)
{
	(void)e;
	++*(int *)arg;
	return 0;
}

static int count(struct extends *x)
{
	int n = 0;

	assert_int_equal(extends_each(x, count_one, &n), 0);
	return n;
}

/* Writes over the file's byte @at, from its end if negative. */
static void spoil(off_t at, int byte)
{
	int fd = open(path, O_RDWR);

	if (at < 0)
		at += lseek(fd, 0, SEEK_END);
	assert_int_equal(pwrite(fd, &(uint8_t){(uint8_t)byte}, 1, at), 1);
	close(fd);
}

static void torn(void **state)
{
	struct extends *x = started("g", true, EXTENDS_FRESH);
	int fd;

	(void)state;
	assert_int_equal(extends_set_measured(x), 0);
	add(x, 2);
	extends_close(x);
	fd = open(path, O_RDWR);
	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 1), 0);
	close(fd);
	x = started("g", false, EXTENDS_KEPT);
	assert_true(extends_measured(x));
	assert_int_equal(count(x), 1);
	add(x, 1);
	assert_int_equal(count(x), 2);
	extends_close(x);
}

/* For as long as the domain lives, however often it is opened; the next one begins anew. */
static void lost(void **state)
{
	struct extends *x = started("g", true, EXTENDS_FRESH);
	int n = 0;

	(void)state;
	assert_int_equal(extends_set_measured(x), 0);
	add(x, 2);
	spoil(-104, 7);
	assert_int_equal(extends_each(x, count_one, &n), EXTENDS_DAMAGED);
	assert_int_equal(extends_lose(x), 0);
	extends_close(x);
	for (int i = 0; i < 2; i++)
		extends_close(started("g", false, EXTENDS_LOST));
	extends_close(restored("h", 2, "g 80 1", EXTENDS_LOST));
	extends_close(started("i", false, EXTENDS_FRESH));
}

static void header_damaged(void **state)
{
	(void)state;
	extends_close(started("g", false, EXTENDS_FRESH));
	spoil(0, 'x');
	extends_close(started("g", false, EXTENDS_LOST));
	spoil(0, 'x');
	extends_close(started("h", true, EXTENDS_FRESH)); /* it has not run */
}

/* Where a list can't be read now, it is as it was later. */
static void trouble(void **state)
{
	const struct extends_domain dom = {.generation = "g", .incarnation = 1, .saved = ""};
	struct extends *x = started("g", false, EXTENDS_FRESH);
	enum extends_found found;
	char away[128];

	(void)state;
	add(x, 3);
	extends_close(x);
	snprintf(away, sizeof(away), "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	assert_int_equal(symlink(path, path), 0); /* open() fails, and not for want of a file */
	assert_null(extends_open(path, &dom, &found));
	unlink(path);
	assert_int_equal(rename(away, path), 0);
	x = started("g", false, EXTENDS_KEPT);
	assert_int_equal(count(x), 3);
	extends_close(x);
}

/* A measurement that was broken off: no guest has had this TPM. */
static void broken_off(void **state)
{
	struct extends *x = started("g", true, EXTENDS_FRESH);

	(void)state;
	add(x, 2);
	extends_close(x);
	x = started("g", true, EXTENDS_FRESH);
	assert_int_equal(count(x), 0);
	add(x, 2);
	extends_close(x);
	x = started("g", false, EXTENDS_FRESH);
	assert_false(extends_measured(x));
	assert_int_equal(count(x), 0);
	add(x, 1);
	extends_close(x);
	extends_close(started("g", false, EXTENDS_KEPT));
}

static void saved_by(const char *generation, unsigned int incarnation, char *text)
{
	struct extends *x = started(generation, true, EXTENDS_FRESH);

	assert_int_equal(extends_set_measured(x), 0);
	add(x, 5);
	extends_close(x);
	assert_int_equal(extends_saved(path, incarnation, text), 0);
}

static void resumed(void **state)
{
	char saved[EXTENDS_SAVED_SIZE];
	struct extends *x;

	(void)state;
	saved_by("boot/4", 1, saved);
	x = restored("boot/5", 2, saved, EXTENDS_KEPT);
	assert_true(extends_measured(x));
	assert_int_equal(count(x), 5);
	add(x, 1);
	extends_close(x);
	x = restored("boot/5", 2, "", EXTENDS_KEPT); /* it is its own now */
	assert_int_equal(count(x), 6);
	extends_close(x);
	/* The same file restored once more: the list is that of a later life. */
	extends_close(restored("boot/6", 2, saved, EXTENDS_LOST));
}

/* Nobody knows what was in the TPM of what was restored. */
static void restored_from_elsewhere(void **state)
{
	char saved[EXTENDS_SAVED_SIZE];
	struct extends *x;

	(void)state;
	saved_by("boot/4", 1, saved);
	extends_close(restored("boot/5", 2, "", EXTENDS_LOST));
	saved_by("boot/6", 1, saved);
	extends_close(restored("boot/7", 3, saved, EXTENDS_LOST));
	saved_by("boot/8", 1, saved);
	x = started("boot/8", false, EXTENDS_KEPT);
	assert_int_equal(count(x), 5);
	add(x, 1);
	extends_close(x);
	extends_close(restored("boot/9", 2, saved, EXTENDS_LOST)); /* a checkpoint: it went on */
	saved_by("boot/10", 1, saved);
	extends_close(started("boot/11", false, EXTENDS_FRESH)); /* started instead */
	unlink(path);
	extends_close(restored("boot/12", 2, "", EXTENDS_FRESH)); /* it never had a TPM */
}

static void marks(void **state)
{
	char text[MARK_SIZE], folder[128], file[160];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/vm", dir);
	snprintf(file, sizeof(file), "%s/held", folder);
	assert_false(mark_get(folder, MARK_HELD, text));
	assert_string_equal(text, "");
	assert_int_equal(mark_set(folder, MARK_HELD, "one"), 0);
	assert_int_equal(mark_set(folder, MARK_HELD, "two"), 0);
	assert_true(mark_get(folder, MARK_HELD, text));
	assert_string_equal(text, "two");
	mark_clear(folder, MARK_HELD);
	mark_clear(folder, MARK_HELD);
	assert_false(mark_get(folder, MARK_HELD, text));
	assert_int_equal(rmdir(folder), 0);
	snprintf(folder, sizeof(folder), "%s/no/where", dir);
	assert_int_equal(mark_set(folder, MARK_HELD, "x"), -1);
}

#define WITH_DIR(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DIR(torn),
		WITH_DIR(lost),
		WITH_DIR(header_damaged),
		WITH_DIR(trouble),
		WITH_DIR(broken_off),
		WITH_DIR(resumed),
		WITH_DIR(restored_from_elsewhere),
		WITH_DIR(marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
