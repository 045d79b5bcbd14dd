/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packbed.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/lazaret-unit.XXXXXX";

char packbed_error[BUILD_ERROR_MAX];

/* Name of a file in the test's directory; overwritten by the fourth call after. */
const char *packbed_path(const char *name)
{
	static char names[4][4200];
	static unsigned int next;
	char *out = names[next++ % 4];

	snprintf(out, sizeof(names[0]), "%s/%s", dir, name);
	return out;
}

void packbed_file(const char *name, const char *content)
{
	int fd = open(packbed_path(name), O_CREAT | O_TRUNC | O_WRONLY, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

void packbed_dir(const char *name)
{
	assert_int_equal(mkdir(packbed_path(name), 0755), 0);
}

int packbed_setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	packbed_dir("root");
	packbed_dir("root/usr");
	packbed_dir("root/usr/bin");
	packbed_file("root/usr/bin/ls", "list");
	packbed_file("root/usr/bin/cat", "concatenate");
	packbed_file("root/usr/bin/with blank", "blank");
	packbed_file("root/empty", "");
	packbed_dir("root/tmp");
	packbed_file("root/tmp/left-over", "transient");
	packbed_dir("root/proc");
	packbed_file("root/proc/version", "transient");
	assert_int_equal(link(packbed_path("root/usr/bin/ls"), packbed_path("root/usr/bin/dir")),
			 0);
	assert_int_equal(symlink("ls", packbed_path("root/usr/bin/link")), 0);
	assert_int_equal(symlink("/etc", packbed_path("root/etc")), 0);
	assert_int_equal(mkfifo(packbed_path("root/usr/pipe"), 0644), 0);
	return 0;
}

int packbed_teardown(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		execlp("rm", "rm", "-rf", dir, NULL);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

void packbed_build(const char *output, uint64_t built)
{
	const struct build_options options = {
		.name = "test pack", .root = packbed_path("root"), .built = built};
	struct build_result result;

	if (pack_build(output, &options, &result, packbed_error))
		fail_msg("%s", packbed_error);
	assert_int_equal(result.files, PACKBED_FILES);
	assert_int_equal(result.skipped, 2);
	assert_int_equal(result.bytes, strlen("listconcatenateblank"));
}

struct pack *packbed_open(const char *name)
{
	int fd = open(name, O_RDONLY);
	struct pack *p;

	assert_true(fd >= 0);
	memset(packbed_error, 0, sizeof(packbed_error));
	p = pack_open(fd, packbed_error);
	close(fd);
	return p;
}

enum pack_class packbed_look(const struct pack *p, const char *content, const char *path,
			     struct pack_answer *out)
{
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	return pack_lookup(p, alg_by_name("sha256", 6), digest, path, (uint32_t)strlen(path), out);
}

size_t packbed_read(const char *name, uint8_t *out, size_t max)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, out, max);

	assert_true(n > 0);
	close(fd);
	return (size_t)n;
}

void packbed_write(const char *name, const uint8_t *data, size_t len)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0644);

	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}
