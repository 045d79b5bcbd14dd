/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text is a policy to a rollout: it comes out as a good one, or as it was. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "golden/policy.h"
#include "golden/rollout.h"

/* Where the seeds name packs: the folder that this runs in. */
#define POLICY FUZZ_ROLLOUT_DIR "a.policy"
#define PACK   FUZZ_ROLLOUT_DIR "new.pack"
#define OLD    FUZZ_ROLLOUT_DIR "old.pack"

static char folder[] = "/dev/shm/lazaret-fuzz.XXXXXX";

static void leave(void)
{
	static const char *const names[] = {"a.policy", "new.pack", "old.pack"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(names[i]);
	if (!chdir("/"))
		rmdir(folder);
}

static void copy_pack(const char *name)
{
	char data[16384];
	int from = fuzz_pack_fd(), to = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n = pread(from, data, sizeof(data), 0);

	if (n <= 0 || write(to, data, (size_t)n) != n)
		abort();
	close(from);
	close(to);
}

/* In memory, as each rollout is synced. */
static void start(void)
{
	if (!mkdtemp(folder) || chdir(folder))
		abort();
	atexit(leave);
	copy_pack("new.pack");
	copy_pack("old.pack");
}

static void write_policy(const uint8_t *data, size_t len)
{
	FILE *f = fopen("a.policy", "we");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f))
		abort();
}

/* Whatever came of it is a policy that has the pack, or the text that was there. */
static void check(const uint8_t *data, size_t len, bool done)
{
	FILE *null = fopen("/dev/null", "we"), *f = fopen("a.policy", "re");
	struct policy *p = done ? policy_load(POLICY, NULL, null) : NULL;
	uint8_t *now = malloc(len + 1);

	if (!f || !now || (done && (!p || !p->shelf.packs[SHELF_GOLDEN])))
		abort();
	if (!done && (fread(now, 1, len + 1, f) != len || memcmp(now, data, len) != 0))
		abort();
	policy_free(p);
	free(now);
	fclose(f);
	fclose(null);
}

void fuzz_rollout(const uint8_t *data, size_t len)
{
	static bool started;
	struct rollout r = {.policy = POLICY, .pack = PACK};
	char error[ROLLOUT_ERROR_MAX] = "";
	bool done;

	if (!started)
		start();
	started = true;
	if (!len)
		return;
	if (*data & 1)
		r.replaces = OLD;
	if (*data & 2 && r.replaces)
		r.until = "2999-12-31";
	write_policy(data + 1, len - 1);
	done = rollout(&r, error) == 0;
	if (!done && !*error)
		abort();
	check(data + 1, len - 1, done);
}
