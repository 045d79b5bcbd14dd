/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/spec.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/bootid.h"
#include "vm/vm.h"

void spec_generation(char *out, size_t size, uint32_t domid)
{
	char boot[BOOTID_SIZE];

	bootid_get(boot);
	snprintf(out, size, "%s/%" PRIu32, boot, domid);
}

static bool fits(char *out, size_t size, const char *text)
{
	return snprintf(out, size, "%s", text) < (int)size;
}

static bool fill_places(struct ipc_tpm_spec *spec, const struct conf *conf)
{
	snprintf(spec->state_dir, sizeof(spec->state_dir), "%s/vtpm", conf->state_dir);
	snprintf(spec->ca_dir, sizeof(spec->ca_dir), "%s/ca", conf->state_dir);
	return fits(spec->chroot_dir, sizeof(spec->chroot_dir), conf->chroot_dir);
}

int spec_fill(struct ipc_tpm_spec *spec, const struct vm *vm, const struct account *account,
	      uint32_t domid, const json_t *config)
{
	const struct host *host = vm->host;
	struct ts_boot boot;

	ts_config_boot(config, &boot);
	ts_config_text(config, spec->config, sizeof(spec->config));
	ts_hypervisor(host->ts, spec->hypervisor, sizeof(spec->hypervisor));
	spec_generation(spec->generation, sizeof(spec->generation), domid);
	spec->domid = domid;
	spec->uid = account->uid;
	spec->gid = account->gid;
	/* A boot loader in dom0 leaves no kernel to be found afterwards. */
	spec->measure = boot.kernel[0] != '\0';
	return fits(spec->uuid, sizeof(spec->uuid), vm->row.uuid) &&
			       fill_places(spec, host->conf) &&
			       fits(spec->kernel, sizeof(spec->kernel), boot.kernel) &&
			       fits(spec->ramdisk, sizeof(spec->ramdisk), boot.ramdisk) &&
			       fits(spec->cmdline, sizeof(spec->cmdline), boot.cmdline)
		       ? 0
		       : -1;
}
