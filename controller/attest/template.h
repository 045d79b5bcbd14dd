/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of a record's template: what was measured, and with which digest. */
#ifndef LAZARET_TEMPLATE_H
#define LAZARET_TEMPLATE_H

#include "attest/alg.h"
#include "attest/record.h"

/* Fields in one template, at most (kernel: ima.h, IMA_TEMPLATE_NUM_FIELDS_MAX). */
#define TEMPLATE_FIELDS_MAX 15

/**
 * struct ima_bytes - a field that is only bytes, pointing into the record
 * @data:	NULL if the template has no such field or the field is empty
 * @len:	bytes of @data
 */
struct ima_bytes {
	const uint8_t *data;
	uint32_t len;
};

/**
 * struct ima_entry - one measurement, pointing into the buffer of its record
 * @alg:	algorithm of @digest; NULL if we do not know it by name
 * @alg_name:	its name as written, @alg_name_len bytes, printable ASCII, no NUL
 * @alg_name_len: at most ALG_NAME_MAX
 * @digest:	of the file or buffer, @digest_len bytes
 * @digest_len:	@alg->size; or anything up to ALG_DIGEST_MAX if @violation or
 *		if @alg is NULL
 * @verity:	@digest is of the fs-verity descriptor, not of the content
 * @violation:	IMA could not vouch for the content; @digest is zeros
 * @path:	as IMA wrote it, any byte but NUL, a blank made '_'; no NUL at the
 *		end.  Never print it unescaped
 * @path_len:	below LZ_NAME_MAX
 * @is_buffer:	a buffer (key, command line, critical data), not a file; @path
 *		is then the buffer's name
 * @sig:	security.ima or portable EVM signature
 * @buf:	the buffer itself, or its hash
 * @modsig:	appended signature, PKCS #7
 * @modsig_alg:	algorithm of @modsig_digest; NULL if there is none, or we do not know it by name
 * @modsig_digest: of the file without that signature, @modsig_alg->size bytes
 * @evmsig:	portable EVM signature
 * @xattrnames, @xattrlengths, @xattrvalues, @iuid, @igid, @imode: what that one is of, see evm.h
 * @unknown_fields: fields of the format that we know nothing of; they were skipped
 * @unknown:	for want of these there is no digest or no path: written also if -1 is returned
 */
struct ima_entry {
	const struct alg *alg;
	const char *alg_name;
	uint32_t alg_name_len;
	const uint8_t *digest;
	uint32_t digest_len;
	bool verity;
	bool violation;
	const char *path;
	uint32_t path_len;
	bool is_buffer;
	struct ima_bytes sig;
	struct ima_bytes buf;
	struct ima_bytes modsig;
	const struct alg *modsig_alg;
	const uint8_t *modsig_digest;
	struct ima_bytes evmsig;
	struct ima_bytes xattrnames;
	struct ima_bytes xattrlengths;
	struct ima_bytes xattrvalues;
	struct ima_bytes iuid;
	struct ima_bytes igid;
	struct ima_bytes imode;
	uint32_t unknown_fields;
	bool unknown;
};

/**
 * template_parse() - split a record's template data into fields
 * @rec:	from record_parse(); its buffer must outlive @out
 * @out:	filled if 0 is returned, otherwise only @unknown means something
 * @reason:	what is wrong, a static string; set if -1 is returned
 *
 * Knows the kernel's own templates (kernel: security/integrity/ima/ima_template.c,
 * builtin_templates) and any format string «d|n|...»; each needs one field for
 * the digest and one for the name.  Allocates nothing.
 *
 * Return: 0, or -1 if the data are not what the template says.
 */
int template_parse(const struct ima_record *rec, struct ima_entry *out, const char **reason);

#endif
