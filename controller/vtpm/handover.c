/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/handover.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/timefmt.h"
#include "vm/vm.h"
#include "vtpm/ending.h"
#include "vtpm/mark.h"

#define PATH_SIZE 4300
#define UUID_LEN  36

static bool in_use(const struct vm *vm)
{
	return vm->domid >= 0 || vm->vtpm || ending_of(vm->row.uuid);
}

static void name_folder(const struct host *host, const char *uuid, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/vtpm/%s", host->conf->state_dir, uuid);
}

static bool has_tpm(const char *folder)
{
	char path[PATH_SIZE + 8];

	snprintf(path, sizeof(path), "%s/ek.crt", folder);
	return access(path, F_OK) == 0;
}

json_t *handover_out(struct vm *vm, const char *who, const char **why)
{
	char folder[PATH_SIZE], when[TIMEFMT_SIZE];

	name_folder(vm->host, vm->row.uuid, folder);
	*why = "it has no TPM here";
	if (!has_tpm(folder))
		return NULL;
	*why = "it runs, or its TPM is about to end: stop it first";
	if (in_use(vm))
		return NULL;
	*why = "the journal, or its folder, can't be written";
	if (host_save(vm, "tpm-moved", who, NULL) < 0 ||
	    mark_set(folder, MARK_MOVED, time_format(when, time_now_ns())) < 0)
		return NULL;
	return json_pack("{s:b,s:s,s:s,s:O?}", "ok", 1, "uuid", vm->row.uuid, "name", vm->row.name,
			 "tpm", vm->row.tpm);
}

static bool makes_sense(const json_t *moved)
{
	const char *uuid = json_string_value(json_object_get(moved, "uuid"));
	const char *name = json_string_value(json_object_get(moved, "name"));
	const json_t *tpm = json_object_get(moved, "tpm");

	return uuid && strlen(uuid) == UUID_LEN && strspn(uuid, "0123456789abcdef-") == UUID_LEN &&
	       name && strlen(name) < sizeof(((struct store_vm *)0)->name) &&
	       (!tpm || json_is_null(tpm) || json_is_array(json_object_get(tpm, "starts")));
}

int handover_in(struct host *host, const char *who, const json_t *moved, const char **why)
{
	char folder[PATH_SIZE], text[MARK_SIZE];
	json_t *tpm = json_object_get(moved, "tpm"), *old;
	struct vm *vm;

	*why = "this is no TPM that «vtpm export» wrote";
	if (!makes_sense(moved))
		return -1;
	vm = vm_get(host, json_string_value(json_object_get(moved, "uuid")));
	name_folder(host, vm->row.uuid, folder);
	*why = "it runs, or its TPM is about to end: stop it first";
	if (in_use(vm))
		return -1;
	*why = "this host has a TPM for this VM already: «lazaretctl vtpm remove» ends that one";
	if (has_tpm(folder) && !mark_get(folder, MARK_MOVED, text))
		return -1;
	if (!vm->row.name[0])
		snprintf(vm->row.name, sizeof(vm->row.name), "%s",
			 json_string_value(json_object_get(moved, "name")));
	old = vm->row.tpm;
	vm->row.tpm = json_is_object(tpm) ? json_deep_copy(tpm) : NULL;
	*why = "the journal can't be written";
	if (host_save(vm, "tpm-came", who, NULL) < 0) {
		json_decref(vm->row.tpm);
		vm->row.tpm = old;
		return -1;
	}
	json_decref(old);
	return 0;
}
