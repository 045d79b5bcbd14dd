/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which version of which package a value is of: ordered, kept in packs, told in findings. */
#include "packbed.h"

#include <cdb.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attest/verify.h"
#include "golden/debversion.h"
#include "golden/format.h"
#include "golden/publish.h"
#include "golden/shelf.h"
#include "imalog.h"

static struct shelf shelf;

static int stop(void **state)
{
	(void)state;
	shelf_clear(&shelf);
	return 0;
}

/* Each is earlier than the next. */
static const char *const versions[] = {
	"0~~",
	"0~~a",
	"0~",
	"0",
	"0a",
	"0+",
	"0.1",
	"1.0~rc1-1",
	"1.0-0.1",
	"1.0-1",
	"1.0-1+b2",
	"1.0-1+b10",
	"1.0-1.1",
	"1.0-9+deb12u8",
	"1.0a-1",
	"1.0+dfsg-1",
	"1.0.1",
	"1.2",
	"1.10",
	"1.10-a-2",
	"2.36-9+deb12u7",
	"2.36-9+deb12u10",
	"1:0.1",
	"1:0.1-1",
	"2:0",
};

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_versions_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		for (size_t k = 0; k < ARRAY_SIZE(versions); k++)
			if (sign(debversion_compare(versions[i], versions[k])) != (i > k) - (i < k))
				fail_msg("«%s» and «%s»", versions[i], versions[k]);
	assert_int_equal(debversion_compare("1.0", "0:1.00"), 0);
	assert_int_equal(debversion_compare("1.0", "1.0-0"), 0);
	assert_int_equal(debversion_compare("", ""), 0);
	assert_true(debversion_compare("99999999999999999999999", "100000000000000000000000") < 0);
}

/* dpkg itself has the last word, where it is. */
static void test_versions_as_dpkg(void **state)
{
	char command[256];

	(void)state;
	if (system("command -v dpkg >/dev/null") != 0)
		skip();
	for (size_t i = 1; i < ARRAY_SIZE(versions); i++) {
		snprintf(command, sizeof(command), "dpkg --compare-versions '%s' lt '%s'",
			 versions[i - 1], versions[i]);
		if (system(command) != 0)
			fail_msg("dpkg does not agree: %s", command);
	}
}

static const uint8_t *digest_of(const char *content)
{
	static uint8_t digest[32];

	assert_int_equal(EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL), 1);
	return digest;
}

static void put(struct values *v, const char *origin, const char *path, const char *content)
{
	assert_int_equal(values_origin(v, origin), 0);
	assert_int_equal(
		values_add(v, path, strlen(path), alg_by_name("sha256", 6), digest_of(content)), 0);
}

static void write_pack(const char *name, struct values *v)
{
	if (publish(name, v, &(struct pack_label){.name = "site", .serial = 3}, NULL,
		    packbed_error))
		fail_msg("%s", packbed_error);
	values_free(v);
}

static struct pack *make(struct values *v)
{
	struct pack *p;

	write_pack(packbed_path("origin"), v);
	p = packbed_open(packbed_path("origin"));
	assert_non_null(p);
	return p;
}

static void assert_origin(const struct pack *p, uint32_t origin, const char *text)
{
	char found[PACK_ORIGIN_MAX];

	assert_int_equal(pack_origin(p, origin, found), *text != '\0');
	assert_string_equal(found, text);
}

/* What is expected is the latest; what several versions have is of the latest of them. */
static void test_latest_is_expected(void **state)
{
	struct values v = {0};
	struct pack_answer a;
	struct pack *p;

	(void)state;
	put(&v, "bash 5.2-9", "/bin/bash", "nine");
	put(&v, "bash 5.2-10", "/bin/bash", "ten");
	put(&v, "bash 5.2-2", "/bin/bash", "two");
	put(&v, "bash 5.2-9", "/etc/same", "same");
	put(&v, "bash 5.2-10", "/etc/same", "same");
	put(&v, "", "/bin/own", "own");
	p = make(&v);
	assert_int_equal(packbed_look(p, "evil", "/bin/bash", &a), PACK_OTHER_DIGEST);
	assert_memory_equal(a.expected, digest_of("ten"), 32);
	assert_origin(a.pack, a.origin, "bash 5.2-10");
	assert_int_equal(packbed_look(p, "two", "/bin/bash", &a), PACK_GOOD);
	assert_origin(a.pack, a.origin, "bash 5.2-2");
	assert_int_equal(packbed_look(p, "same", "/etc/same", &a), PACK_GOOD);
	assert_origin(a.pack, a.origin, "bash 5.2-10");
	assert_int_equal(packbed_look(p, "nine", "/tmp/x", &a), PACK_ELSEWHERE);
	assert_origin(a.known, a.known_origin, "bash 5.2-9");
	assert_int_equal(packbed_look(p, "own", "/bin/own", &a), PACK_GOOD);
	assert_origin(a.pack, a.origin, "");
	assert_int_equal(pack_info(p)->paths, 3);
	assert_int_equal(pack_info(p)->digests, 5);
	pack_close(p);
}

