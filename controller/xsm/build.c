/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xsm/build.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xsm/policydb.h"
#include "xsm/rules.h"
#include "xsm/workloads.h"

#define FILES_MAX   16 /* that nftw() may hold open */
#define MODULE_NAME "lz_workloads"
#define NAME_LETTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+,@-" /* no blank, no $ */
#define LOG_TAIL   900 /* bytes of the compiler's last words that are shown */
#define ARGS_MAX   10
#define COPY_BYTES 65536

extern char **environ;

static int fail(char *error, const char *what, const char *why)
{
	snprintf(error, XSM_BUILD_ERROR, "%s%s%s", what, why ? ": " : "", why ? why : "");
	return -1;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

/* @path: a new file */
static int copy_file(const char *from, const char *path)
{
	FILE *in = fopen(from, "re"), *out = in ? fopen(path, "wxe") : NULL;
	static char buf[COPY_BYTES];
	bool good = out != NULL;
	size_t n;

	while (good && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		good = fwrite(buf, 1, n, out) == n;
	good = good && !ferror(in);
	if (out && (fflush(out) || fsync(fileno(out)) < 0))
		good = false;
	if (out && fclose(out))
		good = false;
	if (in)
		fclose(in);
	return good ? 0 : -1;
}

/* The last part of a module's path, if it can be the name of one: «name.te». */
static const char *module_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len && !strcmp(name + len, ".te") && strcmp(name, MODULE_NAME ".te") ? name : NULL;
}

static int write_workloads(const struct xsm_build *what, const char *dir)
{
	char path[PATH_MAX];
	FILE *out;

	snprintf(path, sizeof(path), "%s/" MODULE_NAME ".te", dir);
	out = fopen(path, "we");
	if (!out)
		return -1;
	rules_write(what->workloads, what->workloads_path, out);
	return fclose(out) ? -1 : 0;
}

/* Puts all modules into @dir, and their paths, each with a blank before it, into @list. */
static int gather(const struct xsm_build *what, const char *dir, char *list, size_t size,
		  char *error)
{
	char path[PATH_MAX];
	size_t len;

	len = (size_t)snprintf(list, size, "MODULES=");
	if (what->workloads && write_workloads(what, dir) < 0)
		return fail(error, dir, strerror(errno));
	if (what->workloads)
		len += (size_t)snprintf(list + len, size - len, " %s/" MODULE_NAME ".te", dir);
	for (size_t i = 0; i < what->modules; i++) {
		const char *name = module_name(what->module[i]);

		if (!name)
			return fail(error, what->module[i],
				    "a module is called NAME.te, in lower-case letters, digits "
				    "and _");
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		if (copy_file(what->module[i], path) < 0)
			return fail(error, what->module[i], strerror(errno));
		if (len + strlen(path) + 2 > size)
			return fail(error, "too many modules", NULL);
		len += (size_t)snprintf(list + len, size - len, " %s", path);
	}
	return 0;
}

/* Return: its exit status; -1 if it did not run or end. */
static int run(char *const argv[], const char *log)
{
	posix_spawn_file_actions_t files;
	int rc, status;
	pid_t pid;

	/* We may have been started by make ourselves: its flags are not ours. */
	unsetenv("MAKEFLAGS");
	unsetenv("MAKELEVEL");
	if (posix_spawn_file_actions_init(&files))
		return -1;
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC,
					 0600);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	rc = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (rc) {
		errno = rc;
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What the compiler said last. */
static void show_log(const char *log, char *error)
{
	char tail[LOG_TAIL + 1];
	FILE *file = fopen(log, "re");
	size_t n = 0;

	if (file && (fseek(file, -LOG_TAIL, SEEK_END) == 0 || fseek(file, 0, SEEK_SET) == 0))
		n = fread(tail, 1, LOG_TAIL, file);
	if (file)
		fclose(file);
	while (n && tail[n - 1] == '\n')
		n--;
	tail[n] = '\0';
	snprintf(error, XSM_BUILD_ERROR, "it does not compile:\n%s", tail);
}

static int compile(const struct xsm_build *what, const char *dir, char *error)
{
	static char modules[XSM_MODULES_MAX * PATH_MAX];
	char xen[PATH_MAX + 16], out[PATH_MAX], log[PATH_MAX];
	char *argv[ARGS_MAX] = {(char *)(uintptr_t) "make",
				(char *)(uintptr_t) "-s",
				(char *)(uintptr_t) "--no-print-directory",
				(char *)(uintptr_t) "-C",
				(char *)(uintptr_t)what->rules,
				xen,
				out,
				modules};
	bool hold = what->workloads && what->workloads->hold_unlabelled;
	int rc;

	if (gather(what, dir, modules, sizeof(modules), error) < 0)
		return -1;
	snprintf(xen, sizeof(xen), "XEN_FLASK=%s", what->xen);
	snprintf(out, sizeof(out), "O=%s", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	argv[8] = (char *)(uintptr_t)(hold ? "HOLD=yes" : "HOLD=no");
	rc = run(argv, log);
	if (rc < 0)
		return fail(error, "make", strerror(errno));
	if (rc)
		show_log(log, error);
	return rc ? -1 : 0;
}

/* Return: as xsm_build(). */
static int prove(const struct xsm_build *what, const char *path, struct proof *proof, char *error)
{
	char why[XSM_ERROR_MAX];
	struct xsm_policy *policy = xsm_open(path, why);

	if (!policy)
		return fail(error, path, why);
	proof_run(policy, what->workloads, proof);
	xsm_close(policy);
	return json_array_size(proof->findings) > 0;
}

static int publish(const char *from, const char *output, char *error)
{
	char new[PATH_MAX];

	if ((size_t)snprintf(new, sizeof(new), "%s.new", output) >= sizeof(new))
		return fail(error, output, strerror(ENAMETOOLONG));
	unlink(new);
	if (copy_file(from, new) == 0 && chmod(new, 0644) == 0 && rename(new, output) == 0)
		return 0;
	fail(error, output, strerror(errno));
	unlink(new);
	return -1;
}

/* make takes a blank for the end of a name, and a $ for the beginning of a variable. */
static int check_paths(const struct xsm_build *what, char *error)
{
	char path[PATH_MAX];

	if (what->xen[strspn(what->xen, NAME_LETTERS)] || what->xen[0] != '/')
		return fail(error, what->xen,
			    "must be an absolute path of letters, digits and ._+,@-");
	snprintf(path, sizeof(path), "%s/tools/flask/policy", what->xen);
	if (access(path, R_OK) < 0)
		return fail(error, what->xen,
			    "no source tree of Xen: it has no tools/flask/policy; "
			    "«apt-get source xen» gets one on Debian");
	snprintf(path, sizeof(path), "%s/Makefile", what->rules);
	if (access(path, R_OK) < 0)
		return fail(error, what->rules, "Lazaret's own rules (policy/xsm) are not there");
	return 0;
}

int xsm_build(const struct xsm_build *what, struct proof *proof, char *error)
{
	char dir[] = "/tmp/lazaret-xsm-XXXXXX", result[64];
	int rc;

	if (check_paths(what, error) < 0)
		return -1;
	if (!mkdtemp(dir))
		return fail(error, dir, strerror(errno));
	snprintf(result, sizeof(result), "%s/xenpolicy", dir);
	rc = compile(what, dir, error);
	if (!rc)
		rc = prove(what, result, proof, error);
	if (!rc && publish(result, what->output, error) < 0) {
		proof_free(proof);
		rc = -1;
	}
	nftw(dir, remove_one, FILES_MAX, FTW_DEPTH | FTW_PHYS);
	return rc;
}
