/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each key of the configuration takes: for conf.c alone. */
#ifndef LAZARET_CONF_KEY_H
#define LAZARET_CONF_KEY_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_KEYS_MAX  32 /* keys of one kind of section */
#define CONF_ERROR_MAX 160 /* bytes of an error's text, with the NUL */

struct conf_key;

/* Checks @text and stores it in @field, or returns false with the reason in @error. */
typedef bool conf_parse(const struct conf_key *key, const char *text, void *field, char *error);

struct conf_key {
	const char *name;
	conf_parse *parse;
	size_t offset; /* of the field in struct conf or struct conf_vm */
	const char *preset; /* value without a line in the file; NULL: none */
	unsigned int min, max; /* of a number, both included */
	const char *const *choice; /* words, in the order of their values from 0 */
};

/* The tables end with a key without a name. */
extern const struct conf_key conf_daemon_keys[]; /* [lazaretd], into struct conf */
extern const struct conf_key conf_containment_keys[]; /* [containment], into struct conf */
extern const struct conf_key conf_vm_keys[]; /* [defaults] and [vm], into struct conf_vm */

/* Fills every field that has a preset. @base: the zeroed structure. False: no memory. */
bool conf_keys_preset(const struct conf_key *keys, void *base);

/* Copies one field between two structures of the same type. False: no memory. */
bool conf_key_copy(const struct conf_key *key, void *to, const void *from);

/* Frees what the fields of @base own. */
void conf_keys_free(const struct conf_key *keys, void *base);

/* Whether @text is a UUID in the usual form of 36 characters, in either case. */
bool conf_is_uuid(const char *text);

#endif
