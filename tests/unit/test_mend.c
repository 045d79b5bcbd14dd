/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the remedy domain's worker changes on a disk, and what it leaves alone. */
#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "common/hex.h"
#include "worker/mend.h"
#include "worker/report.h"
#include "worker/rows.h"
#include "worker/sources.h"

/* The worker is a program of its own, and in no library. */
#include "worker/below.c"
#include "worker/xattrs.c"
#include "worker/keep.c"
#undef CHUNK
#define copy copy_content
#include "worker/mend.c"
#undef copy
#undef CHUNK

static char dir[64], error[256], told[1024];
static uint64_t kept_bytes;

void report_total(uint64_t files)
{
	(void)files;
}

void report_file(uint64_t bytes)
{
	(void)bytes;
}

void report_kept(uint64_t bytes)
{
	kept_bytes = bytes;
}

void report_finding(const struct report_finding *f)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s %s\n", f->class, f->path);
}

static const char *at(const char *name)
{
	static char path[8][256];
	static int turn;
	char *out = path[turn++ % 8];

	snprintf(out, 256, "%s/%s", dir, name);
	return out;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void is(const char *name, const char *text)
{
	char back[64] = "";
	FILE *f = fopen(at(name), "r");

	if (!text) {
		assert_null(f);
		return;
	}
	assert_non_null(f);
	assert_true(fread(back, 1, sizeof(back) - 1, f) <= sizeof(back));
	fclose(f);
	assert_string_equal(back, text);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-mend.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(at("root"), 0755), 0);
	assert_int_equal(mkdir(at("root/bin"), 0755), 0);
	put("root/bin/tac", "changed");
	put("root/bin/evil", "evil");
	put("root/bin/other", "other");
	put("kept", "");
	put("golden", "golden");
	told[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static struct digest digest_of(const char *text)
{
	struct digest d = {.alg = alg_by_name("sha256", 6)};

	assert_int_equal(EVP_Digest(text, strlen(text), d.bytes, NULL, EVP_sha256(), NULL), 1);
	return d;
}

static struct row removes(const char *path, const char *found)
{
	return (struct row){.path = (char *)(uintptr_t)path,
			    .shown = (char *)(uintptr_t)path,
			    .found = digest_of(found)};
}

static struct row restores(const char *path, const char *found)
{
	struct row row = removes(path, found);

	row.restore = true;
	row.expected = digest_of("golden");
	row.content = (char *)(uintptr_t)at("golden");
	row.mode = 04755;
	row.uid = getuid();
	row.gid = getgid();
	row.mtime = 1000000000;
	return row;
}

static int run(struct row *row, size_t n)
{
	struct rows rows = {.row = row, .n = n};

	return mend(&rows, at("root"), at("kept"), error, sizeof(error));
}

static int entries(void)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int n = 0;

	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_filename(a, at("kept"), 4096), ARCHIVE_OK);
	for (; archive_read_next_header(a, &e) == ARCHIVE_OK; n++)
		assert_true(!strncmp(archive_entry_pathname(e), "bin/", 4));
	archive_read_free(a);
	return n;
}

