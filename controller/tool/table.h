/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aligned columns. */
#ifndef LAZARET_TOOL_TABLE_H
#define LAZARET_TOOL_TABLE_H

#include <stdio.h>

#include "tool/text.h"

struct table;

struct column {
	const char *head;
	bool right; /* numbers */
};

/**
 * table_new() - an empty table
 * @columns:	@count of them; must outlive the table
 *
 * Return: to be given to table_print(); the program ends without memory.
 */
struct table *table_new(const struct column *columns, size_t count);

/* Fills the next cell, row after row. @untrusted_text is made safe; NULL is shown as «-». */
void table_add(struct table *table, enum text_colour colour, const char *untrusted_text);
void table_add_number(struct table *table, enum text_colour colour, long long number);

/* Writes head and rows, @indent columns from the left, and frees the table. */
void table_print(struct table *table, unsigned int indent, FILE *out);

#endif
