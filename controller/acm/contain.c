/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/contain.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "acm/domain.h"
#include "acm/rest.h"
#include "acm/withdraw.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "vm/tx.h"
#include "vm/vm.h"

#define VERIFY_MS	 10000 /* a backend may take its time to go */
#define CLOSE_MS	 2000
#define MADE_MS		 60000 /* a toolstack waits for the devices of a domain that it makes */
#define RECORD_MS	 1000 /* then its configuration can be read */
#define DETACH_TRIES	 (3 * TS_NICS_MAX)
#define CONTAIN_RETRY_MS 2000

static struct ts *toolstack(const struct tx *tx)
{
	return tx->vm->host->ts;
}

static uint32_t domid(const struct tx *tx)
{
	return (uint32_t)tx->vm->domid;
}

int contain_pause(struct vm *vm)
{
	struct ts_domain dom;

	if (vm->domid < 0 || ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) < 0)
		return -1;
	/* Somebody else may have ended our pause. */
	if (vm->pause_held && dom.paused)
		return 0;
	/* After a restart of ours: who paused it? In doubt once more, it must not run. */
	vm->pause_held =
		vm->row.paused_by_us && dom.paused && !vm->row.paused_before && vm->pause_doubtful;
	if (!vm->pause_held)
		vm->pause_held = ts_pause(vm->host->ts, (uint32_t)vm->domid) == 0;
	vm->pause_doubtful = false;
	return vm->pause_held ? 0 : -1;
}

int contain_unpause(struct vm *vm)
{
	struct ts_domain dom;

	/* After a crash between the two it is over already. */
	if (ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) < 0 ||
	    (dom.paused && ts_unpause(vm->host->ts, (uint32_t)vm->domid) < 0))
		return -1;
	vm->row.paused_by_us = vm->pause_held = vm->pause_doubtful = false;
	ts_hold_release(vm->host->ts, (uint32_t)vm->domid);
	return 0;
}

static int step_pause(struct tx *tx)
{
	struct store_vm *row = &tx->vm->row;

	if (!row->paused_by_us) {
		row->paused_by_us = true;
		host_save(tx->vm, "intent", tx->who, json_pack("{s:s}", "step", "pause"));
	}
	if (contain_pause(tx->vm) < 0)
		return tx_fail(tx, "the VM does not run any more, or Xen refused to pause it");
	return tx_ok(tx, row->paused_before ? "paused, as it was already" : "paused");
}

/* A card that is taken away while it is being made lets its whole creation fail. */
static bool is_being_made(struct tx *tx)
{
	struct ts_domain dom;

	return tx_step_age(tx) < MADE_MS && ts_info(toolstack(tx), domid(tx), &dom) == 0 &&
	       !ts_made(toolstack(tx), domid(tx));
}

/* The first record of an incident stays: a second containment finds less than there was. */
static int step_record(struct tx *tx)
{
	char label[TS_LABEL_SIZE] = "";
	json_t *plan;

	if (is_being_made(tx))
		return TX_AGAIN;
	ts_hold_release(toolstack(tx), domid(tx));
	if (tx->vm->row.plan)
		return tx_ok(tx, "recorded earlier in this incident");
	plan = ts_config(toolstack(tx), domid(tx));
	if (!plan && tx_step_age(tx) < RECORD_MS)
		return TX_AGAIN;
	if (!plan)
		return tx_fail(tx, "the VM's configuration can't be read");
	if (ts_flask(toolstack(tx)) && ts_label_get(toolstack(tx), domid(tx), label) < 0) {
		json_decref(plan);
		return tx_fail(tx, "the VM's label can't be read");
	}
	admission_running(tx->vm->host, label); /* what it gets back: not to be held for ever */
	json_object_set_new(plan, "label", json_string(label));
	if (withdraw_record(tx->vm, plan) < 0) {
		json_decref(plan);
		return tx_fail(tx, "the VM's disks can't be read");
	}
	tx->vm->row.plan = plan;
	if (host_save(tx->vm, "plan", tx->who, json_pack("{s:o}", "steps", tx_steps(tx))) < 0) {
		json_decref(plan);
		tx->vm->row.plan = NULL;
		return tx_fail(tx,
			       "the plan could not be recorded: nothing is withdrawn without it");
	}
	return tx_ok(tx, "label %s, %zu network cards, %zu disks", label[0] ? label : "none",
		     json_array_size(json_object_get(plan, "nics")),
		     json_array_size(json_object_get(plan, "disks")));
}

