/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/account.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>

#include "common/log.h"
#include "vm/vm.h"

#define TRIES_MAX 4096 /* beyond that, somebody else uses the range */

/* FNV-1a (Fowler, Noll, Vo), 32 bits: spreads VMs over the range, the same way each time. */
static uint32_t spread(const char *uuid)
{
	uint32_t hash = 2166136261u;

	for (; *uuid; uuid++)
		hash = (hash ^ (uint8_t)*uuid) * 16777619u;
	return hash;
}

/* Another VM's, or that of an account or group that should not be in the range. */
static bool is_taken(const struct host *host, uid_t uid)
{
	const struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		if (vm->uid == uid)
			return true;
	return getpwuid(uid) || getgrgid(uid);
}

/* Return: the number, or 0. */
static uid_t find_free(const struct vm *vm, const struct conf_uids *range)
{
	uint64_t size = (uint64_t)range->last - range->first + 1;
	uint64_t at = spread(vm->row.uuid) % size;

	for (uint64_t i = 0; i < size && i < TRIES_MAX; i++) {
		uid_t uid = range->first + (uid_t)((at + i) % size);

		if (!is_taken(vm->host, uid))
			return uid;
	}
	return 0;
}

bool account_of(struct vm *vm, struct account *out)
{
	const struct conf_uids *range = &vm->host->vm_uids;

	*out = (struct account){.uid = vm->host->child_uid, .gid = vm->host->child_gid};
	if (!range->last)
		return true;
	if (!vm->uid)
		vm->uid = find_free(vm, range);
	*out = (struct account){.uid = vm->uid, .gid = vm->uid};
	if (!vm->uid)
		log_warnx("%s: " ACCOUNT_NONE, vm->row.name);
	return vm->uid;
}

bool account_args(struct vm *vm, char uid[ACCOUNT_TEXT], char gid[ACCOUNT_TEXT])
{
	struct account account;
	bool ok = account_of(vm, &account);

	snprintf(uid, ACCOUNT_TEXT, "%u", (unsigned int)account.uid);
	snprintf(gid, ACCOUNT_TEXT, "%u", (unsigned int)account.gid);
	return ok;
}