/* In whatever order they come, and through whatever lists and packs they went. */
static void test_order_does_not_matter(void **state)
{
	static uint8_t one[65536], two[65536];
	struct values v = {0}, w = {0};
	struct pack *p;
	size_t len;

	(void)state;
	put(&v, "a 1", "/a", "1");
	put(&v, "a 2", "/a", "2");
	put(&v, "b 1", "/b", "1");
	p = make(&v);
	len = packbed_read(packbed_path("origin"), one, sizeof(one));
	put(&w, "b 1", "/b", "1");
	put(&v, "a 2", "/a", "2");
	put(&v, "a 1", "/a", "1");
	assert_int_equal(values_move(&w, &v), 0);
	values_free(&v);
	assert_int_equal(values_take(&w, p), 0);
	assert_int_equal(w.n, 6);
	pack_close(p);
	write_pack(packbed_path("origin"), &w);
	assert_int_equal(packbed_read(packbed_path("origin"), two, sizeof(two)), len);
	assert_memory_equal(one, two, len);
}

static void test_what_is_no_origin(void **state)
{
	char text[PACK_ORIGIN_MAX + 1];
	struct values v = {0};

	(void)state;
	memset(text, 'a', sizeof(text));
	text[PACK_ORIGIN_MAX] = '\0';
	assert_int_equal(values_origin(&v, text), -1);
	assert_int_equal(errno, ENAMETOOLONG);
	text[PACK_ORIGIN_MAX - 1] = '\0';
	assert_int_equal(values_origin(&v, text), 0);
	assert_int_equal(values_origin(&v, text), 0);
	values_free(&v);
}

/* A pack of the format before this one, with one value. */
static void write_plain(const char *name, uint32_t version)
{
	struct pack_trailer t = {.name = "plain", .magic = PACK_MAGIC};
	static uint8_t file[65536];
	uint8_t value[34] = {2, 32}, key[34] = {'d', 2};
	struct cdb_make cdb;
	size_t len;
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	memcpy(value + 2, digest_of("old"), 32);
	memcpy(key + 2, digest_of("old"), 32);
	assert_int_equal(cdb_make_start(&cdb, fd), 0);
	assert_int_equal(cdb_make_add(&cdb, "p/a", 3, value, sizeof(value)), 0);
	assert_int_equal(cdb_make_add(&cdb, key, sizeof(key), "/a", 2), 0);
	assert_int_equal(cdb_make_finish(&cdb), 0);
	close(fd);
	len = packbed_read(name, file, sizeof(file));
	t.version = htole32(version);
	t.cdb_size = htole64(len);
	memcpy(file + len, &t, sizeof(t));
	EVP_Digest(file, len + offsetof(struct pack_trailer, sum), t.sum, NULL, EVP_sha256(), NULL);
	memcpy(file + len, &t, sizeof(t));
	packbed_write(name, file, len + sizeof(t));
}

static void test_older_packs(void **state)
{
	struct pack_answer a;
	char told[PACK_TOLD_MAX];
	struct values v = {0};
	struct pack *p;

	(void)state;
	write_plain(packbed_path("plain"), PACK_VERSION_PLAIN);
	p = packbed_open(packbed_path("plain"));
	assert_non_null(p);
	assert_int_equal(packbed_look(p, "old", "/a", &a), PACK_GOOD);
	assert_int_equal(packbed_look(p, "old", "/b", &a), PACK_ELSEWHERE);
	assert_origin(a.known, a.known_origin, "");
	pack_tell_origin(a.known, a.known_origin, told);
	assert_string_equal(told, "pack plain, number 0");
	assert_int_equal(packbed_look(p, "new", "/a", &a), PACK_OTHER_DIGEST);
	assert_int_equal(pack_algs(p), 1U << 2);
	assert_int_equal(values_take(&v, p), 0);
	assert_int_equal(v.n, 1);
	assert_null(v.value[0].origin);
	pack_close(p);
	values_free(&v);
	write_plain(packbed_path("plain"), PACK_VERSION_PLAIN - 1);
	assert_null(packbed_open(packbed_path("plain")));
	assert_non_null(strstr(packbed_error, "earlier version"));
	write_plain(packbed_path("plain"), PACK_VERSION + 1);
	assert_null(packbed_open(packbed_path("plain")));
	assert_non_null(strstr(packbed_error, "later version"));
}

