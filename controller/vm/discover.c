/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/discover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <xenstore.h>

#include "acm/contain.h"
#include "attest/attest.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "remedy/scan.h"
#include "uapi/lazaret.h"
#include "vm/vm.h"

#define PATH_CHANNEL "/local/domain/%u/" LZ_XS_PATH "/" LZ_XS_EVTCHN
#define PATH_VIFS    "/local/domain/0/backend/vif"
#define TOKEN_LIST   "domains"
#define TOKEN_VIFS   "vifs"

/* A guest may write to its channel's node as often as it likes: others get their turn in between. */
#define EVENTS_PER_TURN 64
#define LOOK_LATER_S	1

static struct xs_handle *xs;
static struct event *later; /* looks at the channels that were not looked at */

static void watch_channel(uint32_t domid, bool on)
{
	char path[96], token[16];

	snprintf(path, sizeof(path), PATH_CHANNEL, domid);
	snprintf(token, sizeof(token), "%u", domid);
	if (on ? !xs_watch(xs, path, token) : !xs_unwatch(xs, path, token) && errno != ENOENT)
		log_warn("xenstore: watch %s", path);
}

static void read_channel(struct vm *vm)
{
	char path[96], *value;
	unsigned int len;

	snprintf(path, sizeof(path), PATH_CHANNEL, (uint32_t)vm->domid);
	value = xs_read(xs, XBT_NULL, path, &len);
	vm->channel = value && len > 0;
	free(value);
}

/* All is there: whether the node has gone, so that no other child is to be started, can wait. */
static void look_at_channel(struct host *host, uint32_t domid)
{
	static const struct timeval delay = {LOOK_LATER_S, 0};
	struct vm *vm = vm_by_domid(host, domid);

	if (!vm)
		return;
	if (vm->channel && vm->attest) {
		if (!event_pending(later, EV_TIMEOUT, NULL))
			event_add(later, &delay);
		return;
	}
	read_channel(vm);
	if (vm->channel && !vm->attest && time_mono_ms() >= vm->retry_ms)
		attest_start(vm);
}

static void on_later(evutil_socket_t fd, short what, void *arg)
{
	struct host *host = arg;
	struct vm *vm;

	(void)fd;
	(void)what;
	LIST_FOREACH (vm, &host->vms, entry)
		if (vm->domid >= 0 && vm->channel)
			read_channel(vm);
}

static bool in_list(const struct ts_domain *list, int n, int64_t domid)
{
	for (int i = 0; i < n; i++)
		if (list[i].domid == domid && !list[i].dying)
			return true;
	return false;
}

/* A domain of a VM that is new, or the second of one that has one already. */
static void meet(struct host *host, const struct ts_domain *dom, const struct ts_domain *list,
		 int n)
{
	struct vm *vm = vm_get(host, dom->uuid);

	if (vm->domid >= 0 && vm->domid != dom->domid && in_list(list, n, vm->domid)) {
		vm_twin(vm, dom->domid);
		return;
	}
	if (vm->domid == dom->domid) {
		vm_seen(vm, dom);
		return;
	}
	vm_seen(vm, dom);
	watch_channel(dom->domid, true);
}

void discover_domains(struct host *host)
{
	struct ts_domain *list = NULL;
	struct vm *vm;
	int n = ts_list(host->ts, &list);

	LIST_FOREACH (vm, &host->vms, entry) {
		if (n < 0 || vm->domid < 0 || in_list(list, n, vm->domid))
			continue;
		watch_channel((uint32_t)vm->domid, false);
		vm_gone(vm);
	}
	for (int i = 0; i < n; i++)
		if (!list[i].dying && !scan_is_domain(list[i].uuid))
			meet(host, &list[i], list, n);
	LIST_FOREACH (vm, &host->vms, entry)
		if (n >= 0 && vm->twin >= 0 && !in_list(list, n, vm->twin))
			vm_twin(vm, -1);
	free(list);
}

/* A card that appears at a VM in danger is not waited for until the next tick. */
static void check_contained(struct host *host)
{
	const char *why;
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		if (vm->row.contained && !vm->tx && vm_state_contained(vm->row.state) &&
		    !contain_holds(vm, &why))
			vm_tick(vm);
}

/*
 * What is left is not forgotten: libxenstore's file stays readable until its list is empty.
 * (event_active() would run this again before any other file is looked at.) Everything that looks
 * at all domains is done once for all events of a turn.
 */
static void on_watch(evutil_socket_t fd, short what, void *arg)
{
	struct host *host = arg;
	bool list = false, vifs = false;
	char **event;

	(void)fd;
	(void)what;
	for (int i = 0; i < EVENTS_PER_TURN && (event = xs_check_watch(xs)); i++) {
		const char *token = event[XS_WATCH_TOKEN];

		if (!strcmp(token, TOKEN_LIST))
			list = true;
		else if (!strcmp(token, TOKEN_VIFS))
			vifs = true;
		else
			look_at_channel(host, (uint32_t)strtoul(token, NULL, 10));
		free(event);
	}
	if (list)
		discover_domains(host);
	if (vifs)
		check_contained(host);
}

int discover_start(struct host *host)
{
	struct event *event;

	xs = xs_open(0);
	if (!xs || !xs_watch(xs, "@introduceDomain", TOKEN_LIST) ||
	    !xs_watch(xs, "@releaseDomain", TOKEN_LIST) || !xs_watch(xs, PATH_VIFS, TOKEN_VIFS)) {
		log_warn("xenstore");
		return -1;
	}
	event = event_new(host->base, xs_fileno(xs), EV_READ | EV_PERSIST, on_watch, host);
	later = evtimer_new(host->base, on_later, host);
	if (!event || !later || event_add(event, NULL) < 0)
		return -1;
	discover_domains(host);
	on_watch(-1, 0, host); /* what came with the answers is not announced by the file */
	return 0;
}
