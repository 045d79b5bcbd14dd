/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/places.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "golden/pattern.h"

/* Where a Debian system looks for what to start, to load or to let in, executable or not. */
static const char *const starts[] = {
	"/boot/**",
	"/etc/ld.so.preload",
	"/etc/ld.so.conf*",
	"/etc/ld.so.conf.d/**",
	"/etc/cron*/**",
	"/etc/crontab",
	"/etc/anacrontab",
	"/var/spool/cron/**",
	"/etc/systemd/**",
	"/etc/init.d/**",
	"/etc/rc*",
	"/etc/rc*.d/**",
	"/etc/inittab",
	"/etc/fstab",
	"/etc/profile",
	"/etc/profile.d/**",
	"/etc/environment",
	"/etc/bash.bashrc",
	"/etc/pam.d/**",
	"/etc/sudoers*",
	"/etc/sudoers.d/**",
	"/etc/ssh/sshd_config*",
	"/etc/ssh/sshd_config.d/**",
	"/etc/apt/apt.conf.d/**",
	"/etc/network/**",
	"/etc/modprobe.d/**",
	"/etc/modules-load.d/**",
	"/etc/udev/rules.d/**",
	"/**/.ssh/authorized_keys*",
	"/**/.bashrc",
	"/**/.profile",
	"/**/.bash_profile",
	"/**/.config/systemd/**",
	"/**/.config/autostart/**",
	"/usr/lib/modules/**.ko*",
	"/usr/lib/systemd/**",
	"/usr/lib/udev/rules.d/**",
	"/usr/lib/**.service",
	"/usr/lib/**.so*",
	"/usr/lib/**.pth",
};

/* Links with these names lead to such places. */
static const char *const leads[] = {"/**/.ssh", "/etc/cron*", "/etc/systemd", "/etc/pam.d"};

/* Folders whose files a system changes by itself. */
static const char *const changing[] = {"/etc/**", "/var/**"};

static bool is_in(const char *const *patterns, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (pattern_match(patterns[i], path, (uint32_t)strlen(path)))
			return true;
	return false;
}

#define IS_IN(patterns, path) is_in(patterns, sizeof(patterns) / sizeof((patterns)[0]), path)

bool places_starts(const char *path)
{
	return IS_IN(starts, path);
}

bool places_leads(const char *path)
{
	return IS_IN(leads, path);
}

bool places_changes(const char *path)
{
	return IS_IN(changing, path);
}