/* A forged pack's text goes to nobody's terminal. */
static void test_hostile_origin(void **state)
{
	static uint8_t file[65536];
	const size_t sum = offsetof(struct pack_trailer, sum);
	char told[PACK_TOLD_MAX];
	struct values v = {0};
	struct pack_answer a;
	struct pack *p;
	uint8_t *text;
	size_t len, end;

	(void)state;
	put(&v, "lz-tool 1.0", "/bin/a", "a");
	pack_close(make(&v));
	len = packbed_read(packbed_path("origin"), file, sizeof(file));
	end = len - sizeof(struct pack_trailer) + sum;
	text = memmem(file, len, "lz-tool 1.0", 11);
	assert_non_null(text);
	text[3] = 0x1b;
	EVP_Digest(file, end, file + end, NULL, EVP_sha256(), NULL);
	packbed_write(packbed_path("origin"), file, len);
	p = packbed_open(packbed_path("origin"));
	assert_non_null(p);
	assert_int_equal(packbed_look(p, "a", "/bin/a", &a), PACK_GOOD);
	assert_origin(p, a.origin, "");
	assert_origin(p, UINT32_MAX, "");
	pack_tell_origin(p, a.origin, told);
	assert_string_equal(told, "pack site, number 3");
	pack_close(p);
}

static void shelve(enum shelf_kind kind, const char *origin, const char *path, const char *content)
{
	struct values v = {0};

	put(&v, origin, path, content);
	assert_int_equal(shelf_add(&shelf, kind, make(&v), 0), 0);
}

/* Verifies one file. Return: what is said of it; overwritten by the next. */
static const char *judge(const char *path, const char *content, enum finding_class class)
{
	static char text[FINDING_TEXT_MAX];
	struct verifier v;
	struct imalog l;
	struct finding f = {0};

	imalog_init(&l);
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = path, .digest = digest_of(content)});
	assert_int_equal(verifier_init(&v, &shelf, REPLAY_DEFAULT_BANKS), 0);
	for (size_t i = 0; i < l.records; i++)
		verify_record(&v, l.buf + l.start[i], l.start[i + 1] - l.start[i], &f);
	assert_string_equal(finding_class_name(f.class), finding_class_name(class));
	finding_describe(&f, text);
	verifier_destroy(&v);
	imalog_free(&l);
	return text;
}

static void assert_told(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("«%s» is not in «%s»", part, text);
}

/* What is golden now, what it was once, and what nobody ever knew, each in its words. */
static void test_findings_name_versions(void **state)
{
	const char *text;

	(void)state;
	shelve(SHELF_GOLDEN, "lz-tool 2.0", "/usr/bin/lz-tool", "two");
	shelve(SHELF_GOLDEN, "", "/usr/bin/own", "own");
	shelve(SHELF_RETIRED, "lz-tool 1.0", "/usr/bin/lz-tool", "one");
	shelve(SHELF_DENIED, "worm 6.6", "/worm", "worm");
	text = judge("/usr/bin/lz-tool", "one", FINDING_OUTDATED);
	assert_told(text, " known as lz-tool 1.0 (retired) expected sha256:");
	assert_told(text, " of lz-tool 2.0: ");
	text = judge("/usr/bin/lz-tool", "evil", FINDING_WRONG_DIGEST);
	assert_told(text, " of lz-tool 2.0: ");
	assert_null(strstr(text, "known as"));
	text = judge("/tmp/x", "one", FINDING_UNKNOWN_FILE);
	assert_told(text, " known as lz-tool 1.0 (retired) which belongs to /usr/bin/lz-tool: ");
	text = judge("/tmp/x", "evil", FINDING_UNKNOWN_FILE);
	assert_null(strstr(text, "known as"));
	assert_null(strstr(text, " of lz-tool"));
	text = judge("/usr/bin/own", "two", FINDING_SWAPPED);
	assert_told(text, " known as lz-tool 2.0 which belongs to /usr/bin/lz-tool expected ");
	assert_told(text, " of pack site, number 3: ");
	text = judge("/usr/bin/lz-tool", "worm", FINDING_DENIED);
	assert_told(text, " known as worm 6.6 (denied) which belongs to /worm");
	text = judge("/usr/bin/lz-tool", "two", FINDING_GOOD);
	assert_null(strstr(text, "lz-tool 2.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions_in_order),
		cmocka_unit_test(test_versions_as_dpkg),
		cmocka_unit_test(test_latest_is_expected),
		cmocka_unit_test(test_order_does_not_matter),
		cmocka_unit_test(test_what_is_no_origin),
		cmocka_unit_test(test_older_packs),
		cmocka_unit_test(test_hostile_origin),
		cmocka_unit_test_teardown(test_findings_name_versions, stop),
	};

	return cmocka_run_group_tests_name("origin", tests, packbed_setup, packbed_teardown);
}
