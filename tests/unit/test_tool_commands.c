// SPDX-License-Identifier: GPL-2.0-or-later
/* lazaretctl: its commands, against a daemon's socket. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>

#include "ctl/ctl.h"
#include "tool/text.h"
#include "toolbed.h"

#define UUID "0b1e2c3d-4455-6677-8899-aabbccddeeff"
#define VM                                                                                       \
	"{\"uuid\":\"" UUID "\",\"name\":\"web\",\"domid\":3,\"state\":\"danger\","              \
	"\"reason\":\"/bin/\\u001b[2Jevil\",\"since\":\"2026-11-22T20:45:05.123Z\","             \
	"\"evidence\":\"none\",\"records\":7,\"findings\":1,\"contained\":true,"                 \
	"\"label\":null,\"last_proof\":null,\"found\":[{\"index\":6,\"class\":\"unknown-file\"," \
	"\"path\":\"/a\\nb\\u202e\",\"found\":\"sha256:00\",\"reason\":\"not golden\"}],"        \
	"\"plan\":{\"label\":\"l\",\"nics\":[{\"mac\":\"00:16:3e:0:0:1\",\"bridge\":\"br\"}]},"  \
	"\"steps\":[{\"transaction\":\"contain\",\"step\":\"pause\",\"result\":\"failed\","      \
	"\"ms\":4}],\"history\":[{\"from\":\"trusted\",\"to\":\"danger\",\"who\":\"attest\"}]}"
#define EVENT                                                                   \
	"{\"seq\":1,\"time\":\"2026-11-22T20:45:05.123Z\",\"event\":\"state\"," \
	"\"vm\":\"" UUID "\",\"name\":\"web\",\"to\":\"danger\",\"n\":5,\"x\":null}"
/* One that is not among the last events of all VMs. */
#define EARLIER "{\"seq\":0,\"event\":\"hello\",\"vm\":\"" UUID "\"}"

/* The commands, against a daemon in a child */

static char folder[] = "/tmp/lz-tool-XXXXXX";
static char path[64];
static pid_t daemon_pid;
static struct ctl *ctl;

static void tell(evutil_socket_t fd, short what, void *arg)
{
	json_t *event = json_loads(EVENT, 0, NULL);

	(void)fd;
	(void)what;
	(void)arg;
	ctl_broadcast(ctl, event);
	json_decref(event);
}

static json_t *handler(void *arg, const struct ctl_peer *peer, const char *cmd,
		       const json_t *request)
{
	const char *vm = json_string_value(json_object_get(request, "vm"));

	(void)arg;
	(void)peer;
	if (vm && strcmp(vm, "web") != 0 && strcmp(vm, UUID) != 0)
		return ctl_refusal(strcmp(vm, "mine") ? CTL_NO_SUCH_VM : CTL_DENIED, "no %s", vm);
	if (!strcmp(cmd, "status"))
		return json_loads("{\"ok\":true,\"version\":\"9\",\"flask\":false,\"journal\":"
				  "\"ok\",\"vms\":[" VM "]}",
				  0, NULL);
	if (!strcmp(cmd, "show"))
		return json_loads("{\"ok\":true,\"vm\":" VM "}", 0, NULL);
	if (!strcmp(cmd, "events") && vm)
		return json_loads("{\"ok\":true,\"vm\":\"" UUID "\",\"events\":[" EARLIER "]}", 0,
				  NULL);
	if (!strcmp(cmd, "events"))
		return json_loads("{\"ok\":true,\"events\":[" EVENT ",{\"event\":\"other\"}]}", 0,
				  NULL);
	if (!strcmp(cmd, "evidence-read"))
		return json_pack("{s:b,s:b,s:s}", "ok", 1, "ready", 1, "data",
				 json_integer_value(json_object_get(request, "at")) ? "" : "00ff");
	if (!strcmp(cmd, "cure"))
		return ctl_refusal(CTL_CONFLICT, "not now");
	if (!strcmp(cmd, "reload"))
		exit(0); /* without an answer */
	return json_pack("{s:b}", "ok", 1);
}

static void be_daemon(int ready)
{
	static const struct timeval often = {.tv_usec = 50000};
	struct event_base *base = event_base_new();
	struct event *ticker = event_new(base, -1, EV_PERSIST, tell, NULL);

	ctl = ctl_new(base, path, getegid(), handler, NULL);
	event_add(ticker, &often);
	close(ready);
	event_base_dispatch(base);
}

