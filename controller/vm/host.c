/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/host.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/timefmt.h"
#include "vm/vm.h"

static void publish(struct host *host, const struct vm *vm, const char *kind, const char *who,
		    int64_t seq, json_t *data)
{
	char when[TIMEFMT_SIZE], *line;

	json_object_set_new(data, "seq", seq > 0 ? json_integer(seq) : json_null());
	json_object_set_new(data, "time", json_string(time_format(when, time_now_ns())));
	json_object_set_new(data, "event", json_string(kind));
	json_object_set_new(data, "who", json_string(who));
	json_object_set_new(data, "vm", json_string(vm ? vm->row.uuid : ""));
	json_object_set_new(data, "name", json_string(vm ? vm->row.name : ""));
	if (host->ctl)
		ctl_broadcast(host->ctl, data);
	line = host->events ? json_dumps(data, JSON_COMPACT) : NULL;
	if (line && (fprintf(host->events, "%s\n", line) < 0 || fflush(host->events)))
		log_warn("events file");
	free(line);
}

void host_tell(struct host *host, struct vm *vm, const char *kind, json_t *data)
{
	data = data ? data : json_object();
	publish(host, vm, kind, "lazaretd", 0, data);
	json_decref(data);
}

void host_event(struct host *host, struct vm *vm, const char *kind, const char *who, json_t *data)
{
	int64_t seq;

	data = data ? data : json_object();
	json_object_set_new(data, "name", json_string(vm ? vm->row.name : ""));
	seq = store_journal(host->store, vm ? vm->row.uuid : "", kind, who, data);
	publish(host, vm, kind, who, seq, data);
	json_decref(data);
}

int host_save(struct vm *vm, const char *kind, const char *who, json_t *data)
{
	int64_t seq;

	data = data ? data : json_object();
	json_object_set_new(data, "name", json_string(vm->row.name));
	seq = store_save(vm->host->store, &vm->row, kind, who, data);
	vm->unsaved = seq < 0;
	publish(vm->host, vm, kind, who, seq, data);
	json_decref(data);
	return seq < 0 ? -1 : 0;
}
