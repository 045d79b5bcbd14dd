/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "golden/build.h"
#include "golden/format.h"
#include "golden/pack.h"
#include "golden/writer.h"

static char dir[] = "/tmp/lazaret-unit.XXXXXX";
static char error[BUILD_ERROR_MAX];

/* Name of a file in the test's directory; overwritten by the fourth call after. */
static const char *in_dir(const char *name)
{
	static char names[4][4200];
	static unsigned int next;
	char *out = names[next++ % 4];

	snprintf(out, sizeof(names[0]), "%s/%s", dir, name);
	return out;
}

static void make_file(const char *name, const char *content)
{
	int fd = open(in_dir(name), O_CREAT | O_TRUNC | O_WRONLY, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static void make_dir(const char *name)
{
	assert_int_equal(mkdir(in_dir(name), 0755), 0);
}

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	make_dir("root");
	make_dir("root/usr");
	make_dir("root/usr/bin");
	make_file("root/usr/bin/ls", "list");
	make_file("root/usr/bin/cat", "concatenate");
	make_file("root/usr/bin/with blank", "blank");
	make_file("root/empty", "");
	make_dir("root/tmp");
	make_file("root/tmp/left-over", "transient");
	make_dir("root/proc");
	make_file("root/proc/version", "transient");
	assert_int_equal(link(in_dir("root/usr/bin/ls"), in_dir("root/usr/bin/dir")), 0);
	assert_int_equal(symlink("ls", in_dir("root/usr/bin/link")), 0);
	assert_int_equal(symlink("/etc", in_dir("root/etc")), 0);
	assert_int_equal(mkfifo(in_dir("root/usr/pipe"), 0644), 0);
	return 0;
}

static int teardown(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		execlp("rm", "rm", "-rf", dir, NULL);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static void build(const char *output, uint64_t built)
{
	const struct build_options options = {.name = "test pack", .built = built};
	struct build_result result;

	if (pack_build(in_dir("root"), output, &options, &result, error))
		fail_msg("%s", error);
	assert_int_equal(result.files, 5);
	assert_int_equal(result.skipped, 2);
	assert_int_equal(result.bytes, strlen("listconcatenateblank"));
}

static struct pack *open_pack(const char *name)
{
	int fd = open(name, O_RDONLY);
	struct pack *p;

	assert_true(fd >= 0);
	memset(error, 0, sizeof(error));
	p = pack_open(fd, error);
	close(fd);
	return p;
}

static enum pack_class look(const struct pack *p, const char *content, const char *path,
			    struct pack_answer *out)
{
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	return pack_lookup(p, alg_by_name("sha256", 6), digest, path, (uint32_t)strlen(path), out);
}

static void test_info(void **state)
{
	struct pack *p;

	(void)state;
	build(in_dir("info"), 1700000000);
	p = open_pack(in_dir("info"));
	assert_non_null(p);
	assert_string_equal(pack_info(p)->name, "test pack");
	assert_int_equal(pack_info(p)->built, 1700000000);
	assert_int_equal(pack_info(p)->paths, 5);
	assert_int_equal(pack_info(p)->digests, 4);
	pack_close(p);
	pack_close(NULL);
}

static void test_lookup(void **state)
{
	struct pack_answer a;
	struct pack *p;

	(void)state;
	build(in_dir("lookup"), 0);
	p = open_pack(in_dir("lookup"));
	assert_int_equal(look(p, "list", "/usr/bin/ls", &a), PACK_GOOD);
	assert_int_equal(look(p, "list", "/usr/bin/dir", &a), PACK_GOOD);
	assert_int_equal(look(p, "", "/empty", &a), PACK_GOOD);
	assert_int_equal(look(p, "blank", "/usr/bin/with_blank", &a), PACK_GOOD);
	assert_int_equal(look(p, "evil", "/usr/bin/evil", &a), PACK_UNKNOWN);
	assert_null(a.expected);
	assert_null(a.path);
	assert_int_equal(look(p, "transient", "/tmp/left-over", &a), PACK_UNKNOWN);
	assert_int_equal(look(p, "transient", "/proc/version", &a), PACK_UNKNOWN);
	/* Links are not files, and none is followed. */
	assert_int_equal(look(p, "evil", "/usr/bin/link", &a), PACK_UNKNOWN);
	/* A path is whole or not known at all. */
	assert_int_equal(look(p, "evil", "/usr/bin/l", &a), PACK_UNKNOWN);
	assert_int_equal(look(p, "evil", "", &a), PACK_UNKNOWN);
	pack_close(p);
}

static void test_explanations(void **state)
{
	struct pack_answer a;
	struct pack *p;
	uint8_t list[32];

	(void)state;
	EVP_Digest("list", 4, list, NULL, EVP_sha256(), NULL);
	build(in_dir("explain"), 0);
	p = open_pack(in_dir("explain"));
	assert_int_equal(look(p, "evil", "/usr/bin/ls", &a), PACK_OTHER_DIGEST);
	assert_string_equal(a.alg->name, "sha256");
	assert_memory_equal(a.expected, list, 32);
	assert_null(a.path);
	assert_int_equal(look(p, "list", "/home/me/ls", &a), PACK_ELSEWHERE);
	assert_null(a.expected);
	assert_int_equal(a.path_len, strlen("/usr/bin/dir"));
	assert_memory_equal(a.path, "/usr/bin/dir", a.path_len);
	assert_int_equal(look(p, "concatenate", "/usr/bin/ls", &a), PACK_ELSEWHERE);
	assert_memory_equal(a.expected, list, 32);
	assert_memory_equal(a.path, "/usr/bin/cat", a.path_len);
	pack_close(p);
}

static void test_other_algorithm(void **state)
{
	const uint8_t digest[64] = {1};
	struct pack_answer a;
	struct pack *p;

	(void)state;
	build(in_dir("alg"), 0);
	p = open_pack(in_dir("alg"));
	assert_int_equal(pack_lookup(p, alg_by_name("sha1", 4), digest, "/usr/bin/ls", 11, &a),
			 PACK_OTHER_DIGEST);
	assert_string_equal(a.alg->name, "sha256");
	assert_int_equal(pack_lookup(p, alg_by_name("sha512", 6), digest, "/x", 2, &a),
			 PACK_UNKNOWN);
	pack_close(p);
}

static void test_longest_path(void **state)
{
	static char path[PACK_PATH_MAX + 2];
	const uint8_t digest[32] = {1};
	struct pack_answer a;
	struct pack *p;

	(void)state;
	memset(path, 'a', sizeof(path));
	build(in_dir("long"), 0);
	p = open_pack(in_dir("long"));
	for (uint32_t len = PACK_PATH_MAX - 1; len < sizeof(path); len++)
		assert_int_equal(pack_lookup(p, alg_by_id(2), digest, path, len, &a), PACK_UNKNOWN);
	pack_close(p);
}

static size_t read_file(const char *name, uint8_t *out, size_t max)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, out, max);

	assert_true(n > 0);
	close(fd);
	return (size_t)n;
}

