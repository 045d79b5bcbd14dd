/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Golden values out of packages, initramfs images and root trees in tar. */
#include "packbed.h"

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/hex.h"
#include "golden/archive.h"

#define ROOM (1U << 18)

/* An archive under construction. */
struct made {
	struct archive *a;
	uint8_t data[ROOM];
	size_t len;
};

static struct made *make(int (*format)(struct archive *))
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->a = archive_write_new();
	assert_int_equal(format(m->a), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(m->a, 1);
	assert_int_equal(archive_write_open_memory(m->a, m->data, sizeof(m->data), &m->len),
			 ARCHIVE_OK);
	return m;
}

static void put(struct made *m, const char *name, unsigned int type, const char *link,
		const void *data, size_t len)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, type | 0755);
	if (link && type == AE_IFLNK)
		archive_entry_set_symlink(e, link);
	else if (link)
		archive_entry_set_hardlink(e, link);
	archive_entry_set_size(e, (la_int64_t)len);
	assert_int_equal(archive_write_header(m->a, e), ARCHIVE_OK);
	if (len)
		assert_int_equal(archive_write_data(m->a, data, len), len);
	archive_entry_free(e);
}

static void put_file(struct made *m, const char *name, const char *content)
{
	put(m, name, AE_IFREG, NULL, content, strlen(content));
}

static void finish(struct made *m)
{
	assert_int_equal(archive_write_free(m->a), ARCHIVE_OK);
}

static const char control[] = "Package: tool\nVersion: 1:2.0-1\nArchitecture: amd64\n"
			      "Description: a tool\n with a second line\n";

/* tool_2.0-1_amd64.deb with one program, one file outside /usr and links to them. */
static void make_deb(const char *name, const char *member)
{
	struct made *deb = make(archive_write_set_format_ar_svr4);
	struct made *inner = make(archive_write_set_format_pax_restricted);

	put_file(deb, "debian-binary", "2.0\n");
	put_file(inner, "./postinst", "#!/bin/sh\n");
	put_file(inner, "./control", control);
	finish(inner);
	put(deb, "control.tar", AE_IFREG, NULL, inner->data, inner->len);
	free(inner);
	inner = make(archive_write_set_format_pax_restricted);
	put(inner, "./bin/", AE_IFDIR, NULL, NULL, 0);
	put_file(inner, member, "content of a");
	put(inner, "./bin/link", AE_IFREG, member, NULL, 0);
	put(inner, "./bin/symlink", AE_IFLNK, "a", NULL, 0);
	put_file(inner, "./etc/tool.conf", "x = y\n");
	finish(inner);
	put(deb, "data.tar", AE_IFREG, NULL, inner->data, inner->len);
	free(inner);
	finish(deb);
	packbed_write(packbed_path(name), deb->data, deb->len);
	free(deb);
}

static bool has(const struct values *v, const char *path, const char *content)
{
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->value[i].path, path) &&
		    !memcmp(v->value[i].digest, digest, sizeof(digest)))
			return true;
	return false;
}

static int read_values(const char *name, bool split_usr, struct values *v, struct archive_result *r)
{
	const struct archive_options options = {.split_usr = split_usr};

	*v = (struct values){0};
	packbed_error[0] = '\0';
	return archive_values(packbed_path(name), &options, v, r, packbed_error);
}

static void test_deb(void **state)
{
	struct archive_result r;
	struct values v;

	(void)state;
	make_deb("tool.deb", "./bin/a");
	assert_int_equal(read_values("tool.deb", false, &v, &r), 0);
	assert_int_equal(r.files, 5);
	assert_true(has(&v, "/var/lib/dpkg/info/tool.postinst", "#!/bin/sh\n"));
	assert_true(has(&v, "/var/lib/dpkg/info/tool:amd64.postinst", "#!/bin/sh\n"));
	assert_true(has(&v, "/usr/bin/a", "content of a"));
	assert_true(has(&v, "/usr/bin/link", "content of a"));
	assert_true(has(&v, "/etc/tool.conf", "x = y\n"));
	assert_string_equal(r.package.name, "tool");
	assert_string_equal(r.package.version, "1:2.0-1");
	assert_string_equal(r.package.arch, "amd64");
	values_free(&v);
	assert_int_equal(read_values("tool.deb", true, &v, &r), 0);
	assert_true(has(&v, "/bin/a", "content of a"));
	values_free(&v);
}

