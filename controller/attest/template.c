/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/template.h"

#include <string.h>

#include "attest/bytes.h"
#include "uapi/lazaret.h"

/* One field of a template: its name in a format string, and what to do with its bytes. */
struct field {
	const char *id;
	/* Returns why the bytes are wrong, or NULL. */
	const char *(*parse)(struct ima_entry *e, const uint8_t *data, uint32_t len);
	/* Without @parse: where its bytes are noted; 0: nowhere. */
	size_t bytes;
};

static const char trailing[] = "bytes follow the last field";

static bool is_token(const uint8_t *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return len > 0 && len <= ALG_NAME_MAX;
}

static const char *set_digest(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	if (len > ALG_DIGEST_MAX)
		return "the digest is longer than any algorithm's";
	/* A violation has no digest: kernels write 20 zeros whatever the algorithm. */
	if (e->alg && !e->violation && len != e->alg->size)
		return "the digest's length is not that of its algorithm";
	e->digest = data;
	e->digest_len = len;
	return NULL;
}

/* «d»: no algorithm is said; the kernel allows two, which differ in length. */
static const char *parse_d(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	const char *name = len == 16 ? "md5" : "sha1";

	if (e->digest)
		return NULL;
	e->alg_name = name;
	e->alg_name_len = (uint32_t)strlen(name);
	e->alg = alg_by_name(name, strlen(name));
	return set_digest(e, data, len);
}

/* A digest with its algorithm: name, ':', NUL, digest. Return: why it is none, or NULL. */
static const char *split_digest(const uint8_t *data, uint32_t len, uint32_t *name_len)
{
	const uint8_t *colon = len ? memchr(data, ':', len) : NULL;

	*name_len = colon ? (uint32_t)(colon - data) : 0;
	if (!colon || *name_len + 2 > len || colon[1] != '\0')
		return "the digest does not say its algorithm";
	if (!is_token(data, *name_len))
		return "the digest's algorithm is not a name";
	return NULL;
}

/* «d-ng» outdoes a «d» of the same record. */
static const char *parse_d_ng(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	uint32_t name_len;
	const char *error = split_digest(data, len, &name_len);

	if (error)
		return error;
	e->alg_name = (const char *)data;
	e->alg_name_len = name_len;
	e->alg = alg_by_name(e->alg_name, name_len);
	return set_digest(e, data + name_len + 2, len - name_len - 2);
}

/* «d-modsig»: as «d-ng», or empty where nothing is appended. */
static const char *parse_d_modsig(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	uint32_t name_len;
	const char *error = len ? split_digest(data, len, &name_len) : NULL;

	if (error || !len)
		return error;
	e->modsig_alg = alg_by_name((const char *)data, name_len);
	e->modsig_digest = data + name_len + 2;
	if (e->modsig_alg && len - name_len - 2 != e->modsig_alg->size)
		return "the digest's length is not that of its algorithm";
	return NULL;
}

/* «d-ngv2»: what the digest is of, ':', then as «d-ng». */
static const char *parse_d_ngv2(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	static const char ima[] = "ima:", verity[] = "verity:";
	uint32_t skip;

	if (len >= strlen(ima) && !memcmp(data, ima, strlen(ima)))
		skip = (uint32_t)strlen(ima);
	else if (len >= strlen(verity) && !memcmp(data, verity, strlen(verity)))
		skip = (uint32_t)strlen(verity);
	else
		return "the digest does not say what it is of";
	e->verity = skip == strlen(verity);
	return parse_d_ng(e, data + skip, len - skip);
}

static const char *set_path(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	if (len >= LZ_NAME_MAX)
		return "the name is too long";
	if (len && memchr(data, '\0', len))
		return "the name has a NUL in it";
	e->path = (const char *)data;
	e->path_len = len;
	return NULL;
}

/* «n-ng»: with a NUL at its end. It outdoes an «n», which may be cut. */
static const char *parse_n_ng(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	if (len == 0 || data[len - 1] != '\0')
		return "the name does not end in NUL";
	return set_path(e, data, len - 1);
}

static const char *parse_n(struct ima_entry *e, const uint8_t *data, uint32_t len)
{
	return e->path ? NULL : parse_n_ng(e, data, len);
}

/* Kernel: security/integrity/ima/ima_template.c, supported_fields. */
enum field_id {
	F_D_NG,
	F_N_NG,
	F_SIG,
	F_BUF,
	F_D_NGV2,
	F_D,
	F_N,
	F_MODSIG,
	F_EVMSIG,
	F_D_MODSIG,
	F_IUID,
	F_IGID,
	F_IMODE,
	F_XATTRNAMES,
	F_XATTRLENGTHS,
	F_XATTRVALUES,
	FIELDS,
};

static const struct field fields[FIELDS] = {
	[F_D_NG] = {"d-ng", parse_d_ng, 0},
	[F_N_NG] = {"n-ng", parse_n_ng, 0},
	[F_SIG] = {"sig", NULL, offsetof(struct ima_entry, sig)},
	[F_BUF] = {"buf", NULL, offsetof(struct ima_entry, buf)},
	[F_D_NGV2] = {"d-ngv2", parse_d_ngv2, 0},
	[F_D] = {"d", parse_d, 0},
	[F_N] = {"n", parse_n, 0},
	[F_MODSIG] = {"modsig", NULL, offsetof(struct ima_entry, modsig)},
	[F_EVMSIG] = {"evmsig", NULL, offsetof(struct ima_entry, evmsig)},
	[F_D_MODSIG] = {"d-modsig", parse_d_modsig, 0},
	[F_IUID] = {"iuid", NULL, offsetof(struct ima_entry, iuid)},
	[F_IGID] = {"igid", NULL, offsetof(struct ima_entry, igid)},
	[F_IMODE] = {"imode", NULL, offsetof(struct ima_entry, imode)},
	[F_XATTRNAMES] = {"xattrnames", NULL, offsetof(struct ima_entry, xattrnames)},
	[F_XATTRLENGTHS] = {"xattrlengths", NULL, offsetof(struct ima_entry, xattrlengths)},
	[F_XATTRVALUES] = {"xattrvalues", NULL, offsetof(struct ima_entry, xattrvalues)},
};

