// SPDX-License-Identifier: GPL-2.0-or-later
/* The control socket against real clients in the same process, in a folder of its own. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "ctl/ctl.h"
#include "ctl/peer.h"

#define EVENT_PAD 1000

static char folder[] = "/tmp/lz-ctl-XXXXXX";
static char path[sizeof(folder) + sizeof(CTL_SOCKET_NAME)];
static struct event_base *base;
static struct ctl *ctl;
static unsigned int handled;

/* «status» says who asks, «null» and «odd» misbehave, «long» is too long, anything else is unknown. */
static json_t *handler(void *arg, const struct ctl_peer *peer, const char *cmd,
		       const json_t *request)
{
	assert_ptr_equal(arg, &handled);
	assert_true(json_is_object(request));
	handled++;
	if (!strcmp(cmd, "status") || !strcmp(cmd, "events"))
		return json_pack("{s:b,s:i,s:i,s:s}", "ok", 1, "uid", (int)peer->uid, "pid",
				 (int)peer->pid, "name", peer->name);
	if (!strcmp(cmd, "odd"))
		return json_pack("{s:i}", "x", 1);
	if (!strcmp(cmd, "long")) {
		char *text = calloc(1, CTL_ANSWER_MAX + 1);
		json_t *answer;

		memset(text, 'x', CTL_ANSWER_MAX);
		answer = json_pack("{s:b,s:s}", "ok", 1, "text", text);
		free(text);
		return answer;
	}
	if (!strcmp(cmd, "null"))
		return NULL;
	return ctl_refusal(CTL_BAD_REQUEST, "no such command: %s", cmd);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, CTL_SOCKET_NAME);
	handled = 0;
	base = event_base_new();
	ctl = ctl_new(base, path, getegid(), handler, &handled);
	return base && ctl ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ctl_free(ctl);
	event_base_free(base);
	return rmdir(folder); /* fails if the socket's file or its temporary name is left over */
}

static int dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	assert_return_code(connect(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	return fd;
}

static void turn(void)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	turn();
}

/* The next line, without its newline; NULL at the end of the connection. */
static const char *hear(int fd)
{
	static char line[CTL_LINE_MAX];
	size_t len = 0;

	for (int tries = 0; tries < 10000 && len < sizeof(line) - 1;) {
		ssize_t n = recv(fd, line + len, sizeof(line) - 1 - len, MSG_PEEK);
		char *end;

		if (n == 0 || (n < 0 && errno != EAGAIN))
			return NULL;
		if (n < 0) {
			turn();
			tries++;
			continue;
		}
		end = memchr(line + len, '\n', n);
		n = end ? end - line - len + 1 : (size_t)n;
		assert_int_equal(recv(fd, line + len, n, 0), n);
		len += n;
		if (end) {
			*end = '\0';
			return line;
		}
	}
	fail_msg("no line came");
	return NULL;
}

static void heard(int fd, const char *part)
{
	const char *line = hear(fd);

	assert_non_null(line);
	if (!strstr(line, part))
		fail_msg("«%s» is not in «%.200s»", part, line);
}

static void test_answers(void **state)
{
	char me[32];
	int fd = dial();

	(void)state;
	snprintf(me, sizeof(me), "\"pid\":%d", getpid());
	say(fd, "{\"cmd\":\"status\"}\n");
	heard(fd, me);
	say(fd, "{\"cmd\":\"sta");
	say(fd, "tus\"}\n{\"cmd\":\"frob\"}\n{\"cmd\":\"status\"}\n");
	heard(fd, "\"ok\":true");
	heard(fd, "no such command: frob");
	heard(fd, "\"ok\":true");
	assert_int_equal(handled, 4);
	close(fd);
	turn();
}

static void test_half_closed_client_gets_its_answer(void **state)
{
	int fd = dial();

	(void)state;
	assert_int_equal(send(fd, "{\"cmd\":\"status\"}\n", 17, 0), 17);
	shutdown(fd, SHUT_WR);
	heard(fd, "\"ok\":true");
	assert_null(hear(fd));
	close(fd);
}

static void test_bad_requests(void **state)
{
	static const char *const bad[] = {
		"\n",
		"{\n",
		"nonsense\n",
		"[]\n",
		"\"cmd\"\n",
		"{}\n",
		"{\"cmd\":1}\n",
		"{\"cmd\":null}\n",
		"{\"cmd\":\"status\",\"cmd\":\"status\"}\n",
		"{\"cmd\":\"\xff\"}\n",
		"{\"cmd\":\"a\\u0000b\"}\n",
		"{\"cmd\":\"status\"} x\n",
	};
	int fd = dial();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		say(fd, bad[i]);
		heard(fd, "\"code\":\"bad-request\"");
	}
	assert_int_equal(handled, 0);
	say(fd, "{\"cmd\":\"status\"}\n");
	heard(fd, "\"ok\":true");
	close(fd);
}

