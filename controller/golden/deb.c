/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden/deb.h"

#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A package's scripts, and bytes of the name of one. */
#define SCRIPTS_MAX	5
#define SCRIPT_NAME_MAX 16

/* What control.tar says. */
struct deb {
	struct debian_package package;
	size_t scripts;
	struct script {
		char name[SCRIPT_NAME_MAX];
		uint8_t digest[ALG_DIGEST_MAX];
	} script[SCRIPTS_MAX];
};

/* The data of the outer archive's entry are an archive again. */
static ssize_t read_outer(struct archive *inner, void *outer, const void **data)
{
	size_t len = 0;
	la_int64_t offset;
	int status = archive_read_data_block(outer, data, &len, &offset);

	if (status == ARCHIVE_EOF)
		return 0;
	if (status == ARCHIVE_OK || status == ARCHIVE_WARN)
		return (ssize_t)len;
	archive_set_error(inner, archive_errno(outer), "%s", archive_error_string(outer));
	return -1;
}

static const char *base_name(const char *name)
{
	return name + (strncmp(name, "./", 2) ? 0 : 2);
}

/* What the package manager runs while it installs or removes: deb-preinst(5) and its like. */
static bool is_script(const char *name)
{
	static const char *const names[SCRIPTS_MAX] = {"preinst", "postinst", "prerm", "postrm",
						       "config"};

	for (size_t i = 0; i < SCRIPTS_MAX; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static int parse_control(struct entries *r, struct archive *a, struct deb *deb)
{
	char *text = malloc(DEBIAN_CONTROL_MAX);
	ssize_t len = text ? archive_read_data(a, text, DEBIAN_CONTROL_MAX) : -1;
	int err = len < 0 || debian_parse(text, (size_t)len, &deb->package);

	free(text);
	return err ? entries_fail(r, "control", "not a package's control file") : 0;
}

static int read_script(struct entries *r, struct archive *a, const char *name, struct deb *deb)
{
	struct script *s = &deb->script[deb->scripts];

	if (deb->scripts == SCRIPTS_MAX)
		return entries_fail(r, name, "a script that is there twice");
	snprintf(s->name, sizeof(s->name), "%s", name);
	deb->scripts++;
	return entries_hash(r, a, name, s->digest);
}

static int read_control(struct entries *r, struct archive *a, struct deb *deb)
{
	struct archive_entry *e;
	int status = ARCHIVE_EOF, err = 0;

	while (!err && ((status = archive_read_next_header(a, &e)) == ARCHIVE_OK ||
			status == ARCHIVE_WARN)) {
		const char *name = archive_entry_pathname(e);

		name = base_name(name ? name : "");
		err = entries_next(r);
		if (err)
			break;
		if (archive_entry_filetype(e) == AE_IFREG && !strcmp(name, "control"))
			err = parse_control(r, a, deb);
		else if (archive_entry_filetype(e) == AE_IFREG && is_script(name))
			err = read_script(r, a, name, deb);
		else
			err = entries_skip(r, a, name);
	}
	if (err)
		return -1;
	if (status != ARCHIVE_EOF)
		return entries_fail(r, NULL, archive_error_string(a));
	return deb->package.name[0] ? 0 : entries_fail(r, NULL, "no control file");
}

/*
 * Where dpkg keeps a script; the second name is that of a package that can be there for several
 * architectures. A preinst runs from tmp.ci, under a name that all packages share: there it is known
 * by its digest.
 */
static int put_scripts(struct entries *r, const struct deb *deb)
{
	const struct debian_package *p = &deb->package;
	char path[DEBIAN_NAME_MAX + DEBIAN_ARCH_MAX + 64];
	int err = 0;

	for (size_t i = 0; i < deb->scripts && !err; i++) {
		const struct script *s = &deb->script[i];

		snprintf(path, sizeof(path), "/var/lib/dpkg/info/%s.%s", p->name, s->name);
		err = entries_put(r, s->name, path, s->digest);
		snprintf(path, sizeof(path), "/var/lib/dpkg/info/%s:%s.%s", p->name, p->arch,
			 s->name);
		if (!err)
			err = entries_put(r, s->name, path, s->digest);
	}
	return err;
}

/* One member of a .deb, itself an archive. */
static int read_member(struct entries *r, const char *name, struct deb *deb)
{
	struct archive *inner = archive_read_new();
	int err = -1;

	if (!inner)
		return entries_fail(r, name, strerror(ENOMEM));
	archive_read_support_format_tar(inner);
	entries_filters(inner);
	if (archive_read_open(inner, r->raw, NULL, read_outer, NULL) != ARCHIVE_OK)
		entries_fail(r, name, archive_error_string(inner));
	else if (deb)
		err = read_control(r, inner, deb);
	else
		err = entries_add(r, inner);
	archive_read_free(inner);
	return err;
}

int deb_origin(struct values *out, const struct debian_package *p)
{
	char origin[DEBIAN_NAME_MAX + DEBIAN_VERSION_MAX];

	snprintf(origin, sizeof(origin), "%s %s", p->name, p->version);
	return values_origin(out, origin);
}

bool deb_is_wanted(const struct archive_options *options, const struct debian_package *p)
{
	return !options->wanted || debian_list_find(options->wanted, p) >= 0;
}

bool deb_is_listed(const struct archive_options *options, const struct debian_package *p,
		   const uint8_t sum[DEBIAN_SUM_SIZE])
{
	long at = options->wanted ? debian_list_find(options->wanted, p) : -1;
	const struct debian_package *listed = at < 0 ? NULL : &options->wanted->package[at];

	return !listed || !listed->has_sum || !memcmp(listed->sum, sum, sizeof(listed->sum));
}

int deb_read(struct entries *r, const struct archive_options *options,
	     struct archive_result *result)
{
	bool control = false, data = false;
	struct archive_entry *e;
	struct deb deb = {0};
	int status, err = 0;

	while (!err && (status = archive_read_next_header(r->raw, &e)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(e);

		if (name && !control && !strncmp(name, "control.tar", 11)) {
			control = true;
			err = read_member(r, name, &deb);
			result->package = deb.package;
			if (!err && !deb_is_wanted(options, &result->package)) {
				result->unwanted = true;
				return 0;
			}
			if (!err && !deb_is_listed(options, &deb.package, r->sum))
				err = entries_fail(r, NULL, entries_other_sum);
			if (!err && deb_origin(r->out, &deb.package))
				err = entries_fail(r, NULL, strerror(errno));
		} else if (name && control && !data && !strncmp(name, "data.tar", 8)) {
			data = true;
			err = read_member(r, name, NULL) || put_scripts(r, &deb);
		}
	}
	if (err)
		return -1;
	if (status != ARCHIVE_EOF)
		return entries_fail(r, NULL, archive_error_string(r->raw));
	if (!control || !data)
		return entries_fail(r, NULL, "a Debian package has control.tar and then data.tar");
	return 0;
}
