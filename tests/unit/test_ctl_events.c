/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon tells of events: those of one VM, and who caused them. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vm/commands.h"
#include "vm/host.h"
#include "vm/vm.h"

#define UUID  "11111111-2222-3333-4444-555555555555"
#define NOISY "99999999-2222-3333-4444-555555555555"
#define NOISE 300 /* events, more than are told at once */

static char dir[64];
static struct host host;
static struct conf conf;
static struct vm *vm, *noisy;
static char *stream;
static size_t stream_len;

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/lazaret-events.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	host = (struct host){.conf = &conf, .store = store_open(dir)};
	host.events = open_memstream(&stream, &stream_len);
	LIST_INIT(&host.vms);
	vm = vm_get(&host, UUID);
	noisy = vm_get(&host, NOISY);
	return host.store && host.events ? 0 : -1;
}

static void free_vm(struct vm *one)
{
	json_decref(one->findings);
	json_decref(one->journaled);
	free(one);
}

static int tear_down(void **state)
{
	char cmd[128];

	(void)state;
	free_vm(vm);
	free_vm(noisy);
	fclose(host.events);
	free(stream);
	store_close(host.store);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd);
}

static json_t *ask(const char *name)
{
	static const struct ctl_peer peer = {.name = "unit"};
	json_t *request = json_pack("{s:s,s:s*}", "cmd", "events", "vm", name), *answer;

	answer = commands_handle(&host, &peer, "events", request);
	json_decref(request);
	return answer;
}

/* The last events of all may hold none of a quiet VM: the daemon must look for its own. */
static void events_of_one_vm(void **state)
{
	json_t *answer, *events;

	(void)state;
	host_event(&host, vm, "attach", "xen", NULL);
	for (int i = 0; i < NOISE; i++)
		host_event(&host, noisy, "finding", "attest", NULL);
	answer = ask(UUID);
	events = json_object_get(answer, "events");
	assert_string_equal(json_string_value(json_object_get(answer, "vm")), UUID);
	assert_int_equal(json_array_size(events), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(events, 0), "event")),
			    "attach");
	json_decref(answer);
	answer = ask(NULL);
	assert_null(json_object_get(answer, "vm"));
	assert_in_range(json_array_size(json_object_get(answer, "events")), 2, NOISE - 1);
	json_decref(answer);
}

/* Not the events of all. */
static void unknown_vm_is_refused(void **state)
{
	json_t *answer = ask("nobody");

	(void)state;
	assert_true(json_is_false(json_object_get(answer, "ok")));
	assert_string_equal(json_string_value(json_object_get(answer, "code")), CTL_NO_SUCH_VM);
	json_decref(answer);
}

/* As in the journal, so in the stream. */
static void stream_says_who(void **state)
{
	(void)state;
	host_event(&host, vm, "attach", "xen", NULL);
	assert_non_null(strstr(stream, "\"who\":\"xen\""));
	assert_int_equal(host_save(vm, "accepted", "attest", NULL), 0);
	assert_non_null(strstr(stream, "\"who\":\"attest\""));
	host_tell(&host, vm, "record", NULL);
	assert_non_null(strstr(stream, "\"who\":\"lazaretd\""));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(events_of_one_vm),
		T(unknown_vm_is_refused),
		T(stream_says_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
