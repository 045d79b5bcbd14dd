/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What operators hand to the tool, and others may have made: packages, lists, policies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attest/pcrtext.h"
#include "fuzz.h"
#include "golden/archive.h"
#include "golden/build.h"
#include "golden/keylime.h"
#include "golden/learn.h"
#include "golden/policy.h"

static void check_error(const char *error)
{
	if (!*error || strlen(error) >= BUILD_ERROR_MAX)
		abort();
}

/* Every path that comes out of a source is one that a pack may hold. */
static void check_values(struct values *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->value[i].path[0] != '/' || !v->value[i].alg ||
		    strstr(v->value[i].path, "/../"))
			abort();
	values_free(v);
}

static void read_archive(const char *path)
{
	const struct archive_options options = {.split_usr = false};
	char error[BUILD_ERROR_MAX] = "";
	struct archive_result r;
	struct values v = {0};

	if (archive_values(path, &options, &v, &r, error))
		check_error(error);
	check_values(&v);
}

static void read_keylime(const char *path)
{
	char error[BUILD_ERROR_MAX] = "";
	struct values v = {0};
	uint64_t left_out;

	if (keylime_values(path, &v, &left_out, error))
		check_error(error);
	values_free(&v); /* JSON may say «..»: it is a name, no more */
}

static void read_log(const char *path)
{
	char error[BUILD_ERROR_MAX] = "";
	struct learn_result r;
	struct values v = {0};

	if (learn_values(path, &v, &r, error))
		check_error(error);
	values_free(&v);
}

static void read_list(const char *path)
{
	char error[BUILD_ERROR_MAX] = "";
	struct debian_list list;

	if (debian_list_read(path, &list, error))
		check_error(error);
	for (size_t i = 0; i < list.n; i++)
		if (debian_list_find(&list, &list.package[i]) != (long)i)
			abort();
	debian_list_free(&list);
}

static void read_policy(const char *path)
{
	FILE *null = fopen("/dev/null", "we");

	policy_free(policy_load(path, NULL, null));
	fclose(null);
}

static void read_pcrs(const char *path)
{
	struct pcrtext *t = malloc(sizeof(*t));
	char error[BUILD_ERROR_MAX] = "";
	FILE *in = fopen(path, "re");

	if (!t || !in)
		abort();
	if (pcrtext_read(in, t, error))
		check_error(error);
	fclose(in);
	free(t);
}

void fuzz_golden(const uint8_t *data, size_t len)
{
	static void (*const readers[])(const char *) = {read_archive, read_keylime, read_log,
							read_list,    read_policy,  read_pcrs};
	int fd = memfd_create("input", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || (len && write(fd, data + 1, len - 1) != (ssize_t)len - 1))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (len)
		readers[data[0] % (sizeof(readers) / sizeof(readers[0]))](path);
	close(fd);
}
