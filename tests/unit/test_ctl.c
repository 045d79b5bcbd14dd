// SPDX-License-Identifier: GPL-2.0-or-later
/* The control socket: requests, answers, followers and their limits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "ctlbed.h"

#define EVENT_PAD 1000

static void test_answers(void **state)
{
	char me[32];
	int fd = ctlbed_dial();

	(void)state;
	snprintf(me, sizeof(me), "\"pid\":%d", getpid());
	ctlbed_say(fd, "{\"cmd\":\"status\"}\n");
	ctlbed_heard(fd, me);
	ctlbed_say(fd, "{\"cmd\":\"sta");
	ctlbed_say(fd, "tus\"}\n{\"cmd\":\"frob\"}\n{\"cmd\":\"status\"}\n");
	ctlbed_heard(fd, "\"ok\":true");
	ctlbed_heard(fd, "no such command: frob");
	ctlbed_heard(fd, "\"ok\":true");
	assert_int_equal(ctlbed_handled, 4);
	close(fd);
	ctlbed_turn();
}

static void test_half_closed_client_gets_its_answer(void **state)
{
	int fd = ctlbed_dial();

	(void)state;
	assert_int_equal(send(fd, "{\"cmd\":\"status\"}\n", 17, 0), 17);
	shutdown(fd, SHUT_WR);
	ctlbed_heard(fd, "\"ok\":true");
	assert_null(ctlbed_hear(fd));
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
	int fd = ctlbed_dial();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ctlbed_say(fd, bad[i]);
		ctlbed_heard(fd, "\"code\":\"bad-request\"");
	}
	assert_int_equal(ctlbed_handled, 0);
	ctlbed_say(fd, "{\"cmd\":\"status\"}\n");
	ctlbed_heard(fd, "\"ok\":true");
	close(fd);
}

static void test_nesting_ends(void **state)
{
	char line[20002];
	int fd = ctlbed_dial();

	(void)state;
	memset(line, '[', 20000);
	strcpy(line + 20000, "\n");
	ctlbed_say(fd, line);
	ctlbed_heard(fd, "\"code\":\"bad-request\"");
	close(fd);
}

static void test_oversized_line(void **state)
{
	char *line = malloc(CTL_LINE_MAX + 2);
	int fd = ctlbed_dial();

	(void)state;
	memset(line, ' ', CTL_LINE_MAX + 1);
	memcpy(line, "{\"cmd\":\"status\"}", 16);
	line[CTL_LINE_MAX - 1] = '\n'; /* the longest that is allowed */
	line[CTL_LINE_MAX] = '\0';
	ctlbed_say(fd, line);
	ctlbed_heard(fd, "\"ok\":true");
	line[CTL_LINE_MAX - 1] = ' ';
	ctlbed_say(fd, line);
	ctlbed_heard(fd, "longer than 64 KiB");
	assert_null(ctlbed_hear(fd));
	assert_int_equal(ctlbed_handled, 1);
	close(fd);
	free(line);
}

static void test_handler_without_answer(void **state)
{
	int fd = ctlbed_dial();

	(void)state;
	ctlbed_say(fd, "{\"cmd\":\"null\"}\n{\"cmd\":\"odd\"}\n{\"cmd\":\"long\"}\n");
	ctlbed_heard(fd, "\"code\":\"failed\"");
	ctlbed_heard(fd, "\"code\":\"failed\"");
	ctlbed_heard(fd, "too long");
	close(fd);
}

