/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsm/proof.h"

#include <string.h>

#include "xsm/reach.h"
#include "xsm/workloads.h"

static void add(struct proof *out, const char *why)
{
	json_array_append_new(out->findings, json_pack("{s:s}", "why", why));
}

/* Both ways. @why: what is broken if there is one. */
static void keep_apart(struct reach *r, xsm_type a, xsm_type b, const char *why)
{
	reach_look(r, a, b, why);
	if (a != b)
		reach_look(r, b, a, why);
}

static void prove_cut_off(struct reach *r, xsm_type cut, const char *why)
{
	for (xsm_type t = 1; t <= xsm_types(r->p); t++)
		if (reach_is_guest(r, t))
			keep_apart(r, cut, t, why);
}

/* What even those who are trusted may not do to a VM in danger. */
static void prove_no_copy(struct reach *r, xsm_type danger)
{
	static const struct {
		const char *class, *perm;
	} never[] = {
		{"hvm", "mem_sharing"},	      {"hvm", "share_mem"},
		{"shadow", "logdirty"},	      {"mmu", "pageinfo"},
		{"domain2", "mem_sharing"},   {"domain2", "mem_paging"},
		{"domain2", "make_priv_for"}, {"domain2", "set_as_target"},
	};

	for (xsm_type t = 1; t <= xsm_types(r->p); t++)
		for (size_t i = 0; xsm_is_type(r->p, t) && i < sizeof(never) / sizeof(*never); i++)
			reach_forbid(r, t, danger, never[i].class, never[i].perm,
				     "a VM in danger is never saved, migrated or shared");
}

/* Towards whom it may talk, it may nothing else; and it can't take its label off. */
static void prove_no_escape(struct reach *r, xsm_type cut)
{
	static const char *const own_ways[] = {"security", "resource"};

	for (xsm_type t = 1; t <= xsm_types(r->p); t++) {
		if (!xsm_is_type(r->p, t))
			continue;
		if (reach_is_trusted(r, t))
			reach_look_directly(r, cut, t, "it may only talk with dom0");
		reach_forbid(r, cut, t, "domain2", "relabelself", "it could take its label off");
		for (size_t i = 0; i < sizeof(own_ways) / sizeof(*own_ways); i++)
			reach_forbid(r, cut, t, own_ways[i], NULL, "it may only talk with dom0");
	}
}

static void prove_held(struct reach *r, xsm_type held)
{
	static const char why[] = "a VM that waits for its admission must not run";

	for (xsm_type t = 1; t <= xsm_types(r->p); t++) {
		if (!xsm_is_type(r->p, t))
			continue;
		reach_forbid(r, t, held, "domain", "unpause", why);
		reach_forbid(r, t, held, "domain", "resume", why);
	}
	prove_cut_off(r, held, "a VM that waits for its admission reaches nobody");
}

/* Else there were a way around the admission. */
static void prove_never_made(struct reach *r, xsm_type runs)
{
	for (xsm_type t = 1; t <= xsm_types(r->p); t++)
		if (xsm_is_type(r->p, t))
			reach_forbid(r, t, runs, "domain", "create",
				     "a VM starts under the label that is held, and is admitted");
}

/* The type of a workload in the policy; 0 with a finding if it is not there. */
static xsm_type type_of(struct reach *r, const struct workload *w, enum workload_type which)
{
	char type[WORKLOAD_TYPE_SIZE], why[2 * WORKLOAD_TYPE_SIZE + 80];
	xsm_type found;

	workload_type(type, w->name, which);
	found = xsm_type_find(r->p, type);
	if (!found) {
		snprintf(why, sizeof(why), "the policy has no type %s: build it of this file",
			 type);
		add(r->out, why);
	}
	return found;
}

/* Is @type that of guests that workload @at may talk with? */
static bool is_peer(const struct reach *r, const struct workloads *ws, size_t at, xsm_type type)
{
	char peer[WORKLOAD_TYPE_SIZE];

	for (size_t i = 0; i < ws->count; i++) {
		workload_type(peer, ws->list[i].name, WORKLOAD_RUNS);
		if (workloads_may_talk(ws, at, i) && xsm_type_find(r->p, peer) == type)
			return true;
	}
	return false;
}

/* Everybody else's guests, but for those it may talk with. */
static void prove_workload(struct reach *r, const struct workloads *ws, size_t at)
{
	xsm_type runs = type_of(r, &ws->list[at], WORKLOAD_RUNS);
	xsm_type held = type_of(r, &ws->list[at], WORKLOAD_HELD);

	if (held && !xsm_has(r->p, held, "lz_held_type"))
		add(r->out, "a workload's first type is not one that is held");
	if (runs)
		prove_never_made(r, runs);
	for (xsm_type t = 1; runs && t <= xsm_types(r->p); t++)
		if (reach_is_guest(r, t) && !is_peer(r, ws, at, t))
			keep_apart(r, runs, t, "the file of workloads does not let them talk");
}

static void prove_all(struct reach *r, const struct workloads *ws, xsm_type danger)
{
	prove_cut_off(r, danger, "a VM in danger reaches nobody, and nobody reaches it");
	prove_no_copy(r, danger);
	prove_no_escape(r, danger);
	for (xsm_type t = 1; t <= xsm_types(r->p); t++)
		if (xsm_is_type(r->p, t) && xsm_has(r->p, t, "lz_held_type")) {
			prove_held(r, t);
			prove_no_escape(r, t);
		}
	for (size_t i = 0; ws && i < ws->count; i++)
		prove_workload(r, ws, i);
	if (ws && ws->hold_unlabelled && !reach_holds_unlabelled(r))
		add(r->out, "a VM without a label would not wait for its admission: the file says "
			    "hold-unlabelled");
}

void proof_run(struct xsm_policy *p, const struct workloads *ws, struct proof *out)
{
	xsm_type danger = xsm_type_find(p, PROOF_DANGER);
	struct reach r;

	*out = (struct proof){.findings = json_array()};
	if (!danger)
		add(out, "the policy has no type " PROOF_DANGER ": it is not one of Lazaret's");
	else if (!reach_init(&r, p, out))
		add(out, "the policy is not made on top of Xen's own base: its classes or "
			 "attributes are missing");
	else
		prove_all(&r, ws, danger);
	if (xsm_allows_unknown(p))
		add(out, "the policy allows what it does not know");
	if (danger && xsm_is_permissive(p, danger))
		add(out, PROOF_DANGER " is permissive: nothing is denied to it");
}

void proof_free(struct proof *proof)
{
	json_decref(proof->findings);
	proof->findings = NULL;
}
