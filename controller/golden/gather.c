/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/gather.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "golden/build.h"

/* What the threads share. */
struct crew {
	const struct sources *sources;
	const struct archive_options *options;
	struct source_result *result;
	void (*progress)(uint64_t done, uint64_t total, void *arg);
	void *arg;
	pthread_mutex_t lock; /* for all that follows */
	size_t next; /* source */
	size_t done;
	struct values *out;
	size_t failed; /* the first source that did; their number: none */
	char *error;
};

static void fail(struct crew *c, size_t i, const char *error)
{
	if (i < c->failed) {
		c->failed = i;
		snprintf(c->error, BUILD_ERROR_MAX, "%s", error);
	}
}

/* Reads one source, without the lock. */
static void read_one(struct crew *c, size_t i)
{
	struct values values = {0};
	char error[BUILD_ERROR_MAX];
	int err = source_read(&c->sources->source[i], c->options, &values, &c->result[i], error);

	pthread_mutex_lock(&c->lock);
	if (!err && values_move(c->out, &values)) {
		snprintf(error, sizeof(error), "%s: %s", c->sources->source[i].path,
			 strerror(errno));
		err = -1;
	}
	if (err)
		fail(c, i, error);
	c->done++;
	pthread_mutex_unlock(&c->lock);
	values_free(&values);
}

/* Return: false when there is nothing more to do: after an error only what comes before it. */
static bool take(struct crew *c, size_t *i, uint64_t *done)
{
	bool more;

	pthread_mutex_lock(&c->lock);
	more = c->next < c->sources->n && c->failed == c->sources->n;
	if (more)
		*i = c->next++;
	*done = c->done;
	pthread_mutex_unlock(&c->lock);
	return more;
}

static void *work(void *arg)
{
	struct crew *c = arg;
	uint64_t done;
	size_t i;

	while (take(c, &i, &done))
		read_one(c, i);
	return NULL;
}

static size_t threads_wanted(size_t sources)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = cpus > 0 ? (size_t)cpus : 1;

	if (n > GATHER_THREADS_MAX)
		n = GATHER_THREADS_MAX;
	return n < sources ? n : sources;
}

int gather(const struct sources *sources, const struct archive_options *options, struct values *out,
	   struct source_result *result, void (*progress)(uint64_t done, uint64_t total, void *arg),
	   void *arg, char *error)
{
	struct crew c = {.sources = sources,
			 .options = options,
			 .result = result,
			 .progress = progress,
			 .arg = arg,
			 .lock = PTHREAD_MUTEX_INITIALIZER,
			 .out = out,
			 .failed = sources->n,
			 .error = error};
	pthread_t thread[GATHER_THREADS_MAX];
	size_t threads = 0, wanted = threads_wanted(sources->n), i;
	uint64_t done;

	/* This thread is one of them; fewer than wanted will do. */
	while (threads + 1 < wanted && !pthread_create(&thread[threads], NULL, work, &c))
		threads++;
	while (take(&c, &i, &done)) {
		if (progress)
			progress(done, sources->n, arg);
		read_one(&c, i);
	}
	while (threads)
		pthread_join(thread[--threads], NULL);
	if (progress && sources->n)
		progress(c.done, sources->n, arg);
	return c.failed == sources->n ? 0 : -1;
}