static void test_nesting_ends(void **state)
{
	char line[20002];
	int fd = dial();

	(void)state;
	memset(line, '[', 20000);
	strcpy(line + 20000, "\n");
	say(fd, line);
	heard(fd, "\"code\":\"bad-request\"");
	close(fd);
}

static void test_oversized_line(void **state)
{
	char *line = malloc(CTL_LINE_MAX + 2);
	int fd = dial();

	(void)state;
	memset(line, ' ', CTL_LINE_MAX + 1);
	memcpy(line, "{\"cmd\":\"status\"}", 16);
	line[CTL_LINE_MAX - 1] = '\n'; /* the longest that is allowed */
	line[CTL_LINE_MAX] = '\0';
	say(fd, line);
	heard(fd, "\"ok\":true");
	line[CTL_LINE_MAX - 1] = ' ';
	say(fd, line);
	heard(fd, "longer than 64 KiB");
	assert_null(hear(fd));
	assert_int_equal(handled, 1);
	close(fd);
	free(line);
}

static void test_handler_without_answer(void **state)
{
	int fd = dial();

	(void)state;
	say(fd, "{\"cmd\":\"null\"}\n{\"cmd\":\"odd\"}\n{\"cmd\":\"long\"}\n");
	heard(fd, "\"code\":\"failed\"");
	heard(fd, "\"code\":\"failed\"");
	heard(fd, "too long");
	close(fd);
}

