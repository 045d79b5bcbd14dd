/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MEMINFO "/proc/meminfo"
#define KIB	1024

/* In MiB; -1: not known. */
static long of_system(const char *name)
{
	FILE *in = fopen(MEMINFO, "re");
	char line[128];
	long mib = -1;

	while (in && mib < 0 && fgets(line, sizeof(line), in))
		if (!strncmp(line, name, strlen(name)))
			mib = strtol(line + strlen(name), NULL, 10) / KIB;
	if (in)
		fclose(in);
	return mib;
}

static long most_of(int who)
{
	struct rusage usage = {0};

	getrusage(who, &usage);
	return usage.ru_maxrss / KIB;
}

void memory_tell(void)
{
	printf("memory: %ld MiB, of which %ld are available in the end; the worker took %ld at "
	       "most, its "
	       "largest child %ld\n",
	       of_system("MemTotal:"), of_system("MemAvailable:"), most_of(RUSAGE_SELF),
	       most_of(RUSAGE_CHILDREN));
	fflush(stdout);
}
