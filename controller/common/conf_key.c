// SPDX-License-Identifier: GPL-2.0-or-later
/* What each key of the configuration takes, from the table at the end. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/conf_key.h"

#define NAME_BYTES_MAX	31 /* of a user or group, as useradd has it */
#define DISK_BYTES_MAX	15 /* of a virtual device */
#define UIDS_MIN	65536 /* below, numbers belong to accounts and services */
#define UIDS_MAX	2147483647 /* above, programs take them for negative */
#define LABEL_BYTES_MAX 127 /* of a FLASK context */

static const char *const yes_no[] = {"no", "yes", NULL};
static const char *const log_words[] = {"stderr", "syslog", NULL};
static const char *const go_stay[] = {"withdraw", "keep", NULL};
static const char *const cure_words[] = {"rollback", "repair", NULL};
static const char *const freeze_keep[] = {"freeze", "keep", NULL};
/* From LEVEL_WATCH on. */
static const char *const level_words[] = {"watch", "isolate", "freeze", "kill", NULL};

static bool refuse(char *error, const char *why, const char *text)
{
	snprintf(error, CONF_ERROR_MAX, "%s, not «%.60s»", why, text);
	return false;
}

static bool set_string(void *field, const char *text, char *error)
{
	char **string = field, *copy = strdup(text);

	if (!copy)
		return refuse(error, "no memory for the value", text);
	free(*string);
	*string = copy;
	return true;
}

static bool parse_path(const struct conf_key *key, const char *text, void *field, char *error)
{
	const char *up = strstr(text, "/..");

	(void)key;
	if (text[0] != '/' || !text[1])
		return refuse(error, "must be an absolute path", text);
	if (up && (up[3] == '/' || !up[3]))
		return refuse(error, "must be a path without «..»", text);
	if (strstr(text, " #") || strstr(text, "\t#"))
		return refuse(error,
			      "must be a path alone: «#» starts a comment only on its own line",
			      text);
	return set_string(field, text, error);
}

static bool parse_account(const struct conf_key *key, const char *text, void *field, char *error)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t len = strlen(text);

	if (!len || len > NAME_BYTES_MAX || !strchr(letters, text[0]) ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789-") != len)
		return refuse(error, "must be the name of an account", text);
	if (!strcmp(key->name, "user") && !strcmp(text, "root"))
		return refuse(error, "must be an account without privileges", text);
	return set_string(field, text, error);
}

static bool parse_label(const struct conf_key *key, const char *text, void *field, char *error)
{
	size_t len = strlen(text), colons = 0;
	bool empty = true;

	(void)key;
	for (size_t i = 0; i <= len; i++) {
		bool end = text[i] == ':' || !text[i];

		if (end ? empty : !isalnum((unsigned char)text[i]) && !strchr("_.", text[i]))
			break;
		colons += text[i] == ':';
		empty = end;
		if (!text[i] && colons == 2 && len <= LABEL_BYTES_MAX)
			return set_string(field, text, error);
	}
	return refuse(error, "must be a FLASK label, user:role:type", text);
}

static bool parse_disk(const struct conf_key *key, const char *text, void *field, char *error)
{
	size_t skip = !strncmp(text, "xvd", 3) ? 3 : !strncmp(text, "hd", 2) ? 2 : 0;
	size_t len = strlen(text), letters;

	(void)key;
	if (!skip && !strncmp(text, "sd", 2))
		skip = 2;
	letters = strspn(text + skip, "abcdefghijklmnopqrstuvwxyz");
	if (!skip || !letters || len > DISK_BYTES_MAX ||
	    skip + letters + strspn(text + skip + letters, "0123456789") != len)
		return refuse(error,
			      "must be a virtual disk as the guest's file names it, like xvda",
			      text);
	return set_string(field, text, error);
}

/* One or several of these, with blanks or commas between; stored with single blanks. */
static bool parse_disks(const struct conf_key *key, const char *text, void *field, char *error)
{
	char copy[CONF_DISKS_SIZE], out[CONF_DISKS_SIZE] = "", *save = NULL, *name = NULL;
	size_t used = 0;
	bool good = strlen(text) < sizeof(copy);

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *one = strtok_r(copy, " ,\t", &save); good && one;
	     one = strtok_r(NULL, " ,\t", &save)) {
		good = parse_disk(key, one, &name, error);
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", used ? " " : "",
					 one);
	}
	free(name);
	if (!good || !used)
		return refuse(error, "must be virtual disks, like «xvda xvdb»", text);
	return set_string(field, out, error);
}

/* @what: what the number counts, for the message. */
static bool parse_number(const struct conf_key *key, const char *text, unsigned int *field,
			 const char *what, char *error)
{
	unsigned long value;
	char why[80], *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (isdigit((unsigned char)text[0]) && !*end && !errno && value >= key->min &&
	    value <= key->max) {
		*field = (unsigned int)value;
		return true;
	}
	snprintf(why, sizeof(why), "must be %s from %u to %u", what, key->min, key->max);
	return refuse(error, why, text);
}