static void write_file(const char *name, const uint8_t *data, size_t len)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0644);

	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static void test_deterministic(void **state)
{
	static uint8_t a[65536], b[65536];
	size_t len;

	(void)state;
	build(in_dir("a"), 5);
	build(in_dir("b"), 5);
	len = read_file(in_dir("a"), a, sizeof(a));
	assert_int_equal(read_file(in_dir("b"), b, sizeof(b)), len);
	assert_memory_equal(a, b, len);
	build(in_dir("b"), 6);
	read_file(in_dir("b"), b, sizeof(b));
	assert_memory_not_equal(a, b, len);
}

static void test_every_truncation_is_refused(void **state)
{
	static uint8_t a[65536];
	size_t len;

	(void)state;
	build(in_dir("cut"), 0);
	len = read_file(in_dir("cut"), a, sizeof(a));
	for (size_t cut = 0; cut < len; cut += cut < len - 200 ? 37 : 1) {
		write_file(in_dir("cut"), a, cut);
		assert_null(open_pack(in_dir("cut")));
		assert_int_not_equal(strlen(error), 0);
	}
	a[len] = 0;
	write_file(in_dir("cut"), a, len + 1);
	assert_null(open_pack(in_dir("cut")));
}

static void test_every_flip_is_refused(void **state)
{
	static uint8_t a[65536];
	size_t len;

	(void)state;
	build(in_dir("flip"), 0);
	len = read_file(in_dir("flip"), a, sizeof(a));
	for (size_t at = 0; at < len; at += at < len - sizeof(struct pack_trailer) ? 29 : 1) {
		a[at] ^= 0x10;
		write_file(in_dir("flip"), a, len);
		assert_null(open_pack(in_dir("flip")));
		assert_int_not_equal(strlen(error), 0);
		a[at] ^= 0x10;
	}
}