static void test_followers(void **state)
{
	json_t *event = json_pack("{s:i}", "seq", 7);
	int one = dial(), two = dial(), three = dial();

	(void)state;
	say(one, "{\"cmd\":\"events\",\"follow\":true}\n");
	say(two, "{\"cmd\":\"events\",\"follow\":false}\n");
	say(three, "{\"cmd\":\"frob\",\"follow\":true}\n");
	ctl_broadcast(ctl, event);
	say(two, "{\"cmd\":\"events\",\"follow\":true}\n");
	ctl_broadcast(ctl, event);
	json_decref(event);
	turn();
	heard(one, "\"ok\":true");
	heard(one, "{\"seq\":7}");
	heard(one, "{\"seq\":7}");
	heard(two, "\"ok\":true");
	heard(two, "\"ok\":true");
	heard(two, "{\"seq\":7}");
	heard(three, "\"ok\":false");
	assert_int_equal(recv(three, &(char){0}, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
	close(one);
	ctl_broadcast(ctl, NULL); /* cannot be made a line: nobody gets it, nothing else happens */
	close(two);
	close(three);
	turn();
}

static void test_slow_follower_is_dropped(void **state)
{
	char pad[EVENT_PAD + 1];
	int slow = dial(), quick = dial();
	json_t *event;

	(void)state;
	memset(pad, 'x', EVENT_PAD);
	pad[EVENT_PAD] = '\0';
	event = json_pack("{s:s}", "pad", pad);
	say(slow, "{\"cmd\":\"events\",\"follow\":true}\n");
	say(quick, "{\"cmd\":\"events\",\"follow\":true}\n");
	heard(quick, "\"ok\":true");
	for (unsigned int i = 0; i < 2 * CTL_QUEUE_MAX / EVENT_PAD; i++) {
		ctl_broadcast(ctl, event);
		heard(quick, "xxx");
	}
	json_decref(event);
	heard(slow, "\"ok\":true");
	while (hear(slow))
		;
	say(quick, "{\"cmd\":\"status\"}\n");
	heard(quick, "\"ok\":true");
	close(slow);
	close(quick);
}

static void test_pipelining_without_reading(void **state)
{
	char batch[17 * 256 + 1] = "";
	size_t sent = 0;
	int fd = dial();

	(void)state;
	for (int i = 0; i < 256; i++)
		strcat(batch, "{\"cmd\":\"status\"}\n");
	for (int i = 0; i < 2000; i++) {
		ssize_t n = send(fd, batch + sent % 17, strlen(batch) - sent % 17, 0);

		sent += n > 0 ? n : 0;
		turn();
	}
	assert_true(handled < 2 * CTL_QUEUE_MAX / 40); /* it stopped reading us */
	shutdown(fd, SHUT_RD);
	close(fd);
	turn();
	fd = dial();
	say(fd, "{\"cmd\":\"status\"}\n");
	heard(fd, "\"ok\":true");
	close(fd);
}

static void test_paused_client_goes_on(void **state)
{
	unsigned int asked = 0;
	int fd = dial();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		if (send(fd, "{\"cmd\":\"status\"}\n", 17, 0) == 17)
			asked++;
		else
			break;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	for (unsigned int i = 0; i < asked; i++)
		heard(fd, "\"ok\":true");
	assert_int_equal(handled, asked);
	close(fd);
}

static void test_too_many_clients(void **state)
{
	int fd[CTL_CLIENTS_MAX + 1];

	(void)state;
	for (int i = 0; i <= CTL_CLIENTS_MAX; i++) {
		fd[i] = dial();
		turn();
	}
	heard(fd[CTL_CLIENTS_MAX], "too many clients");
	assert_null(hear(fd[CTL_CLIENTS_MAX]));
	close(fd[CTL_CLIENTS_MAX]);
	close(fd[0]);
	turn();
	fd[0] = dial();
	say(fd[0], "{\"cmd\":\"status\"}\n");
	heard(fd[0], "\"ok\":true");
	for (int i = 0; i < CTL_CLIENTS_MAX; i++)
		close(fd[i]);
}

static void test_file_mode(void **state)
{
	struct stat st;

	(void)state;
	assert_return_code(stat(path, &st), errno);
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	assert_int_equal(st.st_gid, getegid());
}

static void test_live_daemon_is_left_alone(void **state)
{
	int fd;

	(void)state;
	assert_null(ctl_new(base, path, getegid(), handler, &handled));
	assert_int_equal(errno, EADDRINUSE);
	fd = dial();
	turn(); /* also takes the probe's connection */
	say(fd, "{\"cmd\":\"status\"}\n");
	heard(fd, "\"ok\":true");
	close(fd);
}

static void test_stale_socket_is_replaced(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	ctl_free(ctl);
	strcpy(address.sun_path, path);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	assert_return_code(listen(fd, 1), errno);
	close(fd); /* the file stays, as after kill -9 */
	ctl = ctl_new(base, path, getegid(), handler, &handled);
	assert_non_null(ctl);
	fd = dial();
	say(fd, "{\"cmd\":\"status\"}\n");
	heard(fd, "\"ok\":true");
	close(fd);
}

static void test_other_file_is_left_alone(void **state)
{
	int fd;

	(void)state;
	ctl_free(ctl);
	ctl = NULL;
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_null(ctl_new(base, path, getegid(), handler, &handled));
	assert_int_equal(errno, EEXIST);
	assert_return_code(unlink(path), errno);
}

static void test_path_too_long(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(ctl_new(base, name, getegid(), handler, &handled));
	assert_int_equal(errno, ENAMETOOLONG);
	assert_null(ctl_new(base, "/nonexistent/ctl.sock", getegid(), handler, &handled));
	assert_int_equal(errno, ENOENT);
}

static void test_who_may(void **state)
{
	static const gid_t groups[] = {100, 27, 1000};

	(void)state;
	assert_true(peer_may(0, 0, NULL, 0, 27));
	assert_true(peer_may(1000, 27, NULL, 0, 27));
	assert_true(peer_may(1000, 1000, groups, 3, 27));
	assert_false(peer_may(1000, 1000, groups, 1, 27));
	assert_false(peer_may(1000, 0, NULL, 0, 27));
	assert_false(peer_may(27, 1000, groups, 1, 27));
}

static void test_peer_check(void **state)
{
	struct ctl_peer peer;
	int pair[2];

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), errno);
	assert_true(peer_check(pair[0], getegid(), &peer));
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer_check(pair[0], 54321, &peer), geteuid() == 0);
	close(pair[1]);
	close(pair[0]);
	assert_return_code(pipe(pair), errno);
	assert_false(peer_check(pair[0], getegid(), &peer));
	close(pair[1]);
	close(pair[0]);
}

static void test_refusal(void **state)
{
	json_t *no = ctl_refusal(CTL_NO_SUCH_VM, "no VM «%s»", "web");
	json_t *odd = ctl_refusal(CTL_FAILED, "%s", "\xff");

	(void)state;
	assert_true(json_is_false(json_object_get(no, "ok")));
	assert_string_equal(json_string_value(json_object_get(no, "code")), "no-such-vm");
	assert_string_equal(json_string_value(json_object_get(no, "error")), "no VM «web»");
	assert_string_equal(json_string_value(json_object_get(odd, "error")), "refused");
	json_decref(no);
	json_decref(odd);
	ctl_free(NULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_answers),
		T(test_half_closed_client_gets_its_answer),
		T(test_bad_requests),
		T(test_nesting_ends),
		T(test_oversized_line),
		T(test_handler_without_answer),
		T(test_followers),
		T(test_slow_follower_is_dropped),
		T(test_pipelining_without_reading),
		T(test_paused_client_goes_on),
		T(test_too_many_clients),
		T(test_file_mode),
		T(test_live_daemon_is_left_alone),
		T(test_stale_socket_is_replaced),
		T(test_other_file_is_left_alone),
		T(test_path_too_long),
		cmocka_unit_test(test_who_may),
		cmocka_unit_test(test_peer_check),
		cmocka_unit_test(test_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
