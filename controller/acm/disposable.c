/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains of our own that nobody else has configured. */
#include <string.h>

#include "acm/libxl_ctx.h"

bool ts_pvh(struct ts *ts)
{
	libxl_physinfo info;
	bool can;

	libxl_physinfo_init(&info);
	can = libxl_get_physinfo(ts->ctx, &info) == 0 && info.cap_hvm;
	libxl_physinfo_dispose(&info);
	return can;
}

static json_t *disk_of(const struct ts_disposable_disk *d)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:i}", "pdev_path", d->path, "vdev", d->vdev, "backend",
			 "phy", "format", "raw", "readwrite", d->writable);
}

/* The names are those of libxl's own JSON (Xen: tools/libs/light/libxl_types.idl). */
json_t *ts_disposable(const struct ts_disposable *d)
{
	json_int_t kib = (json_int_t)d->memory << 10;
	json_t *disks = json_array(), *build;

	for (size_t i = 0; i < d->disk_count; i++)
		json_array_append_new(disks, disk_of(&d->disks[i]));
	build = json_pack("{s:i,s:[i],s:I,s:I,s:s,s:s,s:s,s:s}", "max_vcpus", 1, "avail_vcpus", 0,
			  "max_memkb", kib, "target_memkb", kib, "kernel", d->kernel, "ramdisk",
			  d->ramdisk, "cmdline", d->cmdline, "tsc_mode",
			  d->tsc_mode ? d->tsc_mode : "default");
	json_object_set_new(build, d->pv ? "type.pv" : "type.pvh", json_object());
	return json_pack("{s:{s:{s:s,s:s,s:s},s:o,s:o,s:s,s:s,s:s},s:[]}", "config", "c_info",
			 "type", d->pv ? "pv" : "pvh", "name", d->name, "uuid", d->uuid, "b_info",
			 build, "disks", disks, "on_poweroff", "destroy", "on_reboot", "destroy",
			 "on_crash", "destroy", "nics");
}

const char *ts_config_tsc(const json_t *config)
{
	const json_t *build = json_object_get(json_object_get(config, "config"), "b_info");

	return json_string_value(json_object_get(build, "tsc_mode"));
}

int ts_destroy_now(struct ts *ts, uint32_t domid)
{
	return libxl_domain_destroy(ts->ctx, domid, NULL) ? -1 : 0;
}