static void test_words_of_refusal(void **state)
{
	static uint8_t a[65536];
	uint8_t *version;
	size_t len;

	(void)state;
	build(in_dir("words"), 0);
	len = read_file(in_dir("words"), a, sizeof(a));
	version = a + len - sizeof(struct pack_trailer) + offsetof(struct pack_trailer, version);
	++*version;
	write_file(in_dir("words"), a, len);
	assert_null(open_pack(in_dir("words")));
	assert_non_null(strstr(error, "another version"));
	--*version;
	a[2100] ^= 1;
	write_file(in_dir("words"), a, len);
	assert_null(open_pack(in_dir("words")));
	assert_non_null(strstr(error, "damaged"));
	write_file(in_dir("words"), a, 100);
	assert_null(open_pack(in_dir("words")));
	assert_non_null(strstr(error, "too short"));
	memset(a, 'x', sizeof(a));
	write_file(in_dir("words"), a, sizeof(a));
	assert_null(open_pack(in_dir("words")));
	assert_non_null(strstr(error, "not a golden pack"));
	assert_null(open_pack("/dev/zero"));
	assert_non_null(strstr(error, "regular file"));
	assert_null(open_pack(dir));
	assert_non_null(strstr(error, "regular file"));
	assert_null(pack_open(-1, error));
}

/* A pack whose sum is right and whose database is not: look-ups must end, and not in GOOD. */
static void test_hostile_database(void **state)
{
	static uint8_t good[65536], bad[65536];
	struct pack_answer a;
	struct pack *p;
	size_t len, sum;

	(void)state;
	build(in_dir("hostile"), 0);
	len = read_file(in_dir("hostile"), good, sizeof(good));
	sum = len - 32;
	for (size_t at = 0; at < len - sizeof(struct pack_trailer); at += 5) {
		memcpy(bad, good, len);
		memset(bad + at, 0xff, 4);
		EVP_Digest(bad, sum, bad + sum, NULL, EVP_sha256(), NULL);
		write_file(in_dir("hostile"), bad, len);
		p = open_pack(in_dir("hostile"));
		assert_non_null(p);
		look(p, "list", "/usr/bin/ls", &a);
		look(p, "evil", "/usr/bin/cat", &a);
		assert_int_not_equal(look(p, "evil", "/evil", &a), PACK_GOOD);
		pack_close(p);
	}
}

