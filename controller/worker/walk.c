/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/openat2.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attest/judging.h"
#include "attest/verify.h"
#include "common/hex.h"
#include "worker/places.h"
#include "worker/report.h"

#define CHUNK	    (1u << 18) /* bytes read at once */
#define MAGIC_SIZE  4
#define PATH_SIZE   8192
#define DIGEST_SIZE 32 /* SHA-256 */
#define DIGEST_TEXT (8 + 2 * ALG_DIGEST_MAX + 8)
#define XATTR_SIZE  4096 /* a signature of IMA is far smaller */
#define ALG	    "sha256"
#define BANKS	    "sha256" /* a verifier wants one; nothing is replayed here */

struct walk {
	const char *root;
	int root_fd;
	const struct layout *layout;
	struct suspects *suspects;
	struct verifier verifier;
	bool has_policy;
	EVP_MD_CTX *ctx;
	uint8_t *chunk;
	char *error;
	size_t error_size;
};

/* One file, as it was read. */
struct file {
	const char *path; /* in the guest */
	const struct stat *st;
	uint8_t magic[MAGIC_SIZE];
	uint8_t digest[DIGEST_SIZE];
	uint8_t sig[XATTR_SIZE];
	uint32_t sig_len;
	bool linked; /* by a link in one of the places where a system looks for what to start */
	bool strange; /* on a file system of which nobody knows what it is for */
};

static bool is_code(const struct file *f)
{
	return (f->st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) ||
	       !memcmp(f->magic, "\177ELF", 4) || !memcmp(f->magic, "#!", 2) || f->linked ||
	       f->strange || places_starts(f->path);
}

static void unreadable(const char *path, int error)
{
	report_unreadable(*path ? path : "/", strerror(error));
}

static void linked_folder(const char *path)
{
	struct report_finding f = {.class = finding_class_name(FINDING_UNKNOWN_FILE),
				   .path = path,
				   .reason = "a link to a folder elsewhere, where a system looks "
					     "for what to start"};

	report_finding(&f);
}

