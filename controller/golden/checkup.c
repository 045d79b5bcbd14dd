/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/checkup.h"

#include <string.h>

#include "golden/policy.h"

static bool is_good(const struct conf_vm *vm, FILE *errors)
{
	const char *path = conf_vm_golden(vm);
	struct policy *p = path ? policy_load(vm->policy, vm->pack, errors) : NULL;
	bool good = !path || p;

	policy_free(p);
	return good;
}

/* Most VMs have what [defaults] or one before them has: that is told of once. */
static bool is_new(const struct conf *conf, size_t n)
{
	const char *path = conf_vm_golden(&conf->vms[n]), *other = conf_vm_golden(&conf->defaults);

	if (!path || (other && !strcmp(path, other)))
		return false;
	for (size_t i = 0; i < n; i++) {
		other = conf_vm_golden(&conf->vms[i]);
		if (other && !strcmp(path, other))
			return false;
	}
	return true;
}

bool checkup(const struct conf *conf, FILE *errors)
{
	bool good = is_good(&conf->defaults, errors);

	for (size_t i = 0; i < conf->vm_count; i++)
		if (is_new(conf, i) && !is_good(&conf->vms[i], errors))
			good = false;
	return good;
}