/* Without the label, the cards go all the same; «verify» then fails and says why. */
static int step_relabel(struct tx *tx)
{
	const char *danger = tx->vm->host->conf->danger_label;

	if (!ts_flask(toolstack(tx)))
		return tx_ok(tx, "left out: this Xen does not enforce FLASK");
	if (ts_label_set(toolstack(tx), domid(tx), danger) < 0) {
		snprintf(tx->undone, sizeof(tx->undone),
			 "Xen refused the label %s: is Lazaret's policy loaded?", danger);
		return tx_ok(tx, "not done: %s", tx->undone);
	}
	/* Under the label of before, Xen may have refused that. */
	ts_hold_release(toolstack(tx), domid(tx));
	return tx_ok(tx, "%s", danger);
}

static int step_detach(struct tx *tx)
{
	int devids[TS_NICS_MAX];
	int n = ts_nics(toolstack(tx), domid(tx), devids);

	if (n < 0)
		return tx_fail(tx, "its network cards can't be read from xenstore");
	if (n == 0 && ts_emulated_cards(toolstack(tx), domid(tx), true))
		return tx_fail(tx, "its device model's network cards can't be taken down");
	if (n == 0)
		return tx_ok(tx, "%u network cards withdrawn", tx->tries);
	if (tx->op_rc || tx->tries >= DETACH_TRIES)
		return tx_fail(tx, "network card %d can't be withdrawn (%d)", devids[0], tx->op_rc);
	ts_nic_detach(toolstack(tx), domid(tx), devids[0], tx_op_done, tx);
	return TX_WAIT;
}

/* A device model's interface, which goes with that: ts_emulated_cards() tells whether it is up. */
static bool is_emulated(const char *path)
{
	char flags[128];

	snprintf(flags, sizeof(flags), "%s/tun_flags", path);
	return access(flags, F_OK) == 0;
}

/* An error is taken for «yes». */
static bool exists(const char *pattern)
{
	glob_t found;
	int rc = glob(pattern, 0, NULL, &found);
	bool any = rc && rc != GLOB_NOMATCH;

	for (size_t i = 0; !rc && i < found.gl_pathc; i++)
		any = any || !is_emulated(found.gl_pathv[i]);
	globfree(&found);
	return any;
}

/* Seen in dom0's kernel itself, whatever xenstore says and whatever the interface is called. */
static bool has_interface(uint32_t domain)
{
	char net[64], backend[64];

	snprintf(net, sizeof(net), "/sys/class/net/vif%u.*", domain);
	snprintf(backend, sizeof(backend), "/sys/bus/xen-backend/devices/vif-%u-*", domain);
	return exists(net) || exists(backend);
}

/* What can't be withdrawn is cut by a pause alone. */
static bool rest_cut(const struct vm *vm, const char **why)
{
	struct ts_domain dom;

	return !rest_needs_pause(vm, why) ||
	       (ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) == 0 && dom.paused);
}

bool contain_holds(struct vm *vm, const char **why)
{
	struct ts *ts = vm->host->ts;
	int devids[TS_NICS_MAX];
	char label[TS_LABEL_SIZE];

	if (vm->domid < 0)
		return true;
	*why = "its label is not the danger label";
	if (ts_flask(ts) && (ts_label_get(ts, (uint32_t)vm->domid, label) < 0 ||
			     strcmp(label, vm->host->conf->danger_label)))
		return false;
	*why = "it has a network card, or its cards can't be read";
	if (ts_nics(ts, (uint32_t)vm->domid, devids) || has_interface((uint32_t)vm->domid) ||
	    ts_emulated_cards(ts, (uint32_t)vm->domid, false))
		return false;
	return withdraw_holds(vm, why) && rest_cut(vm, why);
}

