/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the remedy domain's worker finds golden files: in archives and packages, by their digests. */
#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

/* The worker is a program of its own, and in no library. */
#undef fail /* cmocka's */
#include "worker/sources.c"
#include "worker/xattrs.c"

#define PACKAGES \
	12 /* so many that no order of a folder puts all of them behind an archive by luck */
#define MEMBER 65536

static char dir[64], error[256];

static const char *at(const char *name)
{
	static char path[8][256];
	static int turn;
	char *out = path[turn++ % 8];

	snprintf(out, 256, "%s/%s", dir, name);
	return out;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-gather.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(at("store"), 0755), 0);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* One file in an archive; @label: its attribute, or NULL. */
static void put_entry(struct archive *a, const char *name, const char *content, mode_t mode,
		      const char *label)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, mode);
	archive_entry_set_uid(e, 7);
	archive_entry_set_gid(e, 8);
	archive_entry_set_mtime(e, 1000000000, 0);
	archive_entry_set_size(e, (la_int64_t)strlen(content));
	if (label)
		archive_entry_xattr_add_entry(e, "user.label", label, strlen(label));
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, content, strlen(content)), strlen(content));
	archive_entry_free(e);
}

/* Return: bytes of a tar archive in @out. */
static size_t make_tar(char out[MEMBER], const char *content, mode_t mode, const char *label)
{
	struct archive *a = archive_write_new();
	size_t used;

	archive_write_set_format_pax(a);
	assert_int_equal(archive_write_open_memory(a, out, MEMBER, &used), ARCHIVE_OK);
	put_entry(a, "./usr/bin/other", "another file", 0755, NULL);
	put_entry(a, "./usr/bin/tac", content, mode, label);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return used;
}

static void put_tar(const char *name, const char *content, mode_t mode, const char *label)
{
	char tar[MEMBER];
	size_t n = make_tar(tar, content, mode, label);
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(tar, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void put_deb(const char *name, const char *content, mode_t mode)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	char tar[MEMBER];
	size_t n = make_tar(tar, content, mode, NULL);

	archive_write_set_format_ar_bsd(a);
	assert_int_equal(archive_write_open_filename(a, at(name)), ARCHIVE_OK);
	put_entry(a, "debian-binary", "2.0\n", 0644, NULL);
	archive_entry_set_pathname(e, "data.tar");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_size(e, (la_int64_t)n);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, tar, n), n);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(e);
	archive_write_free(a);
}

static struct row restores(const char *content)
{
	struct row row = {.restore = true,
			  .path = (char *)(uintptr_t) "usr/bin/tac",
			  .shown = (char *)(uintptr_t) "/usr/bin/tac",
			  .expected = {.alg = alg_by_name("sha256", 6)}};

	assert_int_equal(
		EVP_Digest(content, strlen(content), row.expected.bytes, NULL, EVP_sha256(), NULL),
		1);
	return row;
}

static int gather(struct row *row)
{
	struct rows rows = {.row = row, .n = 1};

	return sources_gather(&rows, at("store"), at("golden"), error, sizeof(error));
}

static void drop(struct row *row)
{
	free(row->content);
	xattrs_drop(&row->xattrs);
}

static void holds(const char *path, const char *content)
{
	char back[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fread(back, 1, sizeof(back) - 1, f), strlen(content));
	fclose(f);
	assert_string_equal(back, content);
}

/* An archive of libarchive's may hold the same twice, in the two ways that there are to write it. */
static void is_labelled(const struct row *row, const char *label)
{
	assert_true(row->xattrs.n >= 1);
	for (size_t i = 0; i < row->xattrs.n; i++) {
		assert_string_equal(row->xattrs.list[i].name, "user.label");
		assert_int_equal(row->xattrs.list[i].size, strlen(label));
		assert_memory_equal(row->xattrs.list[i].value, label, strlen(label));
	}
}

static void of_an_archive(void **state)
{
	struct row row = restores("golden");

	(void)state;
	put_tar("store/site.tar", "golden", 04755, "labelled");
	assert_int_equal(gather(&row), 0);
	holds(row.content, "golden");
	assert_int_equal(row.mode, 04755);
	assert_int_equal(row.uid, 7);
	assert_int_equal(row.gid, 8);
	assert_int_equal(row.mtime, 1000000000);
	is_labelled(&row, "labelled");
	drop(&row);
}

static void of_a_package(void **state)
{
	struct row row = restores("golden");

	(void)state;
	put_deb("store/coreutils_1_amd64.deb", "golden", 0711);
	assert_int_equal(gather(&row), 0);
	holds(row.content, "golden");
	assert_int_equal(row.mode, 0711);
	assert_int_equal(row.xattrs.n, 0);
	drop(&row);
}

/* The same content in packages and in an archive: the archive's attributes. */
static void a_sites_own_goes_first(void **state)
{
	struct row row = restores("golden");
	char name[64];

	(void)state;
	for (int i = 0; i < PACKAGES; i++) {
		snprintf(name, sizeof(name), "store/%c_%d_amd64.deb", 'a' + 2 * i, i);
		put_deb(name, "golden", 0755);
	}
	put_tar("store/m.tar", "golden", 0700, "of this site");
	assert_int_equal(gather(&row), 0);
	assert_int_equal(row.mode, 0700);
	is_labelled(&row, "of this site");
	drop(&row);
}

static void of_nobody(void **state)
{
	struct row row = restores("golden");

	(void)state;
	put_tar("store/site.tar", "changed", 0755, NULL);
	put_deb("store/coreutils_1_amd64.deb", "changed, too", 0755);
	assert_int_equal(gather(&row), -1);
	assert_non_null(strstr(error, "/usr/bin/tac"));
	assert_non_null(strstr(error, "no package"));
	assert_null(row.content);
}

static void damaged(void **state)
{
	struct row row = restores("golden");

	(void)state;
	put_tar("store/site.tar", "golden", 0755, NULL);
	assert_int_equal(truncate(at("store/site.tar"), 1400), 0);
	assert_int_equal(gather(&row), -1);
	assert_null(row.content);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(of_an_archive), TEST(of_a_package), TEST(a_sites_own_goes_first),
		TEST(of_nobody),     TEST(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