static void test_several_digests_of_a_path(void **state)
{
	uint8_t d[3][32] = {{1}, {2}, {3}};
	const struct alg *sha256 = alg_by_id(2);
	struct golden golden[] = {
		{"/a", sha256, d[1]},	    {"/a", sha256, d[0]},   {"/a", sha256, d[1]},
		{"/a", alg_by_id(1), d[2]}, {"/x y", sha256, d[0]}, {"/x_y", sha256, d[1]},
	};
	struct pack_answer a;
	struct pack *p;
	int fd = open(in_dir("several"), O_RDWR | O_CREAT, 0644);

	(void)state;
	assert_int_equal(pack_write(fd, golden, ARRAY_SIZE(golden), "n", 0), 0);
	p = pack_open(fd, error);
	close(fd);
	assert_non_null(p);
	assert_int_equal(pack_info(p)->paths, 2);
	assert_int_equal(pack_info(p)->digests, 3);
	assert_int_equal(pack_lookup(p, sha256, d[0], "/a", 2, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, sha256, d[1], "/a", 2, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, alg_by_id(1), d[2], "/a", 2, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, sha256, d[0], "/x_y", 4, &a), PACK_GOOD);
	assert_int_equal(pack_lookup(p, sha256, d[1], "/x_y", 4, &a), PACK_GOOD);
	/* The digest expected is one of the algorithm asked for. */
	assert_int_equal(pack_lookup(p, sha256, d[2], "/a", 2, &a), PACK_OTHER_DIGEST);
	assert_ptr_equal(a.alg, sha256);
	assert_memory_equal(a.expected, d[0], 32);
	pack_close(p);
}

static void count_progress(uint64_t done, uint64_t total, void *arg)
{
	assert_true(done <= total);
	*(uint64_t *)arg = done;
}

static void test_progress(void **state)
{
	uint64_t done = 0;
	const struct build_options options = {
		.name = "n", .progress = count_progress, .arg = &done};

	(void)state;
	assert_int_equal(pack_build(in_dir("root"), in_dir("progress"), &options, NULL, error), 0);
	assert_int_equal(done, 5);
}

static void assert_not_built(const char *root, const char *output, const char *name)
{
	const struct build_options options = {.name = name};

	memset(error, 0, sizeof(error));
	assert_int_equal(pack_build(root, output, &options, NULL, error), -1);
	assert_int_not_equal(strlen(error), 0);
}

static void test_build_refuses(void **state)
{
	char longest[PACK_NAME_MAX + 1];
	struct stat st;

	(void)state;
	memset(longest, 'n', sizeof(longest));
	longest[PACK_NAME_MAX] = '\0';
	assert_not_built(in_dir("nowhere"), in_dir("no"), "n");
	assert_not_built(in_dir("root/empty"), in_dir("no"), "n");
	assert_not_built(in_dir("root"), in_dir("nowhere/no"), "n");
	assert_not_built(in_dir("root"), in_dir("root"), "n");
	assert_not_built(in_dir("root"), in_dir("no"), "");
	assert_not_built(in_dir("root"), in_dir("no"), longest);
	assert_not_built(in_dir("root"), in_dir("no"), "a\nb");
	assert_int_equal(stat(in_dir("no"), &st), -1);
}

static void test_failed_build_leaves_the_old_pack(void **state)
{
	static uint8_t before[65536], after[65536];
	size_t len;

	(void)state;
	build(in_dir("old"), 1);
	len = read_file(in_dir("old"), before, sizeof(before));
	assert_not_built(in_dir("nowhere"), in_dir("old"), "n");
	assert_int_equal(read_file(in_dir("old"), after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
}

static void test_empty_root(void **state)
{
	const struct build_options options = {.name = "n"};
	struct pack_answer a;
	struct pack *p;

	(void)state;
	make_dir("bare");
	assert_int_equal(pack_build(in_dir("bare"), in_dir("none"), &options, NULL, error), 0);
	p = open_pack(in_dir("none"));
	assert_non_null(p);
	assert_int_equal(look(p, "", "/empty", &a), PACK_UNKNOWN);
	pack_close(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_explanations),
		cmocka_unit_test(test_other_algorithm),
		cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_every_flip_is_refused),
		cmocka_unit_test(test_words_of_refusal),
		cmocka_unit_test(test_hostile_database),
		cmocka_unit_test(test_several_digests_of_a_path),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_build_refuses),
		cmocka_unit_test(test_failed_build_leaves_the_old_pack),
		cmocka_unit_test(test_empty_root),
	};

	return cmocka_run_group_tests_name("pack", tests, setup, teardown);
}