static int start_daemon(void **state)
{
	int ready[2];
	char byte;

	(void)state;
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	if (!mkdtemp(folder) || pipe(ready))
		return -1;
	snprintf(path, sizeof(path), "%s/s", folder);
	daemon_pid = fork();
	if (daemon_pid == 0) {
		close(ready[0]);
		be_daemon(ready[1]);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1))
		return -1;
	return close(ready[0]);
}

static int stop_daemon(void **state)
{
	(void)state;
	kill(daemon_pid, SIGTERM);
	waitpid(daemon_pid, NULL, 0);
	unlink(path);
	return rmdir(folder);
}

static int run(int (*command)(const struct args *), struct args args, const char *operand)
{
	args.socket = args.socket ? args.socket : path;
	return toolbed_run(command, args, operand, NULL);
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(run(run_status, (struct args){0}, NULL), TOOL_OK);
	toolbed_shows("lazaretd 9; no FLASK: containment by devices alone; journal: ok");
	toolbed_shows("/bin/\\x1b[2Jevil\n");
	assert_null(strchr(toolbed_output, '\033'));
	assert_int_equal(run(run_status, (struct args){.check = true}, NULL), TOOL_FAILED);
	assert_int_equal(run(run_status, (struct args){.json = true}, NULL), TOOL_OK);
	toolbed_shows("{\"ok\":true,\"version\":\"9\"");
	toolbed_shows("\\u001B[2J");
}

static void test_show(void **state)
{
	(void)state;
	assert_int_equal(run(run_show, (struct args){0}, "web"), TOOL_OK);
	toolbed_shows("unknown-file in record 6");
	toolbed_shows("/a\\x0ab\\xe2\\x80\\xae\n");
	toolbed_shows("sha256:00");
	toolbed_shows("not golden");
	toolbed_shows("00:16:3e:0:0:1 on br");
	toolbed_shows("pause");
	toolbed_shows("attest");
	assert_int_equal(run(run_show, (struct args){0}, "other"), TOOL_NO_SUCH_VM);
	assert_int_equal(run(run_show, (struct args){.json = true}, "mine"), TOOL_DENIED);
	assert_string_equal(toolbed_output,
			    "{\"ok\":false,\"code\":\"denied\",\"error\":\"no mine\"}\n");
}

static void test_events(void **state)
{
	(void)state;
	assert_int_equal(run(run_events, (struct args){0}, NULL), TOOL_OK);
	toolbed_shows("2026-11-22 20:45:05.123  web           state     to=danger  n=5\n");
	toolbed_shows("other");
	assert_int_equal(run(run_events, (struct args){.json = true}, "web"), TOOL_OK);
	assert_string_equal(toolbed_output, EARLIER "\n");
	assert_int_equal(run(run_events, (struct args){0}, "nobody"), TOOL_NO_SUCH_VM);
}

/* It must end when nobody reads its output any more, and not only at the next event. */
static void test_follow_ends_with_its_reader(void **state)
{
	int out[2], status;
	char line[16];
	pid_t child;

	(void)state;
	assert_return_code(pipe(out), errno);
	child = fork();
	if (child == 0) {
		struct args args = {.follow = true, .json = true, .socket = path};

		signal(SIGPIPE, SIG_DFL);
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		_exit(run_events(&args));
	}
	close(out[1]);
	assert_int_equal(read(out[0], line, sizeof(line)), sizeof(line));
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGPIPE : WEXITSTATUS(status) == 0);
}

static void test_changes(void **state)
{
	(void)state;
	assert_int_equal(run(run_quarantine, (struct args){0}, "web"), TOOL_OK);
	toolbed_shows("web: quarantine has begun");
	assert_int_equal(run(run_prove, (struct args){0}, "web"), TOOL_OK);
	toolbed_shows("web: a proof was asked for");
	assert_int_equal(run(run_cure, (struct args){0}, "web"), TOOL_FAILED);
	assert_int_equal(run(run_release, (struct args){0}, "web"), TOOL_USAGE);
	assert_int_equal(run(run_release, (struct args){.reason = " \t"}, "web"), TOOL_USAGE);
	assert_int_equal(run(run_release, (struct args){.reason = "r", .json = true}, "web"),
			 TOOL_OK);
	assert_string_equal(toolbed_output, "{\"ok\":true}\n");
	assert_int_equal(run(run_reload, (struct args){0}, NULL), TOOL_UNREACHABLE);
}

static void test_evidence(void **state)
{
	char file[64];
	struct args args = {.output = file, .nonce = "00", .json = true};

	(void)state;
	snprintf(file, sizeof(file), "%s/proof", folder);
	assert_int_equal(run(run_evidence, args, "web"), TOOL_OK);
	toolbed_shows("{\"ok\":true,\"vm\":\"web\",\"output\":\"");
	assert_return_code(unlink(file), errno);
	assert_int_equal(run(run_evidence, args, "mine"), TOOL_DENIED);
	toolbed_shows("{\"ok\":false,");
}

