/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "attest/channel.h"
#include "attest/session.h"
#include "attest/spool.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "common/timefmt.h"
#include "golden/policy.h"

#define CHILD_MEMORY   (256UL << 20) /* on top of the program and of the packs, which are mapped */
#define CHILD_NICENESS 5
#define CHILD_ARGS     8
#define POLL_MS	       200 /* a contained guest may be unable to notify us */
#define READS_PER_TURN 64 /* then the parent is heard, however much the guest sends */
#define PROGRESS_MS    250
#define HURRY_MS       1000

static int usable_number(const char *text, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	return *text && !*end && !errno;
}

/* «-»: there is none. With an error in it the VM must not be judged at all. */
static struct policy *open_policy(const char *path, const char *pack)
{
	char text[IPC_TEXT], *errors = NULL;
	size_t len = 0;
	struct policy *policy;
	FILE *out;

	if (!strcmp(path, "-"))
		path = NULL;
	if (!strcmp(pack, "-"))
		pack = NULL;
	if (!path && !pack)
		return NULL;
	out = open_memstream(&errors, &len);
	if (!out)
		exit(ipc_fail("no memory for the golden policy"));
	policy = policy_load(path, pack, out);
	fclose(out);
	if (!policy) {
		snprintf(text, sizeof(text), "%s", errors);
		text[strcspn(text, "\n")] = '\0'; /* «lazaretctl policy check» tells all */
		exit(ipc_fail(text));
	}
	free(errors);
	return policy;
}

/* Evidence is about to be made of what was read. */
static void flush(void)
{
	struct ipc_flushed out;

	spool_flush();
	out.kept = spool_kept();
	ipc_send(IPC_FD, IPC_FLUSHED, &out, sizeof(out));
}

/* Hears the parent. Return: false when it is gone or talks nonsense. */
static bool hear_parent(struct session *s)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	const char *why = NULL;
	uint32_t type;
	ssize_t n = ipc_recv(IPC_FD, &type, data);

	if (n < 0)
		return false;
	if (type == IPC_CHALLENGE)
		session_challenge(s);
	else if (type == IPC_FLUSH)
		flush();
	else if (type == IPC_TPM_READY && n == (ssize_t)sizeof(struct ipc_tpm_ready))
		why = session_tpm(s, (const struct ipc_tpm_ready *)data);
	else if (type == IPC_TPM_QUOTED && n == (ssize_t)sizeof(struct ipc_tpm_quoted))
		session_quoted(s, (const struct ipc_tpm_quoted *)data);
	if (why)
		ipc_fail(why);
	return !why;
}

static const char *drain(struct session *s, struct channel *ch)
{
	for (int i = 0; i < READS_PER_TURN && !session_full(s); i++) {
		const char *why = NULL;
		size_t room;
		uint8_t *to = session_room(s, &room);
		ssize_t n = channel_read(ch, to, room, &why);

		if (n < 0)
			return why;
		if (n == 0)
			return NULL;
		why = session_fed(s, (size_t)n);
		if (why)
			return why;
	}
	return NULL;
}

static int loop(struct session *s, struct channel *ch, const struct policy *policy,
		unsigned long challenge_s)
{
	int64_t next_challenge = 0, next_progress = 0;

	for (;;) {
		struct pollfd fds[2] = {{.fd = IPC_FD, .events = POLLIN},
					{.fd = channel_fd(ch), .events = POLLIN}};
		const char *why;
		int64_t now;

		poll(fds, 2, POLL_MS);
		if (fds[0].revents && !hear_parent(s))
			return 0;
		if (fds[1].revents & POLLIN)
			channel_rang(ch);
		why = drain(s, ch);
		if (why)
			return ipc_fail(why);
		session_tick(s);
		/* The log is read again then, by another child. */
		if (policy && policy->expires && time(NULL) >= policy->expires)
			return ipc_fail("a golden pack retires now");
		now = time_mono_ms();
		if (session_hurries(s) && next_challenge > now + HURRY_MS)
			next_challenge = now + HURRY_MS;
		if (now >= next_challenge && session_greeted(s)) {
			session_challenge(s);
			next_challenge = now + (int64_t)challenge_s * 1000;
		}
		if (now >= next_progress) {
			session_report(s);
			next_progress = now + PROGRESS_MS;
		}
	}
}

int attest_child(int argc, char **argv)
{
	unsigned long domid, uid, gid, challenge_s;
	struct sandbox box = {0};
	struct channel *ch;
	struct policy *policy;
	struct session *s;

	if (argc != CHILD_ARGS || !usable_number(argv[0], &domid) ||
	    !usable_number(argv[1], &uid) || !usable_number(argv[2], &gid) ||
	    !usable_number(argv[4], &challenge_s) || !uid || !gid)
		fatalx("attest: wrong arguments");
	ch = channel_open((uint32_t)domid);
	if (!ch)
		return ipc_fail("no vchan server answers in the guest");
	spool_begin(fcntl(IPC_FD_A, F_GETFD) < 0 ? -1 : IPC_FD_A);
	policy = open_policy(argv[5], argv[6]);
	s = session_new(policy, ch, !strcmp(argv[7], "tpm"));
	if (!s)
		return ipc_fail("no memory for the verifier");
	box = (struct sandbox){.uid = (uid_t)uid,
			       .gid = (gid_t)gid,
			       .root = argv[3],
			       .memory = sandbox_memory(CHILD_MEMORY),
			       .file_size = SPOOL_MAX,
			       .niceness = CHILD_NICENESS,
			       .ioctl_request = channel_ioctl()};
	sandbox_enter(&box);
	ipc_send(IPC_FD, IPC_READY, NULL, 0);
	return loop(s, ch, policy, challenge_s);
}