static bool parse_percent(const struct conf_key *key, const char *text, void *field, char *error)
{
	return parse_number(key, text, field, "per cent of one processor,", error);
}

static bool parse_seconds(const struct conf_key *key, const char *text, void *field, char *error)
{
	return parse_number(key, text, field, "a number of seconds", error);
}

static bool parse_mib(const struct conf_key *key, const char *text, void *field, char *error)
{
	return parse_number(key, text, field, "a number of MiB", error);
}

static bool parse_count(const struct conf_key *key, const char *text, void *field, char *error)
{
	return parse_number(key, text, field, "a number", error);
}

static bool parse_uids(const struct conf_key *key, const char *text, void *field, char *error)
{
	struct conf_uids *uids = field;
	unsigned long first, last = 0;
	char why[80], *end;

	if (!strcmp(text, "none")) {
		*uids = (struct conf_uids){0};
		return true;
	}
	errno = 0;
	first = strtoul(text, &end, 10);
	if (end != text && *end == '-' && isdigit((unsigned char)end[1]))
		last = strtoul(end + 1, &end, 10);
	if (isdigit((unsigned char)text[0]) && !*end && !errno && first >= key->min &&
	    first <= last && last <= key->max) {
		*uids = (struct conf_uids){.first = (unsigned int)first,
					   .last = (unsigned int)last};
		return true;
	}
	snprintf(why, sizeof(why), "must be FIRST-LAST, from %u to %u, or none", key->min,
		 key->max);
	return refuse(error, why, text);
}

/* The position of @text among the key's words; -1 with the reason in @error. */
static int choose(const struct conf_key *key, const char *text, char *error)
{
	char why[80] = "must be ";

	for (int i = 0; key->choice[i]; i++) {
		size_t used = strlen(why);

		if (!strcmp(key->choice[i], text))
			return i;
		snprintf(why + used, sizeof(why) - used, "%s«%s»", i ? " or " : "", key->choice[i]);
	}
	refuse(error, why, text);
	return -1;
}

static bool parse_bool(const struct conf_key *key, const char *text, void *field, char *error)
{
	int value = choose(key, text, error);

	if (value >= 0)
		*(bool *)field = value;
	return value >= 0;
}

static bool parse_level(const struct conf_key *key, const char *text, void *field, char *error)
{
	int value = choose(key, text, error);

	if (value >= 0)
		*(enum vm_level *)field = (enum vm_level)(value + LEVEL_WATCH);
	return value >= 0;
}

static bool parse_choice(const struct conf_key *key, const char *text, void *field, char *error)
{
	int value = choose(key, text, error);

	if (value >= 0)
		*(unsigned int *)field = (unsigned int)value;
	return value >= 0;
}

bool conf_is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	return true;
}

static bool is_string(const struct conf_key *key)
{
	return key->parse == parse_path || key->parse == parse_account ||
	       key->parse == parse_label || key->parse == parse_disk || key->parse == parse_disks;
}

bool conf_keys_preset(const struct conf_key *keys, void *base)
{
	char error[CONF_ERROR_MAX];

	for (const struct conf_key *key = keys; key->name; key++)
		if (key->preset && !key->parse(key, key->preset, (char *)base + key->offset, error))
			return false;
	return true;
}

bool conf_key_copy(const struct conf_key *key, void *to, const void *from)
{
	char *field = (char *)to + key->offset, error[CONF_ERROR_MAX];
	const char *source = (const char *)from + key->offset;

	if (is_string(key)) {
		const char *text = *(char *const *)source;

		return !text || set_string(field, text, error);
	}
	if (key->parse == parse_bool)
		*(bool *)field = *(const bool *)source;
	else if (key->parse == parse_level)
		*(enum vm_level *)field = *(const enum vm_level *)source;
	else
		*(unsigned int *)field = *(const unsigned int *)source;
	return true;
}

void conf_keys_free(const struct conf_key *keys, void *base)
{
	for (const struct conf_key *key = keys; key->name; key++)
		if (is_string(key))
			free(*(char **)((char *)base + key->offset));
}

/* clang-format off */
#define IN_CONF(field) offsetof(struct conf, field)
#define IN_VM(field)   offsetof(struct conf_vm, field)

