// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads lazaretd.conf: sections here, values in conf_key.c. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/conf_key.h"
#include "common/inifile.h"
#include "xsm/workloads.h"

#define VM_NAME_BYTES_MAX 127

/* A section while the file is read: which lines set what. */
struct section {
	const struct conf_key *keys; /* NULL: unknown; its lines are not looked at */
	void *base; /* what the keys are set in */
	unsigned int line; /* of its header; 0: not in the file */
	unsigned int key_line[CONF_KEYS_MAX]; /* by position in keys; 0: not set */
};

struct parser {
	struct conf *conf;
	struct inifile ini;
	struct section daemon, containment, defaults, unknown;
	struct section *vms; /* as many as conf->vms */
	struct section *now; /* NULL before the first header */
};

static void on_value(void *arg, const char *name, const char *value)
{
	struct parser *p = arg;
	struct section *section = p->now;
	char error[CONF_ERROR_MAX];

	if (!section)
		inifile_complain(&p->ini, p->ini.line, "«%s» stands before the first section",
				 name);
	if (!section || !section->keys)
		return;
	for (size_t i = 0; section->keys[i].name; i++) {
		const struct conf_key *key = &section->keys[i];

		if (strcmp(key->name, name))
			continue;
		if (section->key_line[i])
			inifile_complain(&p->ini, p->ini.line, "%s is set already in line %u", name,
					 section->key_line[i]);
		else if (key->parse(key, value, (char *)section->base + key->offset, error))
			section->key_line[i] = p->ini.line;
		else
			inifile_complain(&p->ini, p->ini.line, "%s %s", name, error);
		return;
	}
	inifile_complain(&p->ini, p->ini.line, "unknown key «%s» in this section", name);
}

static bool vm_name_valid(const char *name)
{
	if (!*name || strlen(name) > VM_NAME_BYTES_MAX)
		return false;
	for (const char *c = name; *c; c++)
		if (!isgraph((unsigned char)*c) || *c == '/')
			return false;
	return true;
}

static void add_vm(struct parser *p, const char *name)
{
	size_t n = p->conf->vm_count;
	struct conf_vm *vm = &p->conf->vms[n];

	vm->name = strdup(name);
	if (!vm->name) {
		inifile_complain(&p->ini, p->ini.line, "no memory for another VM");
		return;
	}
	p->vms[n] = (struct section){.keys = conf_vm_keys, .base = vm};
	p->now = &p->vms[n];
	p->conf->vm_count++;
}

static void open_vm(struct parser *p, char *name)
{
	p->now = &p->unknown;
	if (!vm_name_valid(name)) {
		inifile_complain(&p->ini, p->ini.line,
				 "[vm NAME] takes a name or UUID of 1 to %d printable characters",
				 VM_NAME_BYTES_MAX);
		return;
	}
	for (char *c = name; conf_is_uuid(name) && *c; c++)
		*c = tolower((unsigned char)*c);
	for (size_t i = 0; i < p->conf->vm_count; i++)
		if (!strcmp(p->conf->vms[i].name, name)) {
			inifile_complain(&p->ini, p->ini.line,
					 "[vm %s] is there already in line %u", name,
					 p->vms[i].line);
			return;
		}
	if (p->conf->vm_count == CONF_VMS_MAX)
		inifile_complain(&p->ini, p->ini.line, "more than %d [vm] sections", CONF_VMS_MAX);
	else
		add_vm(p, name);
}

static void open_section(void *arg, char *name)
{
	struct parser *p = arg;

	if (!name)
		p->now = &p->unknown;
	else if (!strncmp(name, "vm", 2) && (!name[2] || isblank((unsigned char)name[2])))
		open_vm(p, name + 2 + strspn(name + 2, " \t"));
	else if (!strcmp(name, "lazaretd"))
		p->now = &p->daemon;
	else if (!strcmp(name, "containment"))
		p->now = &p->containment;
	else if (!strcmp(name, "defaults"))
		p->now = &p->defaults;
	else {
		p->now = &p->unknown;
		inifile_complain(
			&p->ini, p->ini.line,
			"unknown section [%s]; there are [lazaretd], [containment], [defaults] "
			"and [vm NAME]",
			name);
	}
	if (p->now == &p->unknown)
		return;
	if (p->now->line) {
		inifile_complain(&p->ini, p->ini.line, "[%s] is there already in line %u", name,
				 p->now->line);
		p->now = &p->unknown;
	} else {
		p->now->line = p->ini.line;
	}
}

/* The line that is to blame for a combination: the last of its keys that @section sets. */
static unsigned int blame(const struct section *section, const char *one, const char *other)
{
	unsigned int line = 0;

	for (size_t i = 0; section->keys[i].name; i++)
		if ((!strcmp(section->keys[i].name, one) ||
		     !strcmp(section->keys[i].name, other)) &&
		    section->key_line[i] > line)
			line = section->key_line[i];
	return line;
}