static void test_names_stay_inside(void **state)
{
	static const char *const names[] = {"../a", "./bin/../../a", "bin/..", "/../a"};
	struct archive_result r;
	struct values v;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		make_deb("out.deb", names[i]);
		assert_int_equal(read_values("out.deb", false, &v, &r), -1);
		assert_non_null(strstr(packbed_error, "leads out"));
		values_free(&v);
	}
	make_deb("dots.deb", ".//bin/./..a");
	assert_int_equal(read_values("dots.deb", false, &v, &r), 0);
	assert_true(has(&v, "/usr/bin/..a", "content of a"));
	values_free(&v);
}

/* However much of it is there: an error with the place, or, behind all data, all of it. */
static void test_cut_off(void **state)
{
	static uint8_t whole[ROOM];
	struct archive_result r;
	struct values v;
	size_t len, refused = 0;

	(void)state;
	make_deb("whole.deb", "./bin/a");
	len = packbed_read(packbed_path("whole.deb"), whole, sizeof(whole));
	for (size_t cut = 0; cut < len; cut += 97) {
		packbed_write(packbed_path("cut.deb"), whole, cut);
		if (read_values("cut.deb", false, &v, &r)) {
			assert_non_null(strstr(packbed_error, cut ? "byte" : "empty"));
			refused++;
		} else {
			assert_int_equal(r.files, 5);
		}
		values_free(&v);
	}
	assert_true(refused > len / 97 / 2);
}

static void test_only_archives(void **state)
{
	struct archive_result r;
	struct values v;

	(void)state;
	packbed_file("text", "neither a package nor an initramfs, whatever its name\n");
	assert_int_equal(read_values("text", false, &v, &r), -1);
	packbed_file("empty.deb", "");
	assert_int_equal(read_values("empty.deb", false, &v, &r), -1);
	assert_int_equal(read_values("nowhere", false, &v, &r), -1);
	packbed_file("bare.deb", "!<arch>\ndebian-binary   0           0     0     100644  4  "
				 "       `\n2.0\n");
	assert_int_equal(read_values("bare.deb", false, &v, &r), -1);
	assert_non_null(strstr(packbed_error, "control.tar and then data.tar"));
	values_free(&v);
}

/* Two archives in a row with zeros between them, the second compressed: an initramfs. */
static void test_initramfs(void **state)
{
	struct made *early = make(archive_write_set_format_cpio_newc);
	struct made *late = make(archive_write_set_format_cpio_newc);
	static uint8_t both[2 * ROOM];
	struct archive_result r;
	struct values v;
	size_t len;

	(void)state;
	put_file(early, "kernel/x86/microcode/AuthenticAMD.bin", "microcode");
	finish(early);
	assert_int_equal(archive_write_free(late->a), ARCHIVE_OK);
	free(late);
	late = make(archive_write_set_format_cpio_newc);
	put_file(late, "init", "#!/bin/sh\n");
	put_file(late, "lib/modules/a.ko", "module");
	finish(late);
	memcpy(both, early->data, early->len);
	len = (early->len + 1023) & ~511UL;
	memcpy(both + len, late->data, late->len);
	packbed_write(packbed_path("initrd"), both, len + late->len);
	free(early);
	free(late);
	assert_int_equal(read_values("initrd", false, &v, &r), 0);
	assert_int_equal(r.files, 3);
	assert_true(has(&v, "/kernel/x86/microcode/AuthenticAMD.bin", "microcode"));
	assert_true(has(&v, "/init", "#!/bin/sh\n"));
	assert_true(has(&v, "/lib/modules/a.ko", "module"));
	values_free(&v);
}