static void test_followers(void **state)
{
	json_t *event = json_pack("{s:i}", "seq", 7);
	int one = ctlbed_dial(), two = ctlbed_dial(), three = ctlbed_dial();

	(void)state;
	ctlbed_say(one, "{\"cmd\":\"events\",\"follow\":true}\n");
	ctlbed_say(two, "{\"cmd\":\"events\",\"follow\":false}\n");
	ctlbed_say(three, "{\"cmd\":\"frob\",\"follow\":true}\n");
	ctl_broadcast(ctlbed_ctl, event);
	ctlbed_say(two, "{\"cmd\":\"events\",\"follow\":true}\n");
	ctl_broadcast(ctlbed_ctl, event);
	json_decref(event);
	ctlbed_turn();
	ctlbed_heard(one, "\"ok\":true");
	ctlbed_heard(one, "{\"seq\":7}");
	ctlbed_heard(one, "{\"seq\":7}");
	ctlbed_heard(two, "\"ok\":true");
	ctlbed_heard(two, "\"ok\":true");
	ctlbed_heard(two, "{\"seq\":7}");
	ctlbed_heard(three, "\"ok\":false");
	assert_int_equal(recv(three, &(char){0}, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
	close(one);
	ctl_broadcast(ctlbed_ctl,
		      NULL); /* cannot be made a line: nobody gets it, nothing else happens */
	close(two);
	close(three);
	ctlbed_turn();
}

static void test_slow_follower_is_dropped(void **state)
{
	char pad[EVENT_PAD + 1];
	int slow = ctlbed_dial(), quick = ctlbed_dial();
	json_t *event;

	(void)state;
	memset(pad, 'x', EVENT_PAD);
	pad[EVENT_PAD] = '\0';
	event = json_pack("{s:s}", "pad", pad);
	ctlbed_say(slow, "{\"cmd\":\"events\",\"follow\":true}\n");
	ctlbed_say(quick, "{\"cmd\":\"events\",\"follow\":true}\n");
	ctlbed_heard(quick, "\"ok\":true");
	for (unsigned int i = 0; i < 2 * CTL_QUEUE_MAX / EVENT_PAD; i++) {
		ctl_broadcast(ctlbed_ctl, event);
		ctlbed_heard(quick, "xxx");
	}
	json_decref(event);
	ctlbed_heard(slow, "\"ok\":true");
	while (ctlbed_hear(slow))
		;
	ctlbed_say(quick, "{\"cmd\":\"status\"}\n");
	ctlbed_heard(quick, "\"ok\":true");
	close(slow);
	close(quick);
}

static void test_pipelining_without_reading(void **state)
{
	char batch[17 * 256 + 1] = "";
	size_t sent = 0;
	int fd = ctlbed_dial();

	(void)state;
	for (int i = 0; i < 256; i++)
		strcat(batch, "{\"cmd\":\"status\"}\n");
	for (int i = 0; i < 2000; i++) {
		ssize_t n = send(fd, batch + sent % 17, strlen(batch) - sent % 17, 0);

		sent += n > 0 ? n : 0;
		ctlbed_turn();
	}
	assert_true(ctlbed_handled < 2 * CTL_QUEUE_MAX / 40); /* it stopped reading us */
	shutdown(fd, SHUT_RD);
	close(fd);
	ctlbed_turn();
	fd = ctlbed_dial();
	ctlbed_say(fd, "{\"cmd\":\"status\"}\n");
	ctlbed_heard(fd, "\"ok\":true");
	close(fd);
}

static void test_paused_client_goes_on(void **state)
{
	unsigned int asked = 0;
	int fd = ctlbed_dial();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		if (send(fd, "{\"cmd\":\"status\"}\n", 17, 0) == 17)
			asked++;
		else
			break;
		event_base_loop(ctlbed_base, EVLOOP_NONBLOCK);
	}
	for (unsigned int i = 0; i < asked; i++)
		ctlbed_heard(fd, "\"ok\":true");
	assert_int_equal(ctlbed_handled, asked);
	close(fd);
}

static void test_too_many_clients(void **state)
{
	int fd[CTL_CLIENTS_MAX + 1];

	(void)state;
	for (int i = 0; i <= CTL_CLIENTS_MAX; i++) {
		fd[i] = ctlbed_dial();
		ctlbed_turn();
	}
	ctlbed_heard(fd[CTL_CLIENTS_MAX], "too many clients");
	assert_null(ctlbed_hear(fd[CTL_CLIENTS_MAX]));
	close(fd[CTL_CLIENTS_MAX]);
	close(fd[0]);
	ctlbed_turn();
	fd[0] = ctlbed_dial();
	ctlbed_say(fd[0], "{\"cmd\":\"status\"}\n");
	ctlbed_heard(fd[0], "\"ok\":true");
	for (int i = 0; i < CTL_CLIENTS_MAX; i++)
		close(fd[i]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, ctlbed_set_up, ctlbed_tear_down)

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
