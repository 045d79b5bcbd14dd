/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before ours: a field in there is called «bool», which stdbool.h makes a macro. */
#include <sepol/debug.h>
#include <sepol/policydb.h>
#include <sepol/policydb/conditional.h>
#include <sepol/policydb/policydb.h>
#include <sepol/policydb/util.h>

#include "xsm/policydb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct xsm_policy {
	policydb_t db;
	xsm_type types;
	xsm_class classes;
	uint32_t *allowed; /* by class, source and target, each from 1 */
};

static size_t place(const struct xsm_policy *p, xsm_type source, xsm_type target, xsm_class class)
{
	return ((size_t)(class - 1) * p->types + source - 1) * p->types + target - 1;
}

/* The types that @type stands for: an attribute's, or itself. */
static const ebitmap_t *members(const struct xsm_policy *p, xsm_type type)
{
	return &p->db.attr_type_map[type - 1];
}

/* An avtab_map() function: a rule's attributes are resolved. */
static int add_rule(avtab_key_t *key, avtab_datum_t *datum, void *arg)
{
	struct xsm_policy *p = arg;
	xsm_type targets[XSM_TYPES_MAX];
	size_t n = 0;

	if (!(key->specified & AVTAB_ALLOWED))
		return 0;
	if (!key->source_type || key->source_type > p->types || !key->target_type ||
	    key->target_type > p->types || !key->target_class || key->target_class > p->classes)
		return -1;
	for (xsm_type t = 1; t <= p->types; t++)
		if (ebitmap_get_bit(members(p, key->target_type), t - 1))
			targets[n++] = t;
	for (xsm_type s = 1; s <= p->types; s++)
		for (size_t i = 0; ebitmap_get_bit(members(p, key->source_type), s - 1) && i < n;
		     i++)
			p->allowed[place(p, s, targets[i], key->target_class)] |= datum->data;
	return 0;
}

/* @error is kept if the library could not say anything better. */
static bool fill(struct xsm_policy *p, char *error)
{
	p->types = p->db.p_types.nprim;
	p->classes = p->db.p_classes.nprim;
	if (!p->types || p->types > XSM_TYPES_MAX || !p->classes || p->classes > XSM_CLASSES_MAX) {
		snprintf(error, XSM_ERROR_MAX, "it has %u types and %u classes", p->types,
			 p->classes);
		return false;
	}
	p->allowed = calloc((size_t)p->classes * p->types * p->types, sizeof(*p->allowed));
	if (!p->allowed || avtab_map(&p->db.te_avtab, add_rule, p) ||
	    avtab_map(&p->db.te_cond_avtab, add_rule, p)) {
		snprintf(error, XSM_ERROR_MAX, "its rules can't be read");
		return false;
	}
	return true;
}

static bool read_file(policydb_t *db, const char *path, char *error)
{
	FILE *file = fopen(path, "re");
	struct policy_file pf;
	struct stat st;
	bool ok;

	if (!file || fstat(fileno(file), &st) < 0) {
		snprintf(error, XSM_ERROR_MAX, "%s", strerror(errno));
		if (file)
			fclose(file);
		return false;
	}
	ok = S_ISREG(st.st_mode) && st.st_size <= XSM_FILE_MAX;
	policy_file_init(&pf);
	pf.type = PF_USE_STDIO;
	pf.fp = file;
	ok = ok && !policydb_set_target_platform(db, SEPOL_TARGET_XEN) &&
	     !policydb_read(db, &pf, 0);
	fclose(file);
	if (!ok)
		snprintf(error, XSM_ERROR_MAX, "it is no compiled FLASK policy of Xen");
	return ok;
}

struct xsm_policy *xsm_open(const char *path, char *error)
{
	struct xsm_policy *p = calloc(1, sizeof(*p));

	sepol_debug(0); /* what it would print, we say */
	if (!p || policydb_init(&p->db)) {
		snprintf(error, XSM_ERROR_MAX, "no memory");
		free(p);
		return NULL;
	}
	if (read_file(&p->db, path, error) && fill(p, error))
		return p;
	xsm_close(p);
	return NULL;
}

void xsm_close(struct xsm_policy *p)
{
	if (!p)
		return;
	free(p->allowed);
	policydb_destroy(&p->db);
	free(p);
}

xsm_type xsm_types(const struct xsm_policy *p)
{
	return p->types;
}

const char *xsm_type_name(const struct xsm_policy *p, xsm_type type)
{
	return p->db.p_type_val_to_name[type - 1];
}

static type_datum_t *type_datum(const struct xsm_policy *p, const char *name)
{
	return hashtab_search(p->db.p_types.table, name);
}

xsm_type xsm_type_find(const struct xsm_policy *p, const char *name)
{
	const type_datum_t *datum = type_datum(p, name);

	return datum && datum->flavor != TYPE_ATTRIB ? datum->s.value : 0;
}

bool xsm_is_type(const struct xsm_policy *p, xsm_type type)
{
	return p->db.type_val_to_struct[type - 1] &&
	       p->db.type_val_to_struct[type - 1]->flavor != TYPE_ATTRIB;
}

bool xsm_has(const struct xsm_policy *p, xsm_type type, const char *attribute)
{
	const type_datum_t *datum = type_datum(p, attribute);

	return datum && datum->flavor == TYPE_ATTRIB &&
	       ebitmap_get_bit(members(p, datum->s.value), type - 1);
}

bool xsm_any_has(const struct xsm_policy *p, const char *attribute)
{
	for (xsm_type t = 1; t <= p->types; t++)
		if (xsm_has(p, t, attribute))
			return true;
	return false;
}

xsm_type xsm_initial(const struct xsm_policy *p, unsigned int sid)
{
	for (const ocontext_t *c = p->db.ocontexts[OCON_XEN_ISID]; c; c = c->next)
		if (c->sid[0] == sid)
			return c->context[0].type;
	return 0;
}

xsm_class xsm_class_find(const struct xsm_policy *p, const char *name)
{
	const class_datum_t *datum = hashtab_search(p->db.p_classes.table, name);

	return datum ? datum->s.value : 0;
}

uint32_t xsm_perm(const struct xsm_policy *p, xsm_class class, const char *name)
{
	const class_datum_t *datum = p->db.class_val_to_struct[class - 1];
	const perm_datum_t *perm = hashtab_search(datum->permissions.table, name);

	if (!perm && datum->comdatum)
		perm = hashtab_search(datum->comdatum->permissions.table, name);
	return perm ? UINT32_C(1) << (perm->s.value - 1) : 0;
}

void xsm_perm_names(struct xsm_policy *p, xsm_class class, uint32_t av, char *out, size_t size)
{
	const char *names = sepol_av_to_string(&p->db, class, av);

	snprintf(out, size, "{%s }", names ? names : " ?");
}

uint32_t xsm_allowed(const struct xsm_policy *p, xsm_type source, xsm_type target, xsm_class class)
{
	return source && target && class ? p->allowed[place(p, source, target, class)] : 0;
}

bool xsm_allows_unknown(const struct xsm_policy *p)
{
	return p->db.handle_unknown == ALLOW_UNKNOWN;
}

bool xsm_is_permissive(const struct xsm_policy *p, xsm_type type)
{
	return ebitmap_get_bit(&p->db.permissive_map, type);
}
