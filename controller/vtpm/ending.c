/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/ending.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/timefmt.h"

#define UUID_SIZE   37
#define PATIENCE_MS 3000
#define LOCK_MS	    200 /* swtpm, which dies with a child that was killed, lets go of its state */
#define LOOK_MS	    10

struct ending {
	LIST_ENTRY(ending) entry;
	pid_t pid; /* 0: it is gone, and waited for no more but for its TPM */
	char uuid[UUID_SIZE];
	int64_t until_ms; /* then it is killed, or then forgotten */
};

static LIST_HEAD(, ending) endings = LIST_HEAD_INITIALIZER(endings);

void ending_add(pid_t pid, const char *uuid)
{
	struct ending *e = calloc(1, sizeof(*e));

	if (!e)
		fatalx("no memory for a child that ends");
	e->pid = pid;
	e->until_ms = time_mono_ms() + PATIENCE_MS;
	snprintf(e->uuid, sizeof(e->uuid), "%s", uuid);
	LIST_INSERT_HEAD(&endings, e, entry);
}

/* Return: there is nothing more to be waited for. */
static bool over(struct ending *e, int64_t now)
{
	int status = 0;

	if (!e->pid)
		return now >= e->until_ms;
	if (now >= e->until_ms)
		kill(e->pid, SIGKILL);
	if (waitpid(e->pid, &status, WNOHANG) == 0)
		return false;
	if (WIFEXITED(status))
		return true;
	e->pid = 0;
	e->until_ms = now + LOCK_MS;
	return false;
}

void ending_look(void)
{
	int64_t now = time_mono_ms();
	struct ending *e = LIST_FIRST(&endings), *next;

	for (; e; e = next) {
		next = LIST_NEXT(e, entry);
		if (!over(e, now))
			continue;
		LIST_REMOVE(e, entry);
		free(e);
	}
}

bool ending_of(const char *uuid)
{
	struct ending *e;

	ending_look();
	LIST_FOREACH (e, &endings, entry)
		if (!strcmp(e->uuid, uuid))
			return true;
	return false;
}

void ending_wait(void)
{
	for (ending_look(); !LIST_EMPTY(&endings); ending_look())
		usleep(LOOK_MS * 1000);
}
