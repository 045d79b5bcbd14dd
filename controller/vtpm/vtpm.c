/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/vtpm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <event2/event.h>

#include <xen/io/xenbus.h>

#include "common/log.h"
#include "common/timefmt.h"
#include "vtpm/ending.h"
#include "vtpm/hold.h"
#include "vtpm/inside.h"
#include "vtpm/nodes.h"
#include "vtpm/saved.h"
#include "vtpm/spec.h"

static struct vtpm *new_vtpm(struct vm *vm)
{
	struct vtpm *tpm = calloc(1, sizeof(*tpm));

	if (!tpm)
		fatalx("no memory for a TPM");
	tpm->vm = vm;
	tpm->domid = (uint32_t)vm->domid;
	spec_generation(tpm->generation, sizeof(tpm->generation), tpm->domid);
	snprintf(tpm->dir, sizeof(tpm->dir), "%s/vtpm/%s", vm->host->conf->state_dir, vm->row.uuid);
	return tpm;
}

void vtpm_attach(struct vm *vm)
{
	if (!vm->conf->vtpm || vm->vtpm || vm->domid < 0)
		return;
	vm->vtpm = new_vtpm(vm);
	hold_take(vm->vtpm);
	saved_attach(vm->vtpm);
	vm->vtpm->config_ms = time_mono_ms();
	vtpm_start_child(vm->vtpm);
}

void vtpm_detach(struct vm *vm)
{
	struct vtpm *tpm = vm->vtpm;

	if (!tpm)
		return;
	vm->vtpm = NULL;
	vtpm_end_child(tpm);
	if (tpm->timer)
		event_free(tpm->timer);
	saved_detach(tpm);
	if (vm->domid == (int64_t)tpm->domid)
		hold_release(tpm);
	else
		hold_forget(tpm);
	nodes_remove(tpm->domid);
	free(tpm);
}

void vtpm_leave(struct vm *vm)
{
	if (!vm->vtpm)
		return;
	vtpm_end_child(vm->vtpm);
	hold_release(vm->vtpm);
}

void vtpm_tick(struct vm *vm)
{
	struct vtpm *tpm = vm->vtpm;

	ending_look();
	if (tpm && tpm->saved)
		saved_look(tpm);
	if (!tpm || tpm->pid || tpm->timer || time_mono_ms() < tpm->retry_ms)
		return;
	tpm->measure = false; /* it may have run meanwhile */
	tpm->config_ms = time_mono_ms();
	vtpm_start_child(tpm);
}

static void on_stopped(void *arg)
{
	struct host *host = arg;
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		if (vm->vtpm)
			saved_look(vm->vtpm);
}

/* The guest has set up a new ring, or given up its old one: another child serves it. */
static void on_frontend(void *arg, uint32_t domid)
{
	struct vm *vm = vm_by_domid(arg, domid);
	struct vtpm *tpm = vm ? vm->vtpm : NULL;
	struct nodes_ring ring;
	int state;

	if (!tpm || !tpm->up)
		return;
	state = nodes_frontend_state(domid);
	if (tpm->ring.port &&
	    (state == XenbusStateClosing || state == XenbusStateClosed ||
	     (nodes_ring(domid, &ring) == 0 && memcmp(&ring, &tpm->ring, sizeof(ring))))) {
		vtpm_end_child(tpm);
		nodes_set_backend_state(domid, XenbusStateInitWait);
		vtpm_retry_later(tpm);
		return;
	}
	vtpm_serve(tpm);
}

const struct ipc_tpm_ready *vtpm_ready(const struct vm *vm)
{
	return vm->vtpm && vm->vtpm->up ? &vm->vtpm->ready : NULL;
}

void vtpm_quote(struct vm *vm, const struct ipc_tpm_quote *quote)
{
	if (vm->vtpm && vm->vtpm->up)
		ipc_send(vm->vtpm->sock, IPC_TPM_QUOTE, quote, sizeof(*quote));
}

int vtpm_start(struct host *host)
{
	const struct nodes_calls calls = {
		.changed = on_frontend, .stopped = on_stopped, .arg = host};
	char path[4096];

	snprintf(path, sizeof(path), "%s/vtpm", host->conf->state_dir);
	/* Who is not root sees no name in it, and gets into no folder of a VM. */
	if (mkdir(path, 0711) < 0 && errno != EEXIST) {
		log_warn("%s", path);
		return -1;
	}
	/* However we end: children that are killed can't end their TPMs in order. */
	return atexit(ending_wait) == 0 ? nodes_start(host->base, &calls) : -1;
}

json_t *vtpm_view(const struct vm *vm)
{
	const struct vtpm *tpm = vm->vtpm;
	const struct ipc_tpm_ready *r = tpm ? &tpm->ready : NULL;

	if (!tpm)
		return json_null();
	if (!tpm->up)
		return json_pack("{s:s}", "state", "down");
	return json_pack("{s:s,s:b,s:I,s:s,s:s,s:s,s:s,s:s}", "state",
			 tpm->serving ? "serving" : "waiting for the guest", "measured",
			 (int)r->measured, "resets", (json_int_t)r->reset_count, "kernel",
			 r->kernel, "ramdisk", r->ramdisk, "cmdline", r->cmdline, "config",
			 r->config, "hypervisor", r->hypervisor);
}
