// SPDX-License-Identifier: GPL-2.0-or-later
/* The control socket: its file, and who may use it. */
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

#include "ctl/peer.h"
#include "ctlbed.h"

static void test_file_mode(void **state)
{
	struct stat st;

	(void)state;
	assert_return_code(stat(ctlbed_path, &st), errno);
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	assert_int_equal(st.st_gid, getegid());
}

static void test_live_daemon_is_left_alone(void **state)
{
	int fd;

	(void)state;
	assert_null(ctl_new(ctlbed_base, ctlbed_path, getegid(), ctlbed_handler, &ctlbed_handled));
	assert_int_equal(errno, EADDRINUSE);
	fd = ctlbed_dial();
	ctlbed_turn(); /* also takes the probe's connection */
	ctlbed_say(fd, "{\"cmd\":\"status\"}\n");
	ctlbed_heard(fd, "\"ok\":true");
	close(fd);
}

static void test_stale_socket_is_replaced(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	ctl_free(ctlbed_ctl);
	strcpy(address.sun_path, ctlbed_path);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	assert_return_code(listen(fd, 1), errno);
	close(fd); /* the file stays, as after kill -9 */
	ctlbed_ctl = ctl_new(ctlbed_base, ctlbed_path, getegid(), ctlbed_handler, &ctlbed_handled);
	assert_non_null(ctlbed_ctl);
	fd = ctlbed_dial();
	ctlbed_say(fd, "{\"cmd\":\"status\"}\n");
	ctlbed_heard(fd, "\"ok\":true");
	close(fd);
}

static void test_other_file_is_left_alone(void **state)
{
	int fd;

	(void)state;
	ctl_free(ctlbed_ctl);
	ctlbed_ctl = NULL;
	fd = open(ctlbed_path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_null(ctl_new(ctlbed_base, ctlbed_path, getegid(), ctlbed_handler, &ctlbed_handled));
	assert_int_equal(errno, EEXIST);
	assert_return_code(unlink(ctlbed_path), errno);
}

static void test_path_too_long(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_null(ctl_new(ctlbed_base, name, getegid(), ctlbed_handler, &ctlbed_handled));
	assert_int_equal(errno, ENAMETOOLONG);
	assert_null(ctl_new(ctlbed_base, "/nonexistent/ctl.sock", getegid(), ctlbed_handler,
			    &ctlbed_handled));
	assert_int_equal(errno, ENOENT);
}

static void test_who_may(void **state)
{
	static const gid_t groups[] = {100, 27, 1000};
	static const struct peer_rule rule = {.group = 27, .denied = PEER_NOBODY};

	(void)state;
	assert_true(peer_may(&rule, 0, 0, NULL, 0));
	assert_true(peer_may(&rule, 1000, 27, NULL, 0));
	assert_true(peer_may(&rule, 1000, 1000, groups, 3));
	assert_false(peer_may(&rule, 1000, 1000, groups, 1));
	assert_false(peer_may(&rule, 1000, 0, NULL, 0));
	assert_false(peer_may(&rule, 27, 1000, groups, 1));
}

/* The children's account has the socket's group as its own by default. */
static void test_children_may_not(void **state)
{
	static const gid_t groups[] = {27};
	static const struct peer_rule rule = {.group = 27, .denied = 999};

	(void)state;
	assert_false(peer_may(&rule, 999, 27, NULL, 0));
	assert_false(peer_may(&rule, 999, 999, groups, 1));
	assert_true(peer_may(&rule, 1000, 27, NULL, 0));
	assert_true(peer_may(&rule, 0, 0, NULL, 0));
}

/* Nor may any account of a VM's own. */
static void test_children_of_vms_may_not(void **state)
{
	static const struct peer_rule rule = {
		.group = 27, .denied = 999, .denied_first = 70000, .denied_last = 70010};
	static const gid_t groups[] = {27};

	(void)state;
	assert_false(peer_may(&rule, 999, 27, NULL, 0));
	assert_false(peer_may(&rule, 70000, 27, NULL, 0));
	assert_false(peer_may(&rule, 70005, 70005, groups, 1));
	assert_false(peer_may(&rule, 70010, 27, NULL, 0));
	assert_true(peer_may(&rule, 69999, 27, NULL, 0));
	assert_true(peer_may(&rule, 70011, 27, NULL, 0));
}

/* This process plays the child. */
static void test_denied_account_is_turned_away(void **state)
{
	int fd;

	(void)state;
	ctl_deny(ctlbed_ctl, geteuid());
	fd = ctlbed_dial();
	ctlbed_heard(fd, "\"code\":\"denied\"");
	assert_null(ctlbed_hear(fd));
	assert_int_equal(ctlbed_handled, 0);
	close(fd);
}

static void test_peer_check(void **state)
{
	const struct peer_rule mine = {.group = getegid(), .denied = PEER_NOBODY};
	const struct peer_rule other = {.group = 54321, .denied = PEER_NOBODY};
	struct ctl_peer peer;
	int pair[2];

	(void)state;
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), errno);
	assert_true(peer_check(pair[0], &mine, &peer));
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer_check(pair[0], &other, &peer), geteuid() == 0);
	close(pair[1]);
	close(pair[0]);
	assert_return_code(pipe(pair), errno);
	assert_false(peer_check(pair[0], &mine, &peer));
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

#define T(name) cmocka_unit_test_setup_teardown(name, ctlbed_set_up, ctlbed_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_file_mode),
		T(test_live_daemon_is_left_alone),
		T(test_stale_socket_is_replaced),
		T(test_other_file_is_left_alone),
		T(test_path_too_long),
		cmocka_unit_test(test_who_may),
		cmocka_unit_test(test_children_may_not),
		cmocka_unit_test(test_children_of_vms_may_not),
		T(test_denied_account_is_turned_away),
		cmocka_unit_test(test_peer_check),
		cmocka_unit_test(test_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
