/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/stock.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/conf.h"
#include "remedy/named.h"

#define PATH_SIZE 4096
/* FNV-1a: it is not to withstand anybody, only to tell two states apart. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t hash(const void *data, size_t len)
{
	uint64_t h = FNV_BASIS;

	for (size_t i = 0; i < len; i++)
		h = (h ^ ((const unsigned char *)data)[i]) * FNV_PRIME;
	return h;
}

/* A sum: in which order a folder tells of its files says nothing. */
static void add(uint64_t *sum, const char *path)
{
	uint64_t row[5] = {hash(path, strlen(path))};
	struct stat st;

	if (stat(path, &st) < 0)
		return;
	row[1] = (uint64_t)st.st_size;
	row[2] = (uint64_t)st.st_mtim.tv_sec;
	row[3] = (uint64_t)st.st_mtim.tv_nsec;
	row[4] = st.st_ino;
	*sum += hash(row, sizeof(row));
}

static void add_named(void *sum, const char *path)
{
	add(sum, path);
}

static void add_file(uint64_t *sum, const char *path)
{
	if (path && *path)
		add(sum, path);
}

static void add_folder(uint64_t *sum, const char *folder)
{
	DIR *dir = folder && *folder ? opendir(folder) : NULL;
	const struct dirent *e;
	char path[PATH_SIZE];

	if (!dir)
		return;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", folder, e->d_name) < (int)sizeof(path))
			add(sum, path);
	closedir(dir);
}

uint64_t stock_of(const struct conf_vm *conf)
{
	uint64_t sum = 1;

	add_file(&sum, conf->policy);
	if (conf->policy)
		named_each(conf->policy, add_named, &sum);
	add_file(&sum, conf->pack);
	add_file(&sum, conf->golden_image);
	add_file(&sum, conf->remedy_key);
	add_folder(&sum, conf->remedy_signatures);
	add_folder(&sum, conf->remedy_packages);
	add_folder(&sum, conf->remedy_vaccines);
	return sum ? sum : 1;
}
