// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
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

#include "ctlbed.h"

static char folder[] = "/tmp/lz-ctl-XXXXXX";
char ctlbed_path[sizeof(folder) + sizeof(CTL_SOCKET_NAME)];
struct event_base *ctlbed_base;
struct ctl *ctlbed_ctl;
unsigned int ctlbed_handled;

json_t *ctlbed_handler(void *arg, const struct ctl_peer *peer, const char *cmd,
		       const json_t *request)
{
	assert_ptr_equal(arg, &ctlbed_handled);
	assert_true(json_is_object(request));
	ctlbed_handled++;
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

int ctlbed_set_up(void **state)
{
	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(ctlbed_path, sizeof(ctlbed_path), "%s/%s", folder, CTL_SOCKET_NAME);
	ctlbed_handled = 0;
	ctlbed_base = event_base_new();
	ctlbed_ctl = ctl_new(ctlbed_base, ctlbed_path, getegid(), ctlbed_handler, &ctlbed_handled);
	return ctlbed_base && ctlbed_ctl ? 0 : -1;
}

int ctlbed_tear_down(void **state)
{
	(void)state;
	ctl_free(ctlbed_ctl);
	event_base_free(ctlbed_base);
	return rmdir(folder); /* fails if the socket's file or its temporary name is left over */
}

int ctlbed_dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, ctlbed_path);
	assert_return_code(connect(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	return fd;
}

void ctlbed_turn(void)
{
	for (int i = 0; i < 4; i++)
		event_base_loop(ctlbed_base, EVLOOP_NONBLOCK);
}

void ctlbed_say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	ctlbed_turn();
}

const char *ctlbed_hear(int fd)
{
	static char line[CTL_LINE_MAX];
	size_t len = 0;

	for (int tries = 0; tries < 10000 && len < sizeof(line) - 1;) {
		ssize_t n = recv(fd, line + len, sizeof(line) - 1 - len, MSG_PEEK);
		char *end;

		if (n == 0 || (n < 0 && errno != EAGAIN))
			return NULL;
		if (n < 0) {
			ctlbed_turn();
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

void ctlbed_heard(int fd, const char *part)
{
	const char *line = ctlbed_hear(fd);

	assert_non_null(line);
	if (!strstr(line, part))
		fail_msg("«%s» is not in «%.200s»", part, line);
}
