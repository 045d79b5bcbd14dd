/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/named.h"

#include <stdio.h>
#include <string.h>

#include "common/inifile.h"
#include "golden/packline.h"

struct named {
	void (*each)(void *arg, const char *path);
	void *arg;
	char section; /* its first letter: p of packs, s of signers */
};

static void on_section(void *arg, char *name)
{
	struct named *n = arg;

	n->section = name && (!strcmp(name, "packs") || !strcmp(name, "signers")) ? name[0] : 0;
}

static void tell(const struct named *n, const char *path)
{
	if (path[0] == '/')
		n->each(n->arg, path);
}

static void on_value(void *arg, const char *key, const char *value)
{
	const struct named *n = arg;
	struct packline line;

	if (n->section == 's' || (n->section == 'p' && !strcmp(key, "signer")))
		tell(n, value);
	else if (n->section == 'p' && !packline_parse(&line, value))
		tell(n, line.path);
}

int named_each(const char *policy, void (*each)(void *arg, const char *path), void *arg)
{
	struct named n = {.each = each, .arg = arg};
	FILE *file = fopen(policy, "re"), *nowhere = fopen("/dev/null", "we");
	struct inifile ini = {.path = policy,
			      .section = on_section,
			      .value = on_value,
			      .arg = &n,
			      .errors = nowhere};
	int rc = file && nowhere ? 0 : -1;

	if (!rc)
		inifile_read(&ini, file);
	if (file)
		fclose(file);
	if (nowhere)
		fclose(nowhere);
	return rc;
}
