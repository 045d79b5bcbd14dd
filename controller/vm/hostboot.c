/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/hostboot.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/bootid.h"
#include "common/log.h"
#include "vm/vm.h"

#define PATH_SIZE 4096

static bool is_known(const char *path, const char *now)
{
	char last[BOOTID_SIZE] = "";
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	if (!fgets(last, sizeof(last), f))
		last[0] = '\0';
	fclose(f);
	return now[0] && !strcmp(last, now);
}

static void forget_domain(struct vm *vm)
{
	vm->row.domid = -1;
	vm->row.kept = false;
	vm->row.paused_by_us = vm->row.paused_before = false;
	vm->pause_doubtful = false;
	host_save(vm, "host-boot", "lazaretd", NULL);
}

/* Written when all is forgotten: a crash before that does it again. */
static void remember(const char *path, const char *now)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(now, f) < 0 || fclose(f))
		log_warn("%s", path);
}

void hostboot_check(struct host *host)
{
	char now[BOOTID_SIZE], path[PATH_SIZE];
	struct vm *vm;

	snprintf(path, sizeof(path), "%s/host-boot", host->conf->state_dir);
	bootid_get(now);
	if (is_known(path, now))
		return;
	LIST_FOREACH (vm, &host->vms, entry)
		forget_domain(vm);
	remember(path, now);
}