const struct conf_key conf_daemon_keys[] = {
	{ "user",        parse_account, IN_CONF(user),        "lazaret",          0, 0, NULL },
	{ "vm-uids",     parse_uids,    IN_CONF(vm_uids),     "2100000000-2100065535",
	  UIDS_MIN, UIDS_MAX, NULL },
	{ "group",       parse_account, IN_CONF(group),       "lazaret",          0, 0, NULL },
	{ "state-dir",   parse_path,    IN_CONF(state_dir),   "/var/lib/lazaret", 0, 0, NULL },
	{ "run-dir",     parse_path,    IN_CONF(run_dir),     "/run/lazaret",     0, 0, NULL },
	{ "chroot-dir",  parse_path,    IN_CONF(chroot_dir),  NULL,               0, 0, NULL },
	{ "events-file", parse_path,    IN_CONF(events_file), NULL,               0, 0, NULL },
	{ "workloads",   parse_path,    IN_CONF(workloads_file), NULL,            0, 0, NULL },
	{ "log",         parse_bool,    IN_CONF(syslog),      "stderr",           0, 0, log_words },
	{ "verbose",     parse_bool,    IN_CONF(verbose),     "no",               0, 0, yes_no },
	{ "remedy-image", parse_path,   IN_CONF(remedy_image), "/var/lib/lazaret-remedy", 0, 0, NULL },
	{ "cures-at-once", parse_count, IN_CONF(cures_at_once), "1",             1, 64, NULL },
	{ NULL,          NULL,          0,                    NULL,               0, 0, NULL },
};

const struct conf_key conf_containment_keys[] = {
	{ "danger-label", parse_label, IN_CONF(danger_label), "system_u:system_r:lz_danger_t",
	  0, 0, NULL },
	{ "remedy-label", parse_label, IN_CONF(remedy_label), "system_u:system_r:remedy_t",
	  0, 0, NULL },
	{ NULL, NULL, 0, NULL, 0, 0, NULL },
};

const struct conf_key conf_vm_keys[] = {
	{ "pack",         parse_path,    IN_VM(pack),         NULL,     0,  0,       NULL },
	{ "policy",       parse_path,    IN_VM(policy),       NULL,     0,  0,       NULL },
	{ "cure",         parse_choice,  IN_VM(cure),         "rollback", 0, 0,      cure_words },
	{ "golden-image", parse_path,    IN_VM(golden_image), NULL,     0,  0,       NULL },
	{ "disk",         parse_disk,    IN_VM(disk),         "xvda",   0,  0,       NULL },
	{ "level",        parse_level,   IN_VM(level),        "isolate", 0, 0,       level_words },
	{ "disks",        parse_choice,  IN_VM(disks),        "writable", 0, 0,      disks_words },
	{ "keep-disks",   parse_disks,   IN_VM(keep_disks),   NULL,     0,  0,       NULL },
	{ "passthrough",  parse_bool,    IN_VM(keep_passthrough), "withdraw", 0, 0,  go_stay },
	{ "peers",        parse_bool,    IN_VM(keep_peers),   "freeze", 0,  0,       freeze_keep },
	{ "cpu-cap",      parse_percent, IN_VM(cpu_cap),      "0",      0,  6400,    NULL },
	{ "vtpm",         parse_bool,    IN_VM(vtpm),         "no",     0,  0,       yes_no },
	{ "auto-cure",    parse_bool,    IN_VM(auto_cure),    "no",     0,  0,       yes_no },
	{ "cure-interval", parse_seconds, IN_VM(cure_interval), "300",  1, 604800,   NULL },
	{ "cure-rounds",  parse_count,   IN_VM(cure_rounds),  "5",      0,  100000,  NULL },
	{ "remedy-vaccines", parse_path, IN_VM(remedy_vaccines), SYSCONFDIR "/lazaret/remedy.d", 0, 0, NULL },
	{ "remedy-key",   parse_path,    IN_VM(remedy_key),   NULL,     0,  0,       NULL },
	{ "remedy-packages", parse_path, IN_VM(remedy_packages), NULL, 0, 0,         NULL },
	{ "remedy-signatures", parse_path, IN_VM(remedy_signatures), NULL, 0, 0,     NULL },
	{ "remedy-memory", parse_mib,    IN_VM(remedy_memory), "1024",  256, 1048576, NULL },
	{ "remedy-limit", parse_seconds, IN_VM(remedy_limit), "3600",   10, 604800,  NULL },
	{ "challenge",    parse_seconds, IN_VM(challenge),    "10",     1,  3600,    NULL },
	{ "stale",        parse_seconds, IN_VM(stale),        "30",     2,  86400,   NULL },
	{ "lost",         parse_seconds, IN_VM(lost),         "90",     3,  604800,  NULL },
	{ "settle",       parse_seconds, IN_VM(settle),       "5",      1,  3600,    NULL },
	{ "probation",    parse_seconds, IN_VM(probation),    "10",     0,  604800,  NULL },
	{ "boot-limit",   parse_seconds, IN_VM(boot_limit),   "600",    10, 86400,   NULL },
	{ NULL,           NULL,          0,                   NULL,     0,  0,       NULL },
};
