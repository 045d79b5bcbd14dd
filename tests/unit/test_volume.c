/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the remedy domain's worker takes the content of a device for. A plain file does for one. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The worker is a program of its own, and in no library. */
#include "worker/volume.c"

#define SIZE (16u << 20)

static struct volume v;
static struct unread unread;
static char reason[256];

void unread_tell(struct unread *u, const char *name, const char *why)
{
	u->n++;
	assert_string_equal(name, "/dev/xvda3");
	snprintf(reason, sizeof(reason), "%s", why);
}

/* A device of @size bytes, all zeros. */
static void make(off_t size)
{
	int fd;

	memset(&v, 0, sizeof(v));
	unread = (struct unread){0};
	reason[0] = '\0';
	snprintf(v.name, sizeof(v.name), "/dev/xvda3");
	snprintf(v.device, sizeof(v.device), "/tmp/lazaret-volume.XXXXXX");
	fd = mkstemp(v.device);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void put(off_t at, const void *data, size_t len)
{
	int fd = open(v.device, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static void look(enum volume_kind kind, const char *why)
{
	volume_probe(&v, &unread);
	assert_int_equal(v.kind, kind);
	assert_int_equal(unread.n, why ? 1 : 0);
	if (why)
		assert_non_null(strstr(reason, why));
	unlink(v.device);
}

static void nothing(void **state)
{
	(void)state;
	make(SIZE);
	look(VOLUME_NOTHING, NULL);
}

static void one_byte(void **state)
{
	(void)state;
	make(SIZE);
	put(BEGIN - 1, "x", 1);
	look(VOLUME_NOTHING, "no known kind");
}

static void a_loader(void **state)
{
	(void)state;
	make(LOADER_MAX);
	put(0, "GRUB", 4);
	snprintf(v.part_type, sizeof(v.part_type), LOADER_TYPE);
	look(VOLUME_NOTHING, NULL);
}

/* A partition that says it is a boot loader's, and is far too large for that. */
static void no_loader(void **state)
{
	(void)state;
	make(LOADER_MAX + 512);
	put(0, "GRUB", 4);
	snprintf(v.part_type, sizeof(v.part_type), LOADER_TYPE);
	look(VOLUME_NOTHING, "no known kind");
}

static void luks(void **state)
{
	(void)state;
	make(SIZE);
	put(0, "LUKS\xba\xbe\x00\x01", 8);
	look(VOLUME_ENCRYPTED, NULL);
}

/* Version 1, and a last page. */
static void put_swap(const char *magic)
{
	static const uint32_t header[] = {1, 100, 0};

	put(4096 - 10, magic, strlen(magic));
	put(1024, header, sizeof(header));
}

static void swap(void **state)
{
	(void)state;
	make(SIZE);
	put_swap("SWAPSPACE2");
	look(VOLUME_NOTHING, NULL);
	assert_string_equal(v.type, "swap");
}

static void hibernated(void **state)
{
	(void)state;
	make(SIZE);
	put_swap("S1SUSPEND");
	look(VOLUME_NOTHING, "hibernated");
}

static void put_table(uint32_t start, uint32_t sectors)
{
	struct {
		uint8_t flags, head[3], type, tail[3];
		uint32_t start, sectors;
	} entry = {.type = 0x83, .start = start, .sectors = sectors};

	put(446, &entry, sizeof(entry));
	put(510, "\x55\xaa", 2);
}

static void a_table_inside(void **state)
{
	(void)state;
	make(SIZE);
	put_table(2048, 4096);
	look(VOLUME_NOTHING, "partition table inside");
}

static void both(void **state)
{
	char command[256];

	(void)state;
	make(SIZE);
	snprintf(command, sizeof(command), "mke2fs -q -F -t ext4 -L system '%s'", v.device);
	assert_int_equal(system(command), 0);
	volume_probe(&v, &unread);
	assert_int_equal(unread.n, 0);
	assert_int_equal(v.kind, VOLUME_FILES);
	assert_string_equal(v.type, "ext4");
	assert_string_equal(v.label, "system");
	assert_int_equal(strlen(v.uuid), 36);
	put_table(2048, 4096);
	look(VOLUME_NOTHING, "a file system and a partition table at once");
}

/* A boot sector alone is no table. */
static void a_boot_sector(void **state)
{
	char command[256];

	(void)state;
	make(SIZE);
	snprintf(command, sizeof(command), "mke2fs -q -F -t ext2 '%s'", v.device);
	assert_int_equal(system(command), 0);
	put(0, "\xeb\x63\x90", 3);
	put(510, "\x55\xaa", 2);
	look(VOLUME_FILES, NULL);
}

static void gone(void **state)
{
	(void)state;
	make(SIZE);
	unlink(v.device);
	look(VOLUME_NOTHING, "No such file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),    cmocka_unit_test(one_byte),
		cmocka_unit_test(a_loader),   cmocka_unit_test(no_loader),
		cmocka_unit_test(luks),	      cmocka_unit_test(swap),
		cmocka_unit_test(hibernated), cmocka_unit_test(a_table_inside),
		cmocka_unit_test(both),	      cmocka_unit_test(a_boot_sector),
		cmocka_unit_test(gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
