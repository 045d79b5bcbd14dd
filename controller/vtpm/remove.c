/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/remove.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "attest/attest.h"
#include "common/log.h"
#include "vm/vm.h"
#include "vtpm/ending.h"

#define PATH_SIZE 4200
#define FILES_MAX 8 /* that are open at a time */

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	if (remove(path) == 0)
		return 0;
	log_warn("%s", path);
	return -1;
}

int vtpm_remove_folder(const char *path)
{
	return access(path, F_OK) < 0 ? 0 : nftw(path, remove_one, FILES_MAX, FTW_DEPTH | FTW_PHYS);
}

static int remove_files(const struct vm *vm)
{
	char path[PATH_SIZE];

	attest_spool_path(vm, path, sizeof(path));
	if (unlink(path) < 0 && errno != ENOENT)
		return -1;
	snprintf(path, sizeof(path), "%s/vtpm/%s", vm->host->conf->state_dir, vm->row.uuid);
	return vtpm_remove_folder(path);
}

static int forget(struct vm *vm, const char *who)
{
	json_t *known = vm->row.tpm;

	vm->row.tpm = NULL;
	if (host_save(vm, "tpm-removed", who, NULL) < 0) {
		vm->row.tpm = known;
		return -1;
	}
	json_decref(known);
	return 0;
}

/* First the record: files that nobody knows of any more do no harm, but a VM without them does. */
int vtpm_remove(struct vm *vm, const char *who, const char **why)
{
	*why = "it runs, or its TPM is about to end: stop it first";
	if (vm->domid >= 0 || vm->vtpm || ending_of(vm->row.uuid))
		return -1;
	*why = "the journal can't be written";
	if (forget(vm, who) < 0)
		return -1;
	*why = "not all files could be removed: see the log";
	return remove_files(vm) == 0 ? 0 : -1;
}
