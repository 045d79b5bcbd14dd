/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An initramfs byte by byte: hard links, several archives, and what is none. */
#include "packbed.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>

#include "golden/archive.h"

static uint8_t made[1U << 16];
static size_t made_len;
static struct values values;

static void pad(void)
{
	while (made_len % 4)
		made[made_len++] = 0;
}

/* An entry whose header says other lengths than it has. */
static void put_raw(const char *name, unsigned int ino, unsigned int links, unsigned int name_size,
		    unsigned int size, const char *content)
{
	made_len += (size_t)sprintf((char *)made + made_len,
				    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
				    ino, S_IFREG | 0644U, 0U, 0U, links, 0U, size, 8U, 1U, 0U, 0U,
				    name_size, 0U);
	memcpy(made + made_len, name, strlen(name) + 1);
	made_len += strlen(name) + 1;
	pad();
	memcpy(made + made_len, content, strlen(content));
	made_len += strlen(content);
	pad();
}

static void put(const char *name, unsigned int ino, unsigned int links, const char *content)
{
	put_raw(name, ino, links, (unsigned int)strlen(name) + 1, (unsigned int)strlen(content),
		content);
}

static void begin(void)
{
	made_len = 0;
	memset(made, 0, sizeof(made));
	values_free(&values);
}

static void end(void)
{
	put("TRAILER!!!", 0, 1, "");
}

static int read_made(const char *name)
{
	const struct archive_options options = {0};
	struct archive_result r;

	packbed_write(packbed_path(name), made, made_len);
	packbed_error[0] = '\0';
	return archive_values(packbed_path(name), &options, &values, &r, packbed_error);
}

static void read_well(const char *name)
{
	if (read_made(name))
		fail_msg("%s", packbed_error);
}

static void assert_has(const char *path, const char *content)
{
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < values.n; i++)
		if (!strcmp(values.value[i].path, path)) {
			assert_memory_equal(values.value[i].digest, digest, sizeof(digest));
			return;
		}
	fail_msg("%s is not there", path);
}

/* As cpio(1) and gen_init_cpio write them: the content comes with the last. */
static void test_links(void **state)
{
	char name[32];

	(void)state;
	begin();
	put("empty", 7, 1, "");
	for (unsigned int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "bin/applet-%u", i);
		put(name, 5, 301, "");
		if (i == 100)
			put("bin/other", 6, 1, "other");
	}
	put("bin/busybox", 5, 301, "busybox");
	end();
	read_well("links");
	assert_int_equal(values.n, 303);
	assert_has("/bin/applet-0", "busybox");
	assert_has("/bin/applet-150", "busybox");
	assert_has("/bin/applet-299", "busybox");
	assert_has("/bin/busybox", "busybox");
	assert_has("/bin/other", "other");
	assert_has("/empty", "");
}

static void test_content_comes_first(void **state)
{
	(void)state;
	begin();
	put("a", 5, 3, "content");
	put("b", 5, 3, "");
	put("c", 5, 3, "");
	end();
	read_well("first");
	assert_has("/a", "content");
	assert_has("/b", "content");
	assert_has("/c", "content");
}

/* Numbers of inodes are those of one archive. */
static void test_two_archives(void **state)
{
	(void)state;
	begin();
	put("a", 5, 2, "");
	put("b", 5, 2, "one");
	end();
	made_len += 512;
	put("c", 5, 2, "");
	put("d", 5, 2, "two");
	end();
	read_well("two");
	assert_has("/a", "one");
	assert_has("/b", "one");
	assert_has("/c", "two");
	assert_has("/d", "two");
}

static void assert_refused(const char *want)
{
	assert_int_equal(read_made("bad"), -1);
	assert_non_null(strstr(packbed_error, ": byte "));
	if (!strstr(packbed_error, want))
		fail_msg("«%s» is not in «%s»", want, packbed_error);
}

static void test_refusals(void **state)
{
	(void)state;
	begin();
	put_raw("a", 5, 1, UINT32_MAX, 0, "");
	end();
	assert_refused("longer than any path");
	begin();
	put_raw("a", 5, 1, 0, 0, "");
	assert_refused("empty");
	begin();
	put_raw("a", 5, 1, 2, UINT32_MAX, "");
	end();
	assert_refused("cut off");
	begin();
	put_raw("ab", 5, 1, 2, 0, "");
	end();
	assert_refused("does not end");
	begin();
	put("a", 5, 1, "x");
	assert_refused("cut off");
	begin();
	put("a", 5, 1, "x");
	end();
	made[6] = 'g';
	assert_refused("is none");
	made[6] = '0';
	made[0] = '1';
	assert_int_equal(read_made("bad"), -1);
	begin();
	put("../a", 5, 1, "x");
	end();
	assert_refused("leads out");
}

/* Packs what was made with gzip. */
static void pack(void)
{
	static uint8_t out[sizeof(made)];
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t len = 0;

	archive_write_add_filter_gzip(a);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open_memory(a, out, sizeof(out), &len), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, made, made_len), made_len);
	archive_entry_free(e);
	assert_int_equal(archive_write_free(a), ARCHIVE_OK);
	memcpy(made, out, len);
	made_len = len;
}

static void test_packed(void **state)
{
	(void)state;
	begin();
	put("a", 5, 2, "");
	put("b", 5, 2, "content");
	end();
	pack();
	read_well("packed");
	assert_has("/a", "content");
	begin();
	put_raw("a", 5, 1, UINT32_MAX, 0, "");
	pack();
	assert_refused("longer than any path");
}

static int stop(void **state)
{
	values_free(&values);
	return packbed_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),	     cmocka_unit_test(test_content_comes_first),
		cmocka_unit_test(test_two_archives), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, packbed_setup, stop);
}
