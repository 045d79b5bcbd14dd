// SPDX-License-Identifier: GPL-2.0-or-later
/* lazaretctl scan waits for the event of this VM, and its exit status says how it went. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "ctl/ctl.h"
#include "toolbed.h"

#define UUID  "0b1e2c3d-4455-6677-8899-aabbccddeeff"
#define OTHER "{\"event\":\"scan\",\"vm\":\"another\",\"result\":\"clean\"}"
#define TOLD  "{\"event\":\"progress\",\"vm\":\"" UUID "\",\"done\":3,\"total\":9}"
#define SCAN  "{\"event\":\"scan\",\"vm\":\"" UUID "\",\"result\":"

/* What becomes of the first scan, of the second, … */
static const char *const results[] = {
	SCAN
	"\"findings\",\"files\":9,\"bytes\":3145728,\"signatures\":2,\"found\":3,\"findings\":["
	"{\"class\":\"signature\",\"path\":\"/e\\u001bvil\",\"rule\":\"Eicar\",\"reason\":\"r\"},"
	"{\"class\":\"wrong-digest\",\"path\":\"/bin/ls\",\"reason\":\"not golden\","
	"\"expected_version\":\"coreutils 9.1\"}]}",
	SCAN "\"clean\",\"files\":9,\"bytes\":0,\"signatures\":2,\"found\":0,\"findings\":[]}",
	SCAN "\"failed\",\"reason\":\"no ext4\",\"found\":0}",
};

static char folder[] = "/tmp/lz-scan-XXXXXX";
static char path[64];
static pid_t daemon_pid;
static struct ctl *ctl;
static size_t scans;

static json_t *handler(void *arg, const struct ctl_peer *peer, const char *cmd,
		       const json_t *request)
{
	const char *vm = json_string_value(json_object_get(request, "vm"));

	(void)arg;
	(void)peer;
	if (!vm || strcmp(vm, "web") != 0)
		return ctl_refusal(CTL_CONFLICT, "it runs");
	assert_string_equal(cmd, "scan");
	scans++;
	return json_pack("{s:b,s:s}", "ok", 1, "vm", UUID);
}

static void tell(evutil_socket_t fd, short what, void *arg)
{
	const char *const texts[] = {OTHER, TOLD, scans ? results[scans - 1] : OTHER};

	(void)fd;
	(void)what;
	(void)arg;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *event = json_loads(texts[i], 0, NULL);

		ctl_broadcast(ctl, event);
		json_decref(event);
	}
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

static void each_result_has_its_status(void **state)
{
	const struct args args = {.socket = path}, json = {.socket = path, .json = true};

	(void)state;
	assert_int_equal(toolbed_run(run_scan, args, "web", NULL), TOOL_FINDINGS);
	toolbed_shows("Eicar");
	toolbed_shows("/e\\x1bvil");
	toolbed_shows("coreutils 9.1");
	toolbed_shows("web: 3 findings in 9 files, 3 MiB; 2 signatures\n");
	toolbed_shows("the last 1 of them are not listed");
	assert_int_equal(toolbed_run(run_scan, json, "web", NULL), TOOL_OK);
	toolbed_shows("\"result\":\"clean\"");
	assert_null(strstr(toolbed_output, "another"));
	assert_int_equal(toolbed_run(run_scan, json, "web", NULL), TOOL_FAILED);
	toolbed_shows("\"reason\":\"no ext4\"");
	assert_int_equal(toolbed_run(run_scan, args, "db", NULL), TOOL_FAILED);
}

static void no_daemon_is_no_result(void **state)
{
	const struct args args = {.socket = "/nowhere"};

	(void)state;
	assert_int_equal(toolbed_run(run_scan, args, "web", NULL), TOOL_UNREACHABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_result_has_its_status),
		cmocka_unit_test(no_daemon_is_no_result),
	};

	return cmocka_run_group_tests(tests, start_daemon, stop_daemon);
}