/* What is wrong in [defaults] is told there, and not again for each VM that inherits it. */
static void check_vm(struct parser *p, const struct section *section, const struct conf_vm *vm)
{
	unsigned int line = blame(section, "challenge", "stale");

	if (line && vm->stale <= vm->challenge)
		inifile_complain(&p->ini, line, "stale (%u s) must be longer than challenge (%u s)",
				 vm->stale, vm->challenge);
	line = blame(section, "stale", "lost");
	if (line && vm->lost <= vm->stale)
		inifile_complain(&p->ini, line, "lost (%u s) must be longer than stale (%u s)",
				 vm->lost, vm->stale);
	if (vm->name && vm->auto_cure && vm->cure == CURE_ROLLBACK && !vm->golden_image) {
		line = blame(section, "auto-cure", "golden-image");
		inifile_complain(&p->ini, line ? line : section->line,
				 "auto-cure needs a golden-image to roll the disk back to, or "
				 "«cure = repair»");
	}
}

static unsigned int line_of(const struct section *section, const char *key)
{
	return blame(section, key, key);
}

/* A policy and a pack are two ways to say one thing: who says one does not inherit the other. */
static void choose_golden(struct parser *p, const struct section *section, struct conf_vm *vm)
{
	unsigned int pack = line_of(section, "pack"), policy = line_of(section, "policy");
	char **other = pack ? &vm->policy : &vm->pack;

	if (pack && policy)
		inifile_complain(&p->ini, pack > policy ? pack : policy,
				 "pack and policy: one of them, please (a policy names packs)");
	if (!pack == !policy)
		return;
	free(*other);
	*other = NULL;
}

static void finish_vms(struct parser *p)
{
	choose_golden(p, &p->defaults, &p->conf->defaults);
	check_vm(p, &p->defaults, &p->conf->defaults);
	for (size_t i = 0; i < p->conf->vm_count; i++) {
		for (size_t k = 0; conf_vm_keys[k].name; k++)
			if (!p->vms[i].key_line[k] &&
			    !conf_key_copy(&conf_vm_keys[k], &p->conf->vms[i], &p->conf->defaults))
				inifile_complain(&p->ini, p->vms[i].line, "no memory for a value");
		choose_golden(p, &p->vms[i], &p->conf->vms[i]);
		check_vm(p, &p->vms[i], &p->conf->vms[i]);
	}
}

static bool preset(struct conf *conf)
{
	conf->vms = calloc(CONF_VMS_MAX, sizeof(*conf->vms));
	return conf->vms && conf_keys_preset(conf_daemon_keys, conf) &&
	       conf_keys_preset(conf_containment_keys, conf) &&
	       conf_keys_preset(conf_vm_keys, &conf->defaults);
}

static void read_file(struct parser *p, FILE *file)
{
	struct conf *conf = p->conf;

	p->daemon = (struct section){.keys = conf_daemon_keys, .base = conf};
	p->containment = (struct section){.keys = conf_containment_keys, .base = conf};
	p->defaults = (struct section){.keys = conf_vm_keys, .base = &conf->defaults};
	inifile_read(&p->ini, file);
	finish_vms(p);
	if (!conf->chroot_dir && asprintf(&conf->chroot_dir, "%s/empty", conf->run_dir) < 0) {
		conf->chroot_dir = NULL;
		inifile_complain(&p->ini, p->ini.line, "no memory for a value");
	}
}

/* Errors in it are told as its own. */
static void read_workloads(struct parser *p)
{
	const char *path = p->conf->workloads_file;

	if (!path && access(CONF_WORKLOADS, F_OK) == 0)
		path = CONF_WORKLOADS;
	if (!path)
		return;
	p->conf->workloads = workloads_load(path, p->ini.errors);
	p->ini.failed = p->ini.failed || !p->conf->workloads;
}

struct conf *conf_load(const char *path, FILE *errors)
{
	struct parser p = {.ini = {.path = path,
				   .errors = errors,
				   .section = open_section,
				   .value = on_value,
				   .arg = &p}};
	FILE *file = fopen(path, "re");

	if (!file) {
		fprintf(errors, "%s: %s\n", path, strerror(errno));
		return NULL;
	}
	p.conf = calloc(1, sizeof(*p.conf));
	p.vms = calloc(CONF_VMS_MAX, sizeof(*p.vms));
	if (p.conf && p.vms && preset(p.conf)) {
		read_file(&p, file);
		read_workloads(&p);
	} else {
		fprintf(errors, "%s: %s\n", path, strerror(ENOMEM));
		p.ini.failed = true;
	}
	fclose(file);
	free(p.vms);
	if (!p.ini.failed)
		return p.conf;
	conf_free(p.conf);
	return NULL;
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->vm_count; i++) {
		conf_keys_free(conf_vm_keys, &conf->vms[i]);
		free(conf->vms[i].name);
	}
	conf_keys_free(conf_vm_keys, &conf->defaults);
	conf_keys_free(conf_containment_keys, conf);
	conf_keys_free(conf_daemon_keys, conf);
	free(conf->vms);
	workloads_free(conf->workloads);
	free(conf);
}

const char *conf_vm_golden(const struct conf_vm *vm)
{
	return vm->policy ? vm->policy : vm->pack;
}

const struct conf_vm *conf_vm_find(const struct conf *conf, const char *uuid, const char *name)
{
	const struct conf_vm *by_name = NULL;

	for (size_t i = 0; i < conf->vm_count; i++) {
		if (!strcmp(conf->vms[i].name, uuid))
			return &conf->vms[i];
		if (name && !strcmp(conf->vms[i].name, name))
			by_name = &conf->vms[i];
	}
	return by_name ? by_name : &conf->defaults;
}