static int step_verify(struct tx *tx)
{
	const char *why = NULL;

	if (tx->undone[0])
		return tx_fail(tx, "not contained: %s", tx->undone);
	if (!contain_holds(tx->vm, &why)) {
		if (tx_step_age(tx) < VERIFY_MS)
			return TX_AGAIN;
		return tx_fail(tx, "not contained: %s", why);
	}
	tx->vm->row.contained = true;
	return tx_ok(
		tx,
		"label read back from Xen; no card and no disk that must go, in xenstore and in "
		"dom0's kernel");
}

static int step_go_on(struct tx *tx)
{
	struct store_vm *row = &tx->vm->row;
	const char *why;
	bool rest;

	if (vm_level(tx->vm) == LEVEL_FREEZE)
		return tx_ok(tx, "stays paused, as the policy says");
	/* A backend in a device model lets go of its disk a moment after it has been taken away. */
	rest = rest_needs_pause(tx->vm, &why);
	if (rest && !withdraw_leaves_peers(tx->vm) && tx_step_age(tx) < CLOSE_MS)
		return TX_AGAIN;
	if (rest)
		return tx_ok(tx, "stays paused: %s", why);
	if (contain_unpause(tx->vm) < 0)
		return tx_fail(tx, "Xen refused to unpause the VM");
	return tx_ok(tx,
		     row->paused_before ? "stays paused: it was before us" : "runs on, isolated");
}

static const struct tx_step isolate_steps[] = {
	{"pause", step_pause}, {"record", step_record}, {"relabel", step_relabel},
	{"vif", step_detach},  {"vbd", withdraw_disks}, {"pci", withdraw_pcis},
	{"cpu", withdraw_cpu}, {"verify", step_verify}, {"go-on", step_go_on},
	{NULL, NULL},
};

/* What it had is recorded all the same: a cure makes it again of that. */
static const struct tx_step kill_steps[] = {
	{"pause", step_pause},
	{"record", step_record},
	{"destroy", domain_destroy},
	{NULL, NULL},
};

static const struct tx_step watch_steps[] = {
	{"record", step_record},
	{NULL, NULL},
};

/*
 * Failed: it stays paused if it still exists, and is tried again until it is contained; at once, if
 * another domain has taken the place of the one that this was about.
 */
static void contain_end(struct tx *tx, int rc)
{
	struct vm *vm = tx->vm;
	bool replaced = tx->domid >= 0 && vm->domid >= 0 && vm->domid != tx->domid;

	if (!rc)
		return;
	vm->row.contained = false;
	vm->contain_retry_ms = time_mono_ms() + CONTAIN_RETRY_MS;
	host_event(vm->host, vm, "error", tx->who,
		   json_pack("{s:s,s:s}", "transaction", tx->kind->name, "reason", tx->detail));
	if (replaced)
		contain_start(vm);
}

const struct tx_kind contain_isolate = {"contain", isolate_steps, contain_end};
const struct tx_kind contain_kill = {"contain", kill_steps, contain_end};
const struct tx_kind contain_watch = {"contain", watch_steps, contain_end};

static const struct tx_kind *kind_of(enum vm_level level)
{
	return level == LEVEL_KILL    ? &contain_kill
	       : level == LEVEL_WATCH ? &contain_watch
				      : &contain_isolate;
}

void contain_start(struct vm *vm)
{
	if (vm->domid < 0)
		return;
	if (vm->tx && vm_level(vm) != LEVEL_WATCH) {
		/* Whatever is being done to it, or to the domain before it: it must not run meanwhile. */
		vm->row.paused_by_us = true;
		host_save(vm, "intent", "lazaretd", json_pack("{s:s}", "step", "pause"));
		contain_pause(vm);
	}
	if (vm->tx && strcmp(vm->tx->kind->name, "contain"))
		tx_cancel(vm, vm->row.reason);
	vm->contain_retry_ms = time_mono_ms() + CONTAIN_RETRY_MS;
	if (!vm->tx)
		tx_start(vm, kind_of(vm_level(vm)), "lazaretd");
}
