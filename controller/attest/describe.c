/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"

/* Bytes of a path that are shown; the rest becomes "...". */
#define PATH_SHOWN 160

/* A line being written; what does not fit is cut. */
struct line {
	char *text;
	size_t len;
};

static void add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->len, FINDING_TEXT_MAX - l->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len += (size_t)n;
	if (l->len >= FINDING_TEXT_MAX)
		l->len = FINDING_TEXT_MAX - 1;
}

/* Nothing that a terminal or a log would act on gets through. */
static void add_path(struct line *l, const char *untrusted_path, uint32_t len)
{
	uint32_t shown = len > PATH_SHOWN ? PATH_SHOWN : len;

	for (uint32_t i = 0; i < shown; i++) {
		unsigned char c = (unsigned char)untrusted_path[i];

		if (c > ' ' && c <= '~' && c != '\\')
			add(l, "%c", c);
		else
			add(l, "\\x%02x", c);
	}
	if (shown < len)
		add(l, "...");
}

static void add_digest(struct line *l, const char *alg, int alg_len, const uint8_t *digest,
		       uint32_t len)
{
	char hex[2 * ALG_DIGEST_MAX + 1];

	hex_encode(hex, digest, len);
	add(l, "%.*s:%s", alg_len, alg, hex);
}

void finding_expected_version(const struct finding *f, char *out)
{
	*out = '\0';
	if (f->expected_pack && f->class != FINDING_GOOD)
		pack_tell_origin(f->expected_pack, f->expected_origin, out);
}

void finding_known_version(const struct finding *f, char *out)
{
	static const char *const kinds[SHELF_KINDS] = {
		[SHELF_GOLDEN] = "", [SHELF_RETIRED] = " (retired)", [SHELF_DENIED] = " (denied)"};

	*out = '\0';
	if (!f->known_pack || f->class == FINDING_GOOD)
		return;
	pack_tell_origin(f->known_pack, f->known_origin, out);
	strcat(out, kinds[f->known_kind]);
}

void finding_describe(const struct finding *f, char *out)
{
	struct line l = {.text = out};
	char version[FINDING_VERSION_MAX];

	add(&l, "%s: record %llu", finding_class_name(f->class), (unsigned long long)f->index);
	if (f->path) {
		add(&l, " ");
		add_path(&l, f->path, f->path_len);
	}
	if (f->found) {
		add(&l, " found ");
		add_digest(&l, f->alg, (int)f->alg_len, f->found, f->found_len);
	}
	finding_known_version(f, version);
	if (*version)
		add(&l, " known as %s", version);
	if (f->nearest) {
		add(&l, " which belongs to ");
		add_path(&l, f->nearest, f->nearest_len);
	}
	if (f->expected && f->class != FINDING_GOOD) {
		add(&l, " expected ");
		add_digest(&l, f->expected_alg->name, (int)strlen(f->expected_alg->name),
			   f->expected, f->expected_alg->size);
	}
	finding_expected_version(f, version);
	if (*version)
		add(&l, " of %s", version);
	add(&l, ": %s", f->reason);
}
