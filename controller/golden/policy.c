/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/inifile.h"
#include "golden/packline.h"
#include "golden/pattern.h"

enum part { PART_NONE, PART_PACKS, PART_SIGNERS, PART_EXCLUDE, PART_IMA, PART_ACTIONS };

struct reader {
	struct inifile ini;
	struct policy *policy;
	enum part part;
};

static void on_section(void *arg, char *name)
{
	struct reader *r = arg;

	r->part = PART_NONE;
	if (name && !strcmp(name, "packs"))
		r->part = PART_PACKS;
	else if (name && !strcmp(name, "signers"))
		r->part = PART_SIGNERS;
	else if (name && !strcmp(name, "exclude"))
		r->part = PART_EXCLUDE;
	else if (name && !strcmp(name, "ima"))
		r->part = PART_IMA;
	else if (name && !strcmp(name, "actions"))
		r->part = PART_ACTIONS;
	else if (name)
		inifile_complain(
			&r->ini, r->ini.line,
			"unknown section [%s]; there are [packs], [signers], [exclude], [ima] and "
			"[actions]",
			name);
}

/* Return: false after a message. */
static bool read_line(struct reader *r, enum shelf_kind kind, const char *value,
		      struct packline *line)
{
	const char *wrong = packline_parse(line, value);

	if (!wrong && kind != SHELF_GOLDEN && line->until)
		wrong = "only a golden pack is so «until» a date";
	if (wrong)
		inifile_complain(&r->ini, r->ini.line, "«%s»: %s", value, wrong);
	return !wrong;
}

/* @value: see struct packline */
static void add_pack(struct reader *r, enum shelf_kind kind, const char *value)
{
	char error[PACK_ERROR_MAX];
	struct packline line;
	struct pack *pack;

	if (!read_line(r, kind, value, &line))
		return;
	pack = pack_open_path(line.path, error);
	if (!pack) {
		inifile_complain(&r->ini, r->ini.line, "%s: %s", line.path, error);
		return;
	}
	if (pack_info(pack)->serial < line.from)
		inifile_complain(&r->ini, r->ini.line,
				 "%s: an older pack was put in its place: it has number %u, and is "
				 "to have %u or more",
				 line.path, pack_info(pack)->serial, line.from);
	else if (!shelf_add(&r->policy->shelf, kind, pack, line.until))
		return;
	else
		inifile_complain(&r->ini, r->ini.line, "more than %d packs of a kind",
				 SHELF_PACKS_MAX);
	pack_close(pack);
}

static void add_signer(struct reader *r, const char *value)
{
	struct policy *p = r->policy;
	char error[SIGN_ERROR_MAX];

	if (p->signers == POLICY_SIGNERS_MAX)
		inifile_complain(&r->ini, r->ini.line, "more than %d keys", POLICY_SIGNERS_MAX);
	else if (sign_read_public(value, p->signer[p->signers], error))
		inifile_complain(&r->ini, r->ini.line, "%s", error);
	else
		p->signers++;
}

static void on_pack(struct reader *r, const char *key, const char *value)
{
	if (!strcmp(key, "golden"))
		add_pack(r, SHELF_GOLDEN, value);
	else if (!strcmp(key, "retired"))
		add_pack(r, SHELF_RETIRED, value);
	else if (!strcmp(key, "denied"))
		add_pack(r, SHELF_DENIED, value);
	else if (!strcmp(key, "signer"))
		add_signer(r, value);
	else
		inifile_complain(&r->ini, r->ini.line,
				 "unknown key «%s»; there are golden, retired, denied and signer",
				 key);
}

static void on_signer(struct reader *r, const char *key, const char *value)
{
	struct shelf *s = &r->policy->shelf;
	char error[SIGNERS_ERROR_MAX];

	if (!s->signers)
		s->signers = signers_new();
	if (strcmp(key, "key") != 0)
		inifile_complain(&r->ini, r->ini.line, "unknown key «%s»; there is key", key);
	else if (!s->signers)
		inifile_complain(&r->ini, r->ini.line, "no memory");
	else if (signers_add(s->signers, value, error))
		inifile_complain(&r->ini, r->ini.line, "%s", error);
}

static void on_exclude(struct reader *r, const char *key, const char *value)
{
	struct shelf *s = &r->policy->shelf;

	if (strcmp(key, "path"))
		inifile_complain(&r->ini, r->ini.line, "unknown key «%s»; there is path", key);
	else if (!pattern_valid(value))
		inifile_complain(&r->ini, r->ini.line,
				 "«%s» is not an absolute path, or longer than %d bytes", value,
				 PATTERN_MAX);
	else if (s->excludes == SHELF_EXCLUDES_MAX)
		inifile_complain(&r->ini, r->ini.line, "more than %d patterns", SHELF_EXCLUDES_MAX);
	else if (!(s->exclude[s->excludes++] = strdup(value)))
		inifile_complain(&r->ini, r->ini.line, "no memory");
}

