/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be read from a domain's configuration as libxl writes it: see ts_config(). */
#include <stdio.h>
#include <string.h>

#include "acm/toolstack.h"

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static const json_t *disks_of(const json_t *config)
{
	return json_object_get(json_object_get(config, "config"), "disks");
}

const char *ts_config_disk(const json_t *config, const char *vdev)
{
	const json_t *disk;
	size_t i;

	json_array_foreach (disks_of(config), i, disk)
		if (!strcmp(string_of(disk, "vdev"), vdev) &&
		    !strcmp(string_of(disk, "format"), "raw"))
			return json_string_value(json_object_get(disk, "pdev_path"));
	return NULL;
}

void ts_config_boot(const json_t *config, struct ts_boot *out)
{
	const json_t *whole = json_object_get(config, "config");
	const json_t *build = json_object_get(whole, "b_info");

	out->type = string_of(json_object_get(whole, "c_info"), "type");
	out->kernel = string_of(build, "kernel");
	out->ramdisk = string_of(build, "ramdisk");
	out->cmdline = string_of(build, "cmdline");
}

/* Labels and network cards are left out: dom0 takes them away and gives them back all the time. */
void ts_config_text(const json_t *config, char *out, size_t size)
{
	const json_t *whole = json_object_get(config, "config"), *disk;
	struct ts_boot boot;
	size_t i, used;

	ts_config_boot(config, &boot);
	snprintf(out, size, "type=%s pci=%zu", boot.type,
		 json_array_size(json_object_get(whole, "pcidevs")));
	json_array_foreach (disks_of(config), i, disk) {
		used = strlen(out);
		snprintf(out + used, size - used, " disk=%s:%s", string_of(disk, "vdev"),
			 json_integer_value(json_object_get(disk, "readwrite")) ? "rw" : "ro");
	}
}
