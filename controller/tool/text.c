// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/text.h"
#include "tool/tool.h"

static bool show_utf8;
static bool show_colours;

static const struct {
	uint32_t first, last;
} deceptive[] = {
	{0x7f, 0x9f}, /* DEL and C1 */
	{0xad, 0xad}, /* soft hyphen */
	{0x61c, 0x61c}, /* Arabic letter mark */
	{0x180e, 0x180e}, /* Mongolian vowel separator */
	{0x200b, 0x200f}, /* zero width, direction marks */
	{0x2028, 0x202e}, /* separators, embeddings, overrides */
	{0x2060, 0x206f}, /* word joiner, isolates */
	{0xfeff, 0xfeff}, /* byte order mark */
	{0xfff9, 0xfffb}, /* annotations */
	{0xe0000, 0xe0fff}, /* tags */
};

void text_init(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	setlocale(LC_CTYPE, "");
	text_force(!strcmp(nl_langinfo(CODESET), "UTF-8"),
		   isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term &&
			   strcmp(term, "dumb") != 0);
}

void text_force(bool utf8, bool colours)
{
	show_utf8 = utf8;
	show_colours = colours;
}

/* What our own texts use, for locales that do not have it. */
static const struct {
	uint32_t value;
	const char *ascii;
} plain[] = {
	{0xab, "\""}, {0xbb, "\""}, {0x2013, "-"}, {0x2026, "..."}, {0x2192, "->"},
};

static const char *in_ascii(uint32_t value)
{
	for (size_t i = 0; !show_utf8 && i < sizeof(plain) / sizeof(*plain); i++)
		if (plain[i].value == value)
			return plain[i].ascii;
	return NULL;
}

/* Bytes of the UTF-8 character at @text and its value; 0 if there is none. RFC 3629, 4. */
static size_t decode(const unsigned char *text, uint32_t *value)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = text[0] < 0x80		? 1
		     : (text[0] & 0xe0) == 0xc0 ? 2
		     : (text[0] & 0xf0) == 0xe0 ? 3
		     : (text[0] & 0xf8) == 0xf0 ? 4
						: 0;

	if (len < 2) {
		*value = text[0];
		return len;
	}
	*value = text[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80) /* also at the NUL */
			return 0;
		*value = *value << 6 | (text[i] & 0x3f);
	}
	if (*value < least[len] || *value > 0x10ffff || (*value >= 0xd800 && *value <= 0xdfff))
		return 0;
	return len;
}

static bool is_harmless(uint32_t value)
{
	if (value < 0x20 || (value > 0x7e && !show_utf8))
		return false;
	for (size_t i = 0; i < sizeof(deceptive) / sizeof(*deceptive); i++)
		if (value >= deceptive[i].first && value <= deceptive[i].last)
			return false;
	return true;
}

char *text_safe(const char *untrusted_text)
{
	const unsigned char *in = (const unsigned char *)(untrusted_text ? untrusted_text : "-");
	char *safe = malloc(4 * strlen((const char *)in) + 1), *out = safe;

	if (!safe)
		errx(TOOL_FAILED, "no memory");
	while (*in) {
		uint32_t value;
		size_t len = decode(in, &value);
		const char *ascii = len ? in_ascii(value) : NULL;

		if (ascii) {
			out = stpcpy(out, ascii);
		} else if (len && is_harmless(value)) {
			memcpy(out, in, len);
			out += len;
		} else {
			len = len ? len : 1;
			for (size_t i = 0; i < len; i++)
				out += sprintf(out, "\\x%02x", in[i]);
		}
		in += len;
	}
	*out = '\0';
	return safe;
}

size_t text_columns(const char *safe)
{
	size_t columns = 0;

	for (; *safe; safe++)
		columns += (*safe & 0xc0) != 0x80;
	return columns;
}

const char *text_on(enum text_colour colour)
{
	static const char *const on[] = {
		[TEXT_PLAIN] = "",	   [TEXT_GOOD] = "\033[32m", [TEXT_WARN] = "\033[33m",
		[TEXT_BAD] = "\033[1;31m", [TEXT_DIM] = "\033[2m",   [TEXT_BOLD] = "\033[1m",
	};

	return show_colours ? on[colour] : "";
}

const char *text_off(enum text_colour colour)
{
	return show_colours && colour != TEXT_PLAIN ? "\033[0m" : "";
}

enum text_colour text_state_colour(const char *state)
{
	static const struct {
		const char *state;
		enum text_colour colour;
	} colours[] = {
		{"trusted", TEXT_GOOD},	   {"danger", TEXT_BAD},  {"curing", TEXT_WARN},
		{"probation", TEXT_WARN},  {"stale", TEXT_WARN},  {"held", TEXT_WARN},
		{"attesting", TEXT_PLAIN}, {"unknown", TEXT_DIM},
	};

	for (size_t i = 0; state && i < sizeof(colours) / sizeof(*colours); i++)
		if (!strcmp(colours[i].state, state))
			return colours[i].colour;
	return TEXT_PLAIN;
}

const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}