static int read_all(struct walk *w, int fd, struct file *f)
{
	bool first = true;
	ssize_t n;

	if (EVP_DigestInit_ex2(w->ctx, EVP_sha256(), NULL) != 1)
		return -1;
	while ((n = read(fd, w->chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || EVP_DigestUpdate(w->ctx, w->chunk, (size_t)n) != 1)
			return -1;
		if (first)
			memcpy(f->magic, w->chunk, n < MAGIC_SIZE ? (size_t)n : MAGIC_SIZE);
		first = false;
	}
	return EVP_DigestFinal_ex(w->ctx, f->digest, NULL) == 1 ? 0 : -1;
}

/* Return: 0, or -1 with errno. */
static int read_file(struct walk *w, const char *full, struct file *f)
{
	int fd = open(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc, error;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = fgetxattr(fd, "security.ima", f->sig, sizeof(f->sig));
	f->sig_len = n > 0 ? (uint32_t)n : 0;
	errno = EIO;
	rc = read_all(w, fd, f);
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

static void digest_text(char *out, const char *alg, const uint8_t *digest, size_t len)
{
	int n = snprintf(out, DIGEST_TEXT, "%.8s:", alg);

	hex_encode(out + n, digest, len);
}

static void tell(const struct finding *f, const struct file *file)
{
	char rule[64], found[DIGEST_TEXT], expected[DIGEST_TEXT] = "";
	char version[FINDING_VERSION_MAX];
	struct report_finding out = {.class = finding_class_name(f->class),
				     .path = file->path,
				     .rule = rule,
				     .found = found,
				     .expected = expected,
				     .version = version,
				     .reason = f->reason ? f->reason : finding_reason(f->class)};

	snprintf(rule, sizeof(rule), "%s = %s", finding_class_name(f->class),
		 finding_action_name(f->action));
	digest_text(found, ALG, file->digest, DIGEST_SIZE);
	if (f->expected)
		digest_text(expected, f->expected_alg->name, f->expected, f->expected_alg->size);
	finding_expected_version(f, version);
	report_finding(&out);
}

/* As if IMA had measured it. @path: as IMA writes it. */
static void judge(struct walk *w, const struct file *file, const char *path, struct finding *out)
{
	struct ima_entry entry = {.alg = alg_by_name(ALG, strlen(ALG)),
				  .alg_name = ALG,
				  .alg_name_len = strlen(ALG),
				  .digest = file->digest,
				  .digest_len = DIGEST_SIZE,
				  .path = path,
				  .path_len = (uint32_t)strlen(path),
				  .sig = {file->sig_len ? file->sig : NULL, file->sig_len}};
	struct shelf_query query = {.alg = entry.alg,
				    .digest = entry.digest,
				    .path = entry.path,
				    .path_len = entry.path_len};

	memset(out, 0, sizeof(*out));
	shelf_ask(w->verifier.shelf, &query);
	out->class = judging_file(&w->verifier, &entry, &query, out);
	out->action = w->verifier.action[out->class];
}

static bool is_golden(const struct finding *f)
{
	return f->action == ACTION_ALLOW && f->class != FINDING_EXCLUDED;
}

static bool is_told(const struct finding *f, const struct file *file)
{
	if (f->action < ACTION_UNKNOWN)
		return false;
	return f->class == FINDING_DENIED || is_code(file) ||
	       (f->expected && !places_changes(file->path));
}

/* Return: is its content golden? */
static bool compare(struct walk *w, const struct file *file)
{
	char *path = strdup(file->path);
	struct finding finding;

	if (!path)
		return false;
	for (char *c = path; *c; c++)
		if (*c == ' ')
			*c = '_';
	judge(w, file, path, &finding);
	if (is_told(&finding, file))
		tell(&finding, file);
	free(path);
	return is_golden(&finding);
}

/* @path: in the guest; @full: where it is here. */
static int look_at(struct walk *w, const char *full, const char *path, const struct stat *st,
		   bool linked)
{
	const struct place *place = layout_place(w->layout, st->st_dev);
	struct file file = {
		.path = path, .st = st, .linked = linked, .strange = !place || place->strange};
	uint64_t bytes = (uint64_t)st->st_size;

	/* It has holes, and reading them would take for ever. */
	if (!place || bytes > place->room) {
		unreadable(path, EFBIG);
		report_file(0);
		return 0;
	}
	if (read_file(w, full, &file) < 0) {
		unreadable(path, errno);
		report_file(0);
		return 0;
	}
	if ((w->has_policy && compare(w, &file)) || !bytes) {
		report_file(bytes);
		return 0;
	}
	if (suspects_add(w->suspects, path, bytes, file.digest) == 0)
		return 0;
	snprintf(w->error, w->error_size, "no memory for another file");
	return -1;
}

/*
 * A link among what is started: what it leads to counts as one of these, wherever it is. In the guest's
 * own tree, as the guest would follow it.
 */
static int follow(struct walk *w, const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	int fd = (int)syscall(SYS_openat2, w->root_fd, path + 1, &how, sizeof(how)), rc = 0;
	char name[32], full[PATH_SIZE];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return 0; /* it leads nowhere */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, full, sizeof(full) - 1);
	if (n > (ssize_t)strlen(w->root) && fstat(fd, &st) == 0) {
		full[n] = '\0';
		if (S_ISREG(st.st_mode) && !places_starts(full + strlen(w->root)))
			rc = look_at(w, full, full + strlen(w->root), &st, true);
		else if (S_ISDIR(st.st_mode) && !places_starts(full + strlen(w->root)))
			linked_folder(path);
	}
	close(fd);
	return rc;
}

/* fts takes an error in the middle of a folder for its end. */
static void list(const char *full, const char *path)
{
	DIR *dir = opendir(full);
	int error;

	if (!dir)
		return; /* fts will say so */
	for (errno = 0; readdir(dir); errno = 0)
		;
	error = errno;
	closedir(dir);
	if (error)
		unreadable(path, error);
}

static int visit(struct walk *w, const FTSENT *e)
{
	const char *path = e->fts_path + strlen(w->root);

	switch (e->fts_info) {
	case FTS_F:
		return look_at(w, e->fts_accpath, path, e->fts_statp, false);
	case FTS_SL:
	case FTS_SLNONE:
		return places_starts(path) || places_leads(path) ? follow(w, path) : 0;
	case FTS_D:
		list(e->fts_accpath, path);
		return 0;
	case FTS_DC:
		unreadable(path, ELOOP);
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		unreadable(path, e->fts_errno);
		return 0;
	default:
		return 0;
	}
}

static int walk_tree(struct walk *w)
{
	char *argv[] = {(char *)(uintptr_t)w->root, NULL};
	/* Nothing is mounted there but the guest's own file systems. */
	FTS *fts = fts_open(argv, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *e;
	int rc = 0;

	if (!fts) {
		snprintf(w->error, w->error_size, "the disk can't be read: %s", strerror(errno));
		return -1;
	}
	for (errno = 0; !rc && (e = fts_read(fts)); errno = 0)
		rc = visit(w, e);
	if (!rc && errno) {
		snprintf(w->error, w->error_size, "the disk can't be read: %s", strerror(errno));
		rc = -1;
	}
	fts_close(fts);
	return rc;
}

static void measure(const struct layout *layout)
{
	uint64_t files = 0;

	for (size_t i = 0; i < layout->n; i++)
		files += layout->place[i].files;
	if (files)
		report_total(files);
}

int walk(const struct layout *layout, const struct policy *policy, struct suspects *suspects,
	 char *error, size_t size)
{
	struct walk w = {.root = layout->root,
			 .layout = layout,
			 .root_fd = open(layout->root, O_PATH | O_DIRECTORY | O_CLOEXEC),
			 .suspects = suspects,
			 .has_policy = policy,
			 .ctx = EVP_MD_CTX_new(),
			 .chunk = malloc(CHUNK),
			 .error = error,
			 .error_size = size};
	int rc = -1;

	snprintf(error, size, "no memory");
	measure(layout);
	if (w.ctx && w.chunk && w.root_fd >= 0 &&
	    verifier_init(&w.verifier, policy ? &policy->shelf : NULL, BANKS) == 0) {
		if (policy)
			policy_apply(policy, &w.verifier);
		rc = walk_tree(&w);
		verifier_destroy(&w.verifier);
	}
	EVP_MD_CTX_free(w.ctx);
	free(w.chunk);
	if (w.root_fd >= 0)
		close(w.root_fd);
	return rc;
}