static void test_only_listed_packages(void **state)
{
	char folder[4200];
	char *const source[] = {folder};
	struct build_options options = {.name = "n", .source = source, .sources = 1};
	struct build_result r;
	char list[4200];

	(void)state;
	packbed_dir("pool");
	make_deb("pool/tool.deb", "./bin/a");
	snprintf(folder, sizeof(folder), "%s", packbed_path("pool"));
	snprintf(list, sizeof(list), "%s", packbed_path("status"));
	options.list = list;
	packbed_file("status", "Package: tool\nStatus: install ok installed\nArchitecture: amd64\n"
			       "Version: 1:2.0-1\n\nPackage: gone\nStatus: deinstall ok "
			       "config-files\nArchitecture: all\nVersion: 1\n");
	assert_int_equal(pack_build(packbed_path("listed"), &options, &r, packbed_error), 0);
	assert_int_equal(r.packages, 1);
	assert_int_equal(r.files, 5);
	packbed_file("status", "Package: tool\nArchitecture: amd64\nVersion: 1:2.0-2\n");
	assert_int_equal(pack_build(packbed_path("listed"), &options, &r, packbed_error), -1);
	assert_non_null(strstr(packbed_error, "tool:amd64=1:2.0-2"));
	packbed_file("status", "Package: tool\nVersion: 1\n");
	assert_int_equal(pack_build(packbed_path("listed"), &options, &r, packbed_error), -1);
	assert_non_null(strstr(packbed_error, "status:2:"));
}

/* A list of a repository with one package, whose file has this sum; and what comes of building by it. */
static int build_by_sum(const char *sum)
{
	char folder[4200], list[4200], text[512];
	char *const source[] = {folder};
	struct build_options options = {.name = "n", .source = source, .sources = 1, .list = list};

	snprintf(folder, sizeof(folder), "%s", packbed_path("sums"));
	snprintf(list, sizeof(list), "%s", packbed_path("Packages"));
	snprintf(text, sizeof(text),
		 "Package: tool\nArchitecture: amd64\nVersion: 1:2.0-1\nSHA256: %s\n", sum);
	packbed_file("Packages", text);
	packbed_error[0] = '\0';
	return pack_build(packbed_path("summed"), &options, NULL, packbed_error);
}

/* The list of a repository is signed, and its packages only by what it says of them. */
static void test_sum_of_a_package(void **state)
{
	static uint8_t deb[ROOM];
	uint8_t sum[32];
	char hex[65], two[300];
	size_t len;

	(void)state;
	packbed_dir("sums");
	make_deb("sums/tool.deb", "./bin/a");
	len = packbed_read(packbed_path("sums/tool.deb"), deb, sizeof(deb));
	EVP_Digest(deb, len, sum, NULL, EVP_sha256(), NULL);
	hex_encode(hex, sum, sizeof(sum));
	assert_int_equal(build_by_sum(hex), 0);
	hex[0] = hex[0] == '0' ? '1' : '0';
	assert_int_equal(build_by_sum(hex), -1);
	assert_non_null(strstr(packbed_error, "not the one that the list has"));
	assert_int_equal(build_by_sum("12"), -1);
	assert_non_null(strstr(packbed_error, "malformed"));
	snprintf(two, sizeof(two), "%s\n\nPackage: tool\nArchitecture: amd64\nVersion: 1:2.0-1\n",
		 hex);
	assert_int_equal(build_by_sum(two), -1);
	assert_non_null(strstr(packbed_error, "two packages"));
}

/* A package's name becomes part of paths that are golden then. */
static void test_names_of_packages(void **state)
{
	static const char *const bad[] = {"../../etc/x", "a/b", "-a", "a b", "\xc3\xa4", ""};
	struct debian_package p;
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "Package: %s\nVersion: 1\nArchitecture: all\n",
			 bad[i]);
		assert_int_equal(debian_parse(text, strlen(text), &p), -1);
		snprintf(text, sizeof(text), "Package: a\nVersion: 1\nArchitecture: %s\n", bad[i]);
		assert_int_equal(debian_parse(text, strlen(text), &p), -1);
	}
	strcpy(text,
	       "Package: libstdc++6\nVersion: 1:2.0~rc1-1+b2\nArchitecture: kfreebsd-amd64\n");
	assert_int_equal(debian_parse(text, strlen(text), &p), 0);
	assert_string_equal(p.name, "libstdc++6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deb),
		cmocka_unit_test(test_names_stay_inside),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_only_archives),
		cmocka_unit_test(test_initramfs),
		cmocka_unit_test(test_only_listed_packages),
		cmocka_unit_test(test_sum_of_a_package),
		cmocka_unit_test(test_names_of_packages),
	};

	return cmocka_run_group_tests(tests, packbed_setup, packbed_teardown);
}