/* A template that the kernel names instead of writing its format: builtin_templates there. */
struct builtin {
	const char *name;
	uint32_t name_len;
	uint32_t fields;
	enum field_id field[TEMPLATE_FIELDS_MAX];
};

#define BUILTIN(name, n, ...)              \
	{                                  \
		name, sizeof(name) - 1, n, \
		{                          \
			__VA_ARGS__        \
		}                          \
	}

/* The most frequent first: the table is searched for each record. */
static const struct builtin builtins[] = {
	BUILTIN("ima-sig", 3, F_D_NG, F_N_NG, F_SIG),
	BUILTIN("ima-ng", 2, F_D_NG, F_N_NG),
	BUILTIN("ima-buf", 3, F_D_NG, F_N_NG, F_BUF),
	BUILTIN("ima-modsig", 5, F_D_NG, F_N_NG, F_SIG, F_D_MODSIG, F_MODSIG),
	BUILTIN("ima-ngv2", 2, F_D_NGV2, F_N_NG),
	BUILTIN("ima-sigv2", 3, F_D_NGV2, F_N_NG, F_SIG),
	BUILTIN("evm-sig", 9, F_D_NG, F_N_NG, F_EVMSIG, F_XATTRNAMES, F_XATTRLENGTHS, F_XATTRVALUES,
		F_IUID, F_IGID, F_IMODE),
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct field *find_field(const char *id, size_t len)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (!strncmp(fields[i].id, id, len) && fields[i].id[len] == '\0')
			return &fields[i];
	return NULL;
}

static const struct builtin *find_builtin(const struct ima_record *rec)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (builtins[i].name_len == rec->name_len &&
		    !memcmp(builtins[i].name, rec->name, rec->name_len))
			return &builtins[i];
	return NULL;
}

static const char *parse_field(struct ima_entry *e, const struct field *f, const uint8_t *data,
			       uint32_t len)
{
	struct ima_bytes *bytes;

	if (!f) {
		e->unknown_fields++;
		return NULL;
	}
	if (f->parse)
		return f->parse(e, data, len);
	if (f->bytes && len) {
		bytes = (struct ima_bytes *)((char *)e + f->bytes);
		bytes->data = data;
		bytes->len = len;
	}
	return NULL;
}

/* The next of a row of { u32 len, bytes[len] }, from *@p on. */
static const char *take_field(struct ima_entry *e, const struct field *f, const uint8_t **p,
			      const uint8_t *end)
{
	const uint8_t *data = *p + sizeof(uint32_t);
	uint32_t len;

	if ((size_t)(end - *p) < sizeof(len))
		return "a field is missing";
	len = get_le32(*p);
	if (len > (size_t)(end - data))
		return "a field is longer than its record";
	*p = data + len;
	return parse_field(e, f, data, len);
}

static const char *parse_builtin(const struct builtin *b, const struct ima_record *rec,
				 struct ima_entry *e)
{
	const uint8_t *p = rec->data, *end = rec->data + rec->data_len;
	const char *error = NULL;

	for (uint32_t i = 0; i < b->fields && !error; i++)
		error = take_field(e, &fields[b->field[i]], &p, end);
	if (!error && p != end)
		error = trailing;
	return error;
}

/* A name that is not the kernel's own is a format: it and the data are walked together. */
static const char *parse_format(const struct ima_record *rec, struct ima_entry *e)
{
	const uint8_t *p = rec->data, *end = rec->data + rec->data_len;
	const char *format = rec->name, *error;
	size_t left = rec->name_len, id_len;

	for (unsigned int i = 0; left; i++) {
		const char *bar = memchr(format, '|', left);

		id_len = bar ? (size_t)(bar - format) : left;
		if (i == TEMPLATE_FIELDS_MAX || id_len == 0)
			return "the template's format is not one";
		error = take_field(e, find_field(format, id_len), &p, end);
		if (error)
			return error;
		format += id_len + !!bar;
		left -= id_len + !!bar;
	}
	return p == end ? NULL : trailing;
}

static const char *parse_fields(const struct ima_record *rec, struct ima_entry *e)
{
	const struct builtin *b = find_builtin(rec);

	return b ? parse_builtin(b, rec, e) : parse_format(rec, e);
}

/* «ima»: digest[20], u32 len, name[len], and no NUL; record_parse() saw to the lengths. */
static const char *parse_bare(const struct ima_record *rec, struct ima_entry *e)
{
	const uint8_t *name = rec->data + IMA_TEMPLATE_HASH_SIZE + sizeof(uint32_t);
	const char *error = parse_d(e, rec->data, IMA_TEMPLATE_HASH_SIZE);

	if (error)
		return error;
	return set_path(e, name, rec->data_len - (uint32_t)(name - rec->data));
}

int template_parse(const struct ima_record *rec, struct ima_entry *out, const char **reason)
{
	const char *error;

	memset(out, 0, sizeof(*out));
	out->violation = rec->violation;
	error = rec->bare ? parse_bare(rec, out) : parse_fields(rec, out);
	if (!error && (!out->digest || !out->path)) {
		out->unknown = out->unknown_fields > 0;
		error = "the template has no field for the digest or for the name";
	}
	if (error) {
		*reason = error;
		return -1;
	}
	out->is_buffer = out->buf.len > 0;
	return 0;
}