static void test_no_daemon(void **state)
{
	char long_path[200];

	(void)state;
	assert_int_equal(run(run_status, (struct args){.socket = "/nonexistent"}, NULL),
			 TOOL_UNREACHABLE);
	assert_int_equal(run(run_events, (struct args){.socket = "/dev/null"}, NULL),
			 TOOL_UNREACHABLE);
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(run(run_status, (struct args){.socket = long_path}, NULL),
			 TOOL_UNREACHABLE);
}

/* Something else than a daemon behind the socket: each answer that makes no sense ends in an error. */
static void nonsense(const char *answer, size_t len)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child;

	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	strcpy(address.sun_path, path);
	assert_return_code(bind(server, (struct sockaddr *)&address, sizeof(address)), errno);
	assert_return_code(listen(server, 1), errno);
	child = fork();
	if (child == 0) {
		int fd = accept(server, NULL, NULL);
		char question[256];

		if (read(fd, question, sizeof(question)) > 0 && write(fd, answer, len) < 0)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(run(run_status, (struct args){0}, NULL), TOOL_UNREACHABLE);
	assert_string_equal(toolbed_output, "");
	close(server);
	waitpid(child, NULL, 0);
	unlink(path);
	rmdir(folder);
}

static void test_nonsense(void **state)
{
	(void)state;
	nonsense("", 0);
	nonsense("\n", 1);
	nonsense("[]\n", 3);
	nonsense("{\"ok\":true", 10);
	nonsense("\0\n", 2);
}

static void test_version(void **state)
{
	(void)state;
	assert_int_equal(run(run_version, (struct args){0}, NULL), TOOL_OK);
	assert_string_equal(toolbed_output, "lazaretctl " LAZARET_VERSION "\n");
	assert_int_equal(run(run_version, (struct args){.json = true}, NULL), TOOL_OK);
	toolbed_shows("\"version\":\"" LAZARET_VERSION "\"");
}

/* Golden packs */

static void test_golden(void **state)
{
	char tree[] = "/tmp/lz-tree-XXXXXX", file[64], pack[64];
	struct args args = {.root = tree, .output = pack};
	FILE *out;

	(void)state;
	unsetenv("SOURCE_DATE_EPOCH");
	assert_non_null(mkdtemp(tree));
	snprintf(file, sizeof(file), "%s/program", tree);
	snprintf(pack, sizeof(pack), "%s.pack", tree);
	out = fopen(file, "w");
	assert_non_null(out);
	fputs("x", out);
	fclose(out);
	assert_int_equal(run(run_golden, args, "build"), TOOL_OK);
	toolbed_shows("1 paths, 1 digests");
	toolbed_shows("1 files, 0 MiB hashed, 0 left out");
	setenv("SOURCE_DATE_EPOCH", "12345", 1);
	args.json = true;
	args.name = "n";
	assert_int_equal(run(run_golden, args, "build"), TOOL_OK);
	toolbed_shows("\"built\":12345,");
	toolbed_shows("\"name\":\"n\"");
	setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
	assert_int_equal(run(run_golden, args, "build"), TOOL_USAGE);
	unsetenv("SOURCE_DATE_EPOCH");
	assert_return_code(unlink(file), errno);
	assert_return_code(rmdir(tree), errno);
	assert_int_equal(run(run_golden, args, "build"), TOOL_FAILED); /* no tree: pack stays */
	assert_return_code(unlink(pack), errno);
}

static void test_golden_usage(void **state)
{
	(void)state;
	assert_int_equal(run(run_golden, (struct args){0}, "build"), TOOL_USAGE);
	assert_int_equal(run(run_golden, (struct args){.root = "/"}, "build"), TOOL_USAGE);
	assert_int_equal(run(run_golden, (struct args){0}, "show"), TOOL_USAGE);
	assert_int_equal(run(run_golden, (struct args){0}, "polish"), TOOL_USAGE);
}

#define WITH_DAEMON(name) cmocka_unit_test_setup_teardown(name, start_daemon, stop_daemon)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DAEMON(test_status),
		WITH_DAEMON(test_show),
		WITH_DAEMON(test_events),
		WITH_DAEMON(test_follow_ends_with_its_reader),
		WITH_DAEMON(test_changes),
		WITH_DAEMON(test_evidence),
		cmocka_unit_test(test_no_daemon),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_golden_usage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