static void both(void **state)
{
	struct row row[] = {restores("bin/tac", "changed"), removes("bin/evil", "evil")};
	struct stat st;

	(void)state;
	put("root/bin/.lazaret-new", "left by a crash");
	assert_int_equal(run(row, 2), 0);
	is("root/bin/tac", "golden");
	is("root/bin/evil", NULL);
	is("root/bin/.lazaret-new", NULL);
	is("root/bin/other", "other");
	assert_int_equal(stat(at("root/bin/tac"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 04755);
	assert_int_equal(st.st_mtime, 1000000000);
	assert_string_equal(told, "restored /bin/tac\nremoved /bin/evil\n");
	assert_int_equal(entries(), 2);
	assert_int_equal(stat(at("kept"), &st), 0);
	assert_int_equal(st.st_size, kept_bytes);
}

/* Of several, the last is not what was found: none is changed. */
static void what_is_not_as_found(void **state)
{
	struct row row[] = {restores("bin/tac", "changed"), removes("bin/evil", "something else")};

	(void)state;
	assert_int_equal(run(row, 2), -1);
	assert_non_null(strstr(error, "not what was found"));
	is("root/bin/tac", "changed");
	is("root/bin/evil", "evil");
	assert_string_equal(told, "");
}

static void no_link_leads_out(void **state)
{
	static const char *const ways[] = {"out/victim", "bin/../../outside/victim", "bin/link"};

	(void)state;
	assert_int_equal(mkdir(at("outside"), 0755), 0);
	put("outside/victim", "victim");
	assert_int_equal(symlink("../outside", at("root/out")), 0);
	assert_int_equal(symlink("../../outside/victim", at("root/bin/link")), 0);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct row row = removes(ways[i], "victim");

		assert_int_equal(run(&row, 1), -1);
		is("outside/victim", "victim");
	}
}

static void what_is_gone(void **state)
{
	struct row row = removes("bin/nowhere", "x");

	(void)state;
	assert_int_equal(run(&row, 1), -1);
	assert_non_null(strstr(error, "bin/nowhere"));
}

#define USER	   "user.lab"
#define GOLDEN_IMA "\003golden" /* the first byte says that it is a signature */
#define OLD_IMA	   "\003old"

/* An attribute of what is the golden tac now; NULL: it has none. */
static void has_attribute(const char *name, const char *wanted)
{
	char value[64] = "";
	ssize_t n = getxattr(at("root/bin/tac"), name, value, sizeof(value) - 1);

	is("root/bin/tac", "golden");
	if (!wanted) {
		assert_int_equal(n, -1);
		return;
	}
	assert_int_equal(n, strlen(wanted));
	assert_string_equal(value, wanted);
}

/* The changed tac has both. Skips the test where that can't be: for other users than root, for example. */
static void give_old(void)
{
	const char *tac = at("root/bin/tac");

	if (setxattr(tac, USER, "old", 3, 0) < 0 ||
	    setxattr(tac, IMA, OLD_IMA, strlen(OLD_IMA), 0) < 0)
		skip();
}

static struct xattr attribute(const char *name, const char *value)
{
	return (struct xattr){(char *)(uintptr_t)name, (void *)(uintptr_t)value, strlen(value)};
}

static void attributes(void **state)
{
	struct xattr golden[] = {attribute(USER, "golden"), attribute(IMA, GOLDEN_IMA)};
	struct row row = restores("bin/tac", "changed");

	(void)state;
	give_old();
	row.xattrs = (struct xattrs){golden, 2};
	assert_int_equal(run(&row, 1), 0);
	has_attribute(USER, "golden");
	has_attribute(IMA, GOLDEN_IMA);
}

/* Of the old file only its signature is of use: its capabilities may be the guest's doing. */
static void attributes_of_old(void **state)
{
	struct row row = restores("bin/tac", "changed");

	(void)state;
	give_old();
	assert_int_equal(run(&row, 1), 0);
	has_attribute(USER, NULL);
	has_attribute(IMA, OLD_IMA);
}

/* One that can't be set: the old file stays as it is. */
static void attributes_that_cannot_be(void **state)
{
	struct xattr golden = attribute("nowhere.lab", "golden");
	struct row row = restores("bin/tac", "changed");
	const struct xattrs wrong = {&golden, 1};
	int fd = open(at("golden"), O_RDONLY | O_CLOEXEC);

	(void)state;
	/* Of a class that no file system has: as if this one had no attributes, which is no error. */
	assert_int_equal(xattrs_put(fd, &wrong, -1), 0);
	close(fd);
	golden = attribute("security.capability", "no capabilities");
	row.xattrs = wrong;
	assert_int_equal(run(&row, 1), -1);
	assert_non_null(strstr(error, "bin/tac can't be changed"));
	is("root/bin/tac", "changed");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both),
		TEST(what_is_not_as_found),
		TEST(no_link_leads_out),
		TEST(what_is_gone),
		TEST(attributes),
		TEST(attributes_of_old),
		TEST(attributes_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
