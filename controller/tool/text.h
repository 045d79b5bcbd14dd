/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text on its way to a terminal. What the daemon tells holds names that guests have chosen. */
#ifndef LAZARET_TOOL_TEXT_H
#define LAZARET_TOOL_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum text_colour { TEXT_PLAIN, TEXT_GOOD, TEXT_WARN, TEXT_BAD, TEXT_DIM, TEXT_BOLD };

/* Looks at locale, NO_COLOR, TERM and whether stdout is a terminal. Before: ASCII, no colours. */
void text_init(void);

/* For tests: what text_init() would find out. */
void text_force(bool utf8, bool colours);

/**
 * text_safe() - make a text harmless to show
 * @untrusted_text: NUL-terminated, any bytes; NULL: as «-»
 *
 * Control characters (C0, DEL, C1), bytes that are not UTF-8, and characters that change what their
 * neighbours look like (bidirectional controls, zero width, line separators) come out as \xNN for
 * each byte; so does everything outside ASCII where the locale is not UTF-8, but for the quotation
 * marks and dashes of our own texts, which become ASCII.
 *
 * Return: to be freed; the program ends without memory.
 */
char *text_safe(const char *untrusted_text);

/* Columns that a text_safe() text takes, at one for each character. */
size_t text_columns(const char *safe);

/* Escape sequences around a coloured text; "" without colours. */
const char *text_on(enum text_colour colour);
const char *text_off(enum text_colour colour);

/* The colour that goes with the name of a VM's state. */
enum text_colour text_state_colour(const char *state);

/* A member of @object as text, borrowed; NULL if it is not there or no text. */
const char *text_of(const json_t *object, const char *key);

#endif
