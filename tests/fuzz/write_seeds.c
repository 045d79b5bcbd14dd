/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the seeds of a target into a directory: write_seeds TARGET DIRECTORY */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static void write_seed(const char *name, const uint8_t *data, size_t len, void *arg)
{
	FILE *f = fopen(name, "we");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f)) {
		perror(name);
		*(int *)arg = 1;
	}
}

int main(int argc, char **argv)
{
	int status = 0;

	for (size_t i = 0; argc == 3 && i < FUZZ_TARGETS; i++) {
		if (strcmp(fuzz_targets[i].name, argv[1]))
			continue;
		if (chdir(argv[2])) {
			perror(argv[2]);
			return 1;
		}
		fuzz_targets[i].seed(write_seed, &status);
		return status;
	}
	fputs("usage: write_seeds TARGET DIRECTORY\n", stderr);
	return 2;
}
