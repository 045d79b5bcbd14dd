/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A compiled FLASK policy of Xen, as a table of who may do what to whom. Read by libsepol.
 *
 * What a boolean switches counts as allowed, whatever it is set to: it can be switched at any time.
 * Constraints are not looked at: they only take away.
 */
#ifndef LAZARET_XSM_POLICYDB_H
#define LAZARET_XSM_POLICYDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XSM_ERROR_MAX	256
#define XSM_TYPES_MAX	1024
#define XSM_CLASSES_MAX 64
#define XSM_FILE_MAX	(16u << 20) /* bytes of a policy */

/* Types and classes are numbered from 1; 0 is none. */
typedef uint32_t xsm_type;
typedef uint32_t xsm_class;

struct xsm_policy;

/**
 * xsm_open() - read a compiled policy
 * @error:	XSM_ERROR_MAX bytes; says why, if it can't be read
 *
 * Return: to be given to xsm_close(); NULL if it can't be read.
 */
struct xsm_policy *xsm_open(const char *path, char *error);
void xsm_close(struct xsm_policy *p);

/* Types are 1 to this number; some are attributes, that is, sets of types. */
xsm_type xsm_types(const struct xsm_policy *p);
const char *xsm_type_name(const struct xsm_policy *p, xsm_type type);
xsm_type xsm_type_find(const struct xsm_policy *p, const char *name);

/* Is @type a type, and not an attribute? */
bool xsm_is_type(const struct xsm_policy *p, xsm_type type);

/* Has @type the attribute of that name? False as well if there is none of that name. */
bool xsm_has(const struct xsm_policy *p, xsm_type type, const char *attribute);

/* Is there a type with that attribute? */
bool xsm_any_has(const struct xsm_policy *p, const char *attribute);

/* The type of an initial SID of Xen's (xen/xsm/flask/policy/initial_sids), by its number from 1. */
xsm_type xsm_initial(const struct xsm_policy *p, unsigned int sid);

xsm_class xsm_class_find(const struct xsm_policy *p, const char *name);

/* The bit of a permission; 0 if the class has none of that name. */
uint32_t xsm_perm(const struct xsm_policy *p, xsm_class class, const char *name);

/* The names of the permissions in @av, as «{ a b }». @out: @size bytes. */
void xsm_perm_names(struct xsm_policy *p, xsm_class class, uint32_t av, char *out, size_t size);

/* All that @source may do to @target. */
uint32_t xsm_allowed(const struct xsm_policy *p, xsm_type source, xsm_type target, xsm_class class);

/* Is what the policy does not know allowed, or a type's every deed? */
bool xsm_allows_unknown(const struct xsm_policy *p);
bool xsm_is_permissive(const struct xsm_policy *p, xsm_type type);

#endif
