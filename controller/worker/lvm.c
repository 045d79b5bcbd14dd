/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All by LVM's own program. Its settings are given with each command: they say that nothing but this
 * disk is looked at, that there is neither udev nor a daemon, and that nothing is repaired.
 */
#include "worker/lvm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "worker/program.h"

#define SETTINGS                                                                       \
	"devices { global_filter=[\"a#%s#\", \"r#.*#\"] dir=\"/dev\" scan=[\"/dev\"] " \
	"use_devicesfile=0 obtain_device_list_from_udev=0 hints=\"none\" } "           \
	"global { metadata_read_only=1 locking_dir=\"/run/lvm-lock\" use_lvmlockd=0 "  \
	"use_lvmpolld=0 thin_check_executable=\"\" cache_check_executable=\"\" } "     \
	"activation { udev_sync=0 udev_rules=0 monitoring=0 } "                        \
	"backup { backup=0 archive=0 }"
#define SETTINGS_SIZE 1024
#define MAPPED	      "/dev/mapper/"

static const char *text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

static void settle(char out[SETTINGS_SIZE], const char *filter)
{
	snprintf(out, SETTINGS_SIZE, SETTINGS, filter);
}

/*
 * @what: lvs or pvs; @key: what a row is called in its report; @rows: an array, a new reference, or NULL.
 * Return: 0; -1 if these may not be all.
 */
static int report(const char *filter, const char *what, const char *key, const char *columns,
		  json_t **rows)
{
	char settings[SETTINGS_SIZE];
	const char *argv[] = {"lvm",  what, "--config", settings, "--reportformat",
			      "json", "-o", columns,	NULL};
	json_t *all;
	int rc;

	settle(settings, filter);
	rc = program_json(argv, &all);
	*rows = json_incref(
		json_object_get(json_array_get(json_object_get(all, "report"), 0), key));
	json_decref(all);
	return *rows ? rc : -1;
}

/* Of some volumes it may fail: what is there afterwards tells. */
static int change(const char *filter, const char *how)
{
	char settings[SETTINGS_SIZE];
	const char *argv[] = {"lvm",	 "vgchange", "--config",
			      settings,	 how,	     "--ignoreactivationskip",
			      "--quiet", NULL};

	settle(settings, filter);
	return program_run(argv);
}

static bool is_same_device(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_rdev == y.st_rdev;
}

/* Does LVM take it for a part of a volume group? */
static bool is_used(const json_t *rows, const struct volume *physical)
{
	size_t i;
	json_t *row;

	json_array_foreach (rows, i, row)
		if (*text_of(row, "vg_name") &&
		    is_same_device(text_of(row, "pv_name"), physical->device))
			return true;
	return false;
}

/* Return: how many were told of. */
static size_t tell_unused(const char *filter, const struct volume *const *physical, size_t n,
			  struct unread *unread)
{
	size_t told = 0;
	json_t *rows;

	report(filter, "pvs", "pv", "pv_name,vg_name", &rows);
	for (size_t i = 0; i < n; i++)
		if (!is_used(rows, physical[i])) {
			unread_tell(unread, physical[i]->name,
				    "a physical volume of LVM that is of no volume group that can "
				    "be read");
			told++;
		}
	json_decref(rows);
	return told;
}

static bool is_block(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode);
}

/* One folder is all that such a name may be in: another system wrote it. */
static bool is_mapped(const char *untrusted_path)
{
	size_t len = strlen(MAPPED);

	return !strncmp(untrusted_path, MAPPED, len) && !strchr(untrusted_path + len, '/') &&
	       is_block(untrusted_path);
}

/* A row of lvs. Return: is it readable? */
static bool take(const json_t *row, struct volume *out, struct unread *unread)
{
	const char *untrusted_path = text_of(row, "lv_dm_path");
	char reason[VOLUME_TEXT];

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", untrusted_path);
	snprintf(out->device, sizeof(out->device), "%s", untrusted_path);
	if (!strcmp(text_of(row, "lv_active"), "active") && is_mapped(out->device))
		return true;
	snprintf(reason, sizeof(reason), "a logical volume (%.100s) that can't be activated here",
		 text_of(row, "lv_layout"));
	unread_tell(unread, *out->name ? out->name : MAPPED, reason);
	return false;
}

/* Return: how many there are; -1 with errno. */
static int take_all(const json_t *rows, struct volume *list, size_t room, struct unread *unread)
{
	json_t *row;
	size_t i, n = 0;

	json_array_foreach (rows, i, row) {
		if (n == room) {
			errno = E2BIG;
			return -1;
		}
		n += take(row, &list[n], unread);
	}
	return (int)n;
}

int lvm_activate(const char *filter, const struct volume *const *physical, size_t n,
		 struct volume *list, size_t room, struct unread *unread)
{
	json_t *rows;
	size_t told;
	int found;

	if (!n)
		return 0;
	change(filter, "-ay");
	told = tell_unused(filter, physical, n, unread);
	if (report(filter, "lvs", "lv", "lv_dm_path,lv_active,lv_layout", &rows) < 0 && !told)
		unread_tell(unread, physical[0]->name,
			    "LVM can't list all logical volumes of its volume group");
	found = take_all(rows, list, room, unread);
	json_decref(rows);
	return found;
}

int lvm_deactivate(const char *filter)
{
	return change(filter, "-an");
}
