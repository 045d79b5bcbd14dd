/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disk images: what is in them, and what hostile ones can't do. */
#include "packbed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/image.h"

#define IMAGE_BYTES (1U << 20)
#define ROUNDS	    400

static uint8_t image[IMAGE_BYTES];

/* An image of the test's root tree; without checksums, so that damage is not seen at once. */
static int setup(void **state)
{
	char command[9000], root[4200];

	if (packbed_setup(state))
		return -1;
	snprintf(root, sizeof(root), "%s", packbed_path("root"));
	snprintf(command, sizeof(command),
		 "/sbin/mke2fs -q -t ext4 -O ^metadata_csum,^has_journal -b 1024 -d %s %s 1024",
		 root, packbed_path("image"));
	return system(command) ||
	       packbed_read(packbed_path("image"), image, sizeof(image)) != sizeof(image);
}

static int read_image(const char *name, size_t *files)
{
	struct image_result r;
	struct values v = {0};
	int err;

	packbed_error[0] = '\0';
	err = image_values(packbed_path(name), NULL, &v, &r, packbed_error);
	if (err)
		assert_int_not_equal(strlen(packbed_error), 0);
	for (size_t i = 0; i < v.n; i++)
		assert_int_equal(v.value[i].path[0], '/');
	if (files)
		*files = v.n;
	values_free(&v);
	return err;
}

/* The same pack as from the tree it was made of. */
static void test_same_as_the_tree(void **state)
{
	char source[4200];
	char *const sources[] = {source};
	const struct build_options from_tree = {.name = "n", .root = packbed_path("root")};
	const struct build_options from_image = {.name = "n", .source = sources, .sources = 1};
	static uint8_t a[65536], b[65536];
	size_t len;

	(void)state;
	snprintf(source, sizeof(source), "%s", packbed_path("image"));
	assert_int_equal(pack_build(packbed_path("a"), &from_tree, NULL, packbed_error), 0);
	assert_int_equal(pack_build(packbed_path("b"), &from_image, NULL, packbed_error), 0);
	len = packbed_read(packbed_path("a"), a, sizeof(a));
	assert_int_equal(packbed_read(packbed_path("b"), b, sizeof(b)), len);
	assert_memory_equal(a, b, len);
}

static void put_entry(uint8_t *entry, uint32_t start, uint32_t sectors)
{
	entry[4] = 0x83;
	memcpy(entry + 8, &start, 4);
	memcpy(entry + 12, &sectors, 4);
}

static void test_partition(void **state)
{
	uint8_t *disk = calloc(1, 3 * IMAGE_BYTES);
	size_t files;

	(void)state;
	put_entry(disk + 446, 128, IMAGE_BYTES / 512);
	disk[510] = 0x55;
	disk[511] = 0xaa;
	memcpy(disk + 128 * 512, image, IMAGE_BYTES);
	packbed_write(packbed_path("disk"), disk, 3 * IMAGE_BYTES);
	assert_true(image_is(packbed_path("disk")));
	assert_int_equal(read_image("disk", &files), 0);
	assert_int_equal(files, PACKBED_FILES);
	put_entry(disk + 462, 128 + IMAGE_BYTES / 512, IMAGE_BYTES / 512);
	memcpy(disk + 128 * 512 + IMAGE_BYTES, image, IMAGE_BYTES);
	packbed_write(packbed_path("disk"), disk, 3 * IMAGE_BYTES);
	assert_int_equal(read_image("disk", NULL), -1);
	assert_non_null(strstr(packbed_error, "several"));
	free(disk);
}

static void test_not_an_image(void **state)
{
	(void)state;
	packbed_file("text", "no disk\n");
	assert_false(image_is(packbed_path("text")));
	assert_int_equal(read_image("text", NULL), -1);
	assert_int_equal(read_image("nowhere", NULL), -1);
}

static void test_journal(void **state)
{
	uint32_t incompat;

	(void)state;
	memcpy(&incompat, image + 1024 + 0x60, 4);
	incompat |= 4; /* EXT3_FEATURE_INCOMPAT_RECOVER */
	memcpy(image + 1024 + 0x60, &incompat, 4);
	packbed_write(packbed_path("dirty"), image, sizeof(image));
	assert_int_equal(read_image("dirty", NULL), -1);
	assert_non_null(strstr(packbed_error, "journal"));
	incompat &= ~4U;
	memcpy(image + 1024 + 0x60, &incompat, 4);
}

/* Cut or damaged, it ends with an error or with what is there, and soon. */
static void test_damaged(void **state)
{
	static uint8_t bad[IMAGE_BYTES];
	uint64_t x = 0x9e3779b97f4a7c15;

	(void)state;
	for (size_t cut = 0; cut < sizeof(image); cut += sizeof(image) / 32) {
		packbed_write(packbed_path("bad"), image, cut);
		read_image("bad", NULL);
	}
	for (int i = 0; i < ROUNDS; i++) {
		memcpy(bad, image, sizeof(bad));
		for (int k = 0; k < 64; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			/* Most of what says how it is read lies in front. */
			bad[(x >> 8) % (k % 2 ? sizeof(bad) : 65536)] = (uint8_t)x;
		}
		packbed_write(packbed_path("bad"), bad, sizeof(bad));
		read_image("bad", NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_the_tree), cmocka_unit_test(test_partition),
		cmocka_unit_test(test_not_an_image),	 cmocka_unit_test(test_journal),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, setup, packbed_teardown);
}
