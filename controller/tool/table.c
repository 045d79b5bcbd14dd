// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "tool/table.h"
#include "tool/tool.h"

#define GAP 2 /* blanks between columns */

struct cell {
	char *text;
	enum text_colour colour;
};

struct table {
	const struct column *columns;
	size_t column_count;
	struct cell *cells; /* the head first, then row after row */
	size_t cell_count;
};

static void add_cell(struct table *table, enum text_colour colour, const char *untrusted_text)
{
	table->cells = reallocarray(table->cells, table->cell_count + 1, sizeof(*table->cells));
	if (!table->cells)
		errx(TOOL_FAILED, "no memory");
	table->cells[table->cell_count++] =
		(struct cell){.text = text_safe(untrusted_text), .colour = colour};
}

struct table *table_new(const struct column *columns, size_t count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		errx(TOOL_FAILED, "no memory");
	table->columns = columns;
	table->column_count = count;
	for (size_t i = 0; i < count; i++)
		add_cell(table, TEXT_BOLD, columns[i].head);
	return table;
}

void table_add(struct table *table, enum text_colour colour, const char *untrusted_text)
{
	add_cell(table, colour, untrusted_text);
}

void table_add_number(struct table *table, enum text_colour colour, long long number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", number);
	add_cell(table, colour, text);
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->cell_count; i += table->column_count) {
		size_t columns = text_columns(table->cells[i].text);

		width = columns > width ? columns : width;
	}
	return width;
}

static void print_cell(const struct table *table, size_t at, FILE *out)
{
	size_t column = at % table->column_count;
	const struct cell *cell = &table->cells[at];
	bool last = column == table->column_count - 1;
	int pad = column_width(table, column) - text_columns(cell->text);
	bool right = table->columns[column].right;

	fprintf(out, "%*s%s%s%s%*s", right ? pad : 0, "", text_on(cell->colour), cell->text,
		text_off(cell->colour), last || right ? 0 : pad, "");
	fprintf(out, "%*s", last ? 0 : GAP, "");
}

void table_print(struct table *table, unsigned int indent, FILE *out)
{
	for (size_t i = 0; i < table->cell_count; i++) {
		if (i % table->column_count == 0)
			fprintf(out, "%*s", (int)indent, "");
		print_cell(table, i, out);
		if (i % table->column_count == table->column_count - 1)
			fputc('\n', out);
	}
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i].text);
	free(table->cells);
	free(table);
}
