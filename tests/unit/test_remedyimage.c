/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An image that is not whole judges no disk. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remedy/image.h"

#define OF_ONE "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
#define OF_TWO "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35"

static char dir[64], error[256];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-image.XXXXXX");
	assert_non_null(mkdtemp(dir));
	put(IMAGE_KERNEL, "1");
	put(IMAGE_RAMDISK, "2");
	put(IMAGE_DIGESTS, "{\"kernel\":\"" OF_ONE "\",\"initrd\":\"" OF_TWO "\"}");
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static void whole(void **state)
{
	(void)state;
	assert_int_equal(image_check(dir, error, sizeof(error)), 0);
}

static void refused(const char *why)
{
	assert_int_equal(image_check(dir, error, sizeof(error)), -1);
	assert_non_null(strstr(error, why));
}

static void not_whole(void **state)
{
	(void)state;
	put(IMAGE_RAMDISK, "");
	refused("initrd is not what remedy.json");
	put(IMAGE_RAMDISK, "2");
	put(IMAGE_KERNEL, "11");
	refused("vmlinuz is not what");
	put(IMAGE_DIGESTS, "{\"kernel\":1}");
	refused("vmlinuz is not what");
	put(IMAGE_DIGESTS, "{");
	refused("lazaret-remedy-image");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_whole, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
