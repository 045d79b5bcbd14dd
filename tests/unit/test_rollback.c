/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remedy/rollback.h"

#define MIB (1 << 20)

static int temp_file(size_t size, int fill)
{
	char name[] = "/tmp/lazaret-rollback.XXXXXX";
	int fd = mkstemp(name);
	char *buf = malloc(size + 1);

	assert_true(fd >= 0);
	unlink(name);
	memset(buf, fill, size);
	assert_int_equal(pwrite(fd, buf, size, 0), size);
	free(buf);
	return fd;
}

static int byte_at(int fd, off_t at)
{
	unsigned char c;

	assert_int_equal(pread(fd, &c, 1, at), 1);
	return c;
}

static void only_changed_blocks_are_written(void **state)
{
	int image = temp_file(3 * MIB + 5, 'g'), disk = temp_file(4 * MIB, 'g');
	const char *why = NULL;

	(void)state;
	assert_int_equal(pwrite(disk, "x", 1, MIB + 17), 1);
	assert_int_equal(rollback_copy(image, disk, NULL, &why), MIB);
	assert_int_equal(byte_at(disk, MIB + 17), 'g');
	assert_int_equal(rollback_copy(image, disk, NULL, &why), 0);
	close(image);
	close(disk);
}

static void last_block_may_be_short(void **state)
{
	int image = temp_file(MIB + 5, 'g'), disk = temp_file(2 * MIB, 'd');
	const char *why = NULL;

	(void)state;
	assert_int_equal(rollback_copy(image, disk, NULL, &why), MIB + 5);
	assert_int_equal(byte_at(disk, MIB + 4), 'g');
	assert_int_equal(byte_at(disk, MIB + 5), 'd'); /* beyond the image: untouched */
	close(image);
	close(disk);
}

static void small_disk_is_refused_untouched(void **state)
{
	int image = temp_file(2 * MIB, 'g'), disk = temp_file(MIB, 'd');
	const char *why = NULL;

	(void)state;
	assert_int_equal(rollback_copy(image, disk, NULL, &why), -1);
	assert_non_null(strstr(why, "larger than the disk"));
	assert_int_equal(byte_at(disk, 0), 'd');
	close(image);
	close(disk);
}

static void empty_image_is_refused(void **state)
{
	int image = temp_file(0, 0), disk = temp_file(MIB, 'd');
	const char *why = NULL;

	(void)state;
	assert_int_equal(rollback_copy(image, disk, NULL, &why), -1);
	close(image);
	close(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_changed_blocks_are_written),
		cmocka_unit_test(last_block_may_be_short),
		cmocka_unit_test(small_disk_is_refused_untouched),
		cmocka_unit_test(empty_image_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
