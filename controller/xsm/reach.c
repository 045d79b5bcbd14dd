/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsm/reach.h"

#include <string.h>

/* Numbers of initial SIDs: their order in xen/xsm/flask/policy/initial_sids. */
enum { SID_DOM0 = 3, SID_DOMU = 12 };

#define XENSTORE_TYPE "xenstore_t"
#define NAMES_SIZE    256

/*
 * «unmap» lets go what was mapped; «transition» says which label may follow another, not who may do
 * what, and needs dom0 in any case. All the rest does something to the other domain.
 */
static const struct {
	const char *name, *harmless;
} classes[REACH_CLASSES] = {
	{"grant", "unmap"}, {"mmu", NULL},    {"domain", "transition"}, {"domain2", NULL},
	{"hvm", NULL},	    {"shadow", NULL}, {"argo", NULL},
};

static bool find_classes(struct reach *r)
{
	for (size_t i = 0; i < REACH_CLASSES; i++) {
		r->class[i] = xsm_class_find(r->p, classes[i].name);
		if (!r->class[i])
			return false;
		r->harmless[i] =
			classes[i].harmless ? xsm_perm(r->p, r->class[i], classes[i].harmless) : 0;
	}
	r->event = xsm_class_find(r->p, "event");
	if (!r->event)
		return false;
	/* Whoever makes a channel of a type can send on it as soon as he may send on any. */
	r->send = xsm_perm(r->p, r->event, "send") | xsm_perm(r->p, r->event, "create");
	r->bind = xsm_perm(r->p, r->event, "bind");
	return r->send && r->bind;
}

/* Can a domain get this label, whatever attributes it has? */
static bool can_be_domain(const struct reach *r, xsm_type type)
{
	xsm_class domain = xsm_class_find(r->p, "domain");
	uint32_t becomes = xsm_perm(r->p, domain, "create") | xsm_perm(r->p, domain, "transition");

	for (xsm_type t = 1; t <= xsm_types(r->p); t++)
		if (xsm_is_type(r->p, t) && xsm_allowed(r->p, t, type, domain) & becomes)
			return true;
	return false;
}

/* A «_self» type is no domain's label, but how Xen calls one that does something to itself. */
static void sort_types(struct reach *r)
{
	xsm_type dom0 = xsm_initial(r->p, SID_DOM0), xenstore = xsm_type_find(r->p, XENSTORE_TYPE);

	memset(r->guest, 0, sizeof(r->guest));
	memset(r->trusted, 0, sizeof(r->trusted));
	for (xsm_type t = 1; t <= xsm_types(r->p); t++) {
		bool domain;

		if (!xsm_is_type(r->p, t))
			continue;
		r->trusted[t - 1] = t == dom0 || t == xenstore;
		domain = (xsm_has(r->p, t, "domain_type") &&
			  !xsm_has(r->p, t, "domain_self_type")) ||
			 can_be_domain(r, t);
		r->guest[t - 1] = domain && !r->trusted[t - 1];
		r->out->types += r->guest[t - 1];
	}
}

bool reach_init(struct reach *r, struct xsm_policy *p, struct proof *out)
{
	r->p = p;
	r->out = out;
	if (!find_classes(r) || !xsm_any_has(p, "domain_type") || !xsm_initial(p, SID_DOM0))
		return false;
	sort_types(r);
	return true;
}

bool reach_is_guest(const struct reach *r, xsm_type type)
{
	return r->guest[type - 1];
}

bool reach_is_trusted(const struct reach *r, xsm_type type)
{
	return r->trusted[type - 1];
}

bool reach_holds_unlabelled(const struct reach *r)
{
	xsm_type type = xsm_initial(r->p, SID_DOMU);

	return type && xsm_has(r->p, type, "lz_held_type");
}

/* One rule may break several promises: the first is enough. */
static bool is_known(const struct reach *r, const json_t *finding)
{
	static const char *const same[] = {"from", "to", "class", "permissions", "via"};
	const json_t *known;
	size_t i, equal;

	json_array_foreach (r->out->findings, i, known) {
		equal = 0;
		for (size_t k = 0; k < sizeof(same) / sizeof(*same); k++)
			equal += json_equal(json_object_get(known, same[k]),
					    json_object_get(finding, same[k]));
		if (equal == sizeof(same) / sizeof(*same))
			return true;
	}
	return false;
}

/* @via: 0: none */
static void found(struct reach *r, xsm_type from, xsm_type to, const char *class, uint32_t av,
		  xsm_type via, const char *why)
{
	const char *channel = via ? xsm_type_name(r->p, via) : NULL;
	char perms[NAMES_SIZE];
	json_t *finding;

	xsm_perm_names(r->p, xsm_class_find(r->p, class), av, perms, sizeof(perms));
	finding = json_pack("{s:s,s:s,s:s,s:s,s:s?,s:s}", "from", xsm_type_name(r->p, from), "to",
			    xsm_type_name(r->p, to), "class", class, "permissions", perms, "via",
			    channel, "why", why);
	if (!is_known(r, finding))
		json_array_append(r->out->findings, finding);
	json_decref(finding);
}

void reach_look_directly(struct reach *r, xsm_type from, xsm_type to, const char *why)
{
	for (size_t i = 0; i < REACH_CLASSES; i++) {
		uint32_t av = xsm_allowed(r->p, from, to, r->class[i]) & ~r->harmless[i];

		if (av)
			found(r, from, to, classes[i].name, av, 0, why);
	}
}

/* Xen asks for both when a channel is made, and for the first with each send. */
static void look_at_channels(struct reach *r, xsm_type from, xsm_type to, const char *why)
{
	for (xsm_type via = 1; via <= xsm_types(r->p); via++) {
		uint32_t av = xsm_allowed(r->p, from, via, r->event) & r->send;

		if (xsm_is_type(r->p, via) && av && xsm_allowed(r->p, via, to, r->event) & r->bind)
			found(r, from, to, "event", av, via, why);
	}
}

void reach_look(struct reach *r, xsm_type from, xsm_type to, const char *why)
{
	r->out->pairs++;
	reach_look_directly(r, from, to, why);
	look_at_channels(r, from, to, why);
}

void reach_forbid(struct reach *r, xsm_type from, xsm_type to, const char *class, const char *perm,
		  const char *why)
{
	xsm_class number = xsm_class_find(r->p, class);
	uint32_t mask = !number ? 0 : perm ? xsm_perm(r->p, number, perm) : UINT32_MAX;
	uint32_t av = number ? xsm_allowed(r->p, from, to, number) & mask : 0;

	if (av)
		found(r, from, to, class, av, 0, why);
}