static void on_ima(struct reader *r, const char *key, const char *value)
{
	struct shelf *s = &r->policy->shelf;

	if (strcmp(key, "policy") != 0)
		inifile_complain(&r->ini, r->ini.line, "unknown key «%s»; there is policy", key);
	else if (s->ima_policy)
		inifile_complain(&r->ini, r->ini.line, "policy is set already");
	else if (value[0] != '/' || strlen(value) > PATTERN_MAX)
		inifile_complain(&r->ini, r->ini.line,
				 "«%s» is not an absolute path, or longer than %d bytes", value,
				 PATTERN_MAX);
	else if (!(s->ima_policy = strdup(value)))
		inifile_complain(&r->ini, r->ini.line, "no memory");
}

static void on_action(struct reader *r, const char *key, const char *value)
{
	int class = finding_class_by_name(key), action = finding_action_by_name(value);

	if (class < 0)
		inifile_complain(&r->ini, r->ini.line, "no class of findings is called «%s»", key);
	else if (action < 0)
		inifile_complain(&r->ini, r->ini.line, "«%s»: takes allow, warn, unknown or danger",
				 value);
	else if (!finding_can_be((enum finding_class) class, (enum finding_action)action))
		inifile_complain(&r->ini, r->ini.line, "no policy can say «%s» of «%s»", value,
				 key);
	else if (r->policy->given[class])
		inifile_complain(&r->ini, r->ini.line, "%s is set already", key);
	else {
		r->policy->given[class] = true;
		r->policy->action[class] = (enum finding_action)action;
	}
}

static void on_value(void *arg, const char *key, const char *value)
{
	struct reader *r = arg;

	switch (r->part) {
	case PART_PACKS:
		on_pack(r, key, value);
		break;
	case PART_SIGNERS:
		on_signer(r, key, value);
		break;
	case PART_EXCLUDE:
		on_exclude(r, key, value);
		break;
	case PART_IMA:
		on_ima(r, key, value);
		break;
	case PART_ACTIONS:
		on_action(r, key, value);
		break;
	case PART_NONE:
		break; /* the section was complained of, or */
	}
	if (r->part == PART_NONE && !r->ini.failed)
		inifile_complain(&r->ini, r->ini.line, "«%s» stands before the first section", key);
}

static bool is_trusted(const struct policy *p, const struct pack_info *info)
{
	for (size_t i = 0; i < p->signers && info->is_signed; i++)
		if (!memcmp(p->signer[i], info->signer, SIGN_KEY_SIZE))
			return true;
	return false;
}

static void check_signers(struct reader *r)
{
	const struct shelf *s = &r->policy->shelf;

	for (int kind = 0; kind < SHELF_KINDS && r->policy->signers; kind++)
		for (size_t i = 0; i < s->packs[kind]; i++) {
			const struct pack_info *info = pack_info(s->pack[kind][i]);

			if (!is_trusted(r->policy, info))
				inifile_complain(
					&r->ini, r->ini.line, "pack «%s» is %s", info->name,
					info->is_signed ? "signed by a key that is no signer"
							: "not signed");
		}
}

static void read_pack(struct reader *r)
{
	char error[PACK_ERROR_MAX];
	struct pack *pack = pack_open_path(r->ini.path, error);

	if (pack && !shelf_add(&r->policy->shelf, SHELF_GOLDEN, pack, 0))
		return;
	fprintf(r->ini.errors, "golden pack %s: %s\n", r->ini.path, error);
	r->ini.failed = true;
}

static void read_policy(struct reader *r, FILE *file)
{
	inifile_read(&r->ini, file);
	check_signers(r);
	if (!r->ini.failed && !r->policy->shelf.packs[SHELF_GOLDEN])
		inifile_complain(&r->ini, r->ini.line,
				 "no golden pack: [packs] needs «golden = FILE»");
	r->policy->expires = shelf_retire(&r->policy->shelf, time(NULL));
}

struct policy *policy_load(const char *policy, const char *pack, FILE *errors)
{
	struct reader r = {.ini = {.path = policy ? policy : pack,
				   .errors = errors,
				   .section = on_section,
				   .value = on_value,
				   .arg = &r},
			   .policy = calloc(1, sizeof(*r.policy))};
	FILE *file = policy ? fopen(policy, "re") : NULL;

	if (!r.policy || (policy && !file)) {
		fprintf(errors, "%s: %s\n", r.ini.path, strerror(errno));
		r.ini.failed = true;
	} else if (file) {
		read_policy(&r, file);
	} else {
		read_pack(&r);
	}
	if (file)
		fclose(file);
	if (!r.ini.failed)
		return r.policy;
	policy_free(r.policy);
	return NULL;
}

void policy_apply(const struct policy *p, struct verifier *v)
{
	for (int i = 0; i < FINDING_CLASSES; i++)
		if (p->given[i])
			verifier_set_action(v, (enum finding_class)i, p->action[i]);
}

void policy_free(struct policy *p)
{
	if (p)
		shelf_clear(&p->shelf);
	free(p);
}
