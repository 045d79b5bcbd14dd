/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "toolbed.h"

char toolbed_output[65536];

int toolbed_run(int (*command)(const struct args *), struct args args, const char *first,
		const char *second)
{
	const char *operands[] = {first, second, NULL};
	int saved = dup(STDOUT_FILENO), status;
	FILE *file = tmpfile();
	size_t len;

	args.operand = (char **)operands;
	args.operands = !first ? 0 : !second ? 1 : 2;
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	status = command(&args);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	len = fread(toolbed_output, 1, sizeof(toolbed_output) - 1, file);
	toolbed_output[len] = '\0';
	fclose(file);
	return status;
}

void toolbed_shows(const char *part)
{
	if (!strstr(toolbed_output, part))
		fail_msg("«%s» is not in «%s»", part, toolbed_output);
}
