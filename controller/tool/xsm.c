// SPDX-License-Identifier: GPL-2.0-or-later
/* FLASK policies: made of the file of workloads, proven, and given to Xen. Needs no daemon. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "tool/ask.h"
#include "tool/text.h"
#include "xsm/build.h"
#include "xsm/load.h"
#include "xsm/policydb.h"
#include "xsm/workloads.h"

#define RULES_DIR DATADIR "/lazaret/policy/xsm"

/* What a command works on; see begin(). */
struct job {
	const char *path; /* of the file of workloads; NULL: none */
	struct workloads *workloads;
};

/* Says what failed, line by line. @text is changed. Return: an exit status. */
static int failed(const struct args *args, char *text)
{
	size_t len = strlen(text);
	char *save;

	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (args->json)
		return ask_failed(args, "%s", text);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ask_failed(args, "%s", line);
	return TOOL_FAILED;
}

/* The file that is named, or the usual one if it is there. Return: false after messages. */
static bool begin(const struct args *args, struct job *job)
{
	char *errors = NULL;
	size_t len = 0;
	FILE *out;

	*job = (struct job){.path = args->workloads};
	if (!job->path && access(CONF_WORKLOADS, F_OK) == 0)
		job->path = CONF_WORKLOADS;
	if (!job->path)
		return true;
	out = open_memstream(&errors, &len);
	if (!out)
		errx(TOOL_FAILED, "no memory");
	job->workloads = workloads_load(job->path, out);
	fclose(out);
	if (!job->workloads)
		failed(args, errors);
	free(errors);
	return job->workloads;
}

static void print_finding(const json_t *finding)
{
	const char *via = text_of(finding, "via");

	if (text_of(finding, "from"))
		printf("  %s → %s%s%s: %s %s\n      ", text_of(finding, "from"),
		       text_of(finding, "to"), via ? " by " : "", via ? via : "",
		       text_of(finding, "class"), text_of(finding, "permissions"));
	else
		printf("  ");
	printf("%s\n", text_of(finding, "why"));
}

/* Says what the proof came to, and frees it. @done: what was done with it, if it is good. */
static int report(const struct args *args, const struct job *job, const char *path,
		  struct proof *proof, const char *done)
{
	bool good = !json_array_size(proof->findings);
	const json_t *finding;
	size_t i;

	if (args->json) {
		ask_answer(json_pack("{s:b,s:s,s:b,s:i,s:i,s:i,s:O}", "ok", good, "policy", path,
				     "proven", good, "types", (int)proof->types, "pairs",
				     (int)proof->pairs, "workloads",
				     job->workloads ? (int)job->workloads->count : 0, "findings",
				     proof->findings));
	} else if (good) {
		printf("%s: %s: no way from or to a VM in danger among %u types of guests", path,
		       done, proof->types);
		if (job->workloads)
			printf(", and the %zu workloads of %s are as apart as it says",
			       job->workloads->count, job->path);
		puts("");
	} else {
		printf("%s: refused:\n", path);
		json_array_foreach (proof->findings, i, finding)
			print_finding(finding);
	}
	proof_free(proof);
	return good ? TOOL_OK : TOOL_FAILED;
}

/* Return: false after a message; else the proof is to be freed. */
static bool prove(const struct args *args, const struct job *job, const char *path,
		  struct proof *proof)
{
	char error[XSM_ERROR_MAX];
	struct xsm_policy *policy = xsm_open(path, error);

	if (!policy) {
		ask_failed(args, "%s: %s", path, error);
		return false;
	}
	proof_run(policy, job->workloads, proof);
	xsm_close(policy);
	return true;
}

static int build(const struct args *args, const struct job *job)
{
	struct xsm_build what = {
		.xen = args->xen,
		.rules = args->rules ? args->rules : RULES_DIR,
		.workloads = job->workloads,
		.workloads_path = job->path,
		.module = (const char *const *)args->operand + 1,
		.modules = (size_t)args->operands - 1,
		.output = args->output,
	};
	char error[XSM_BUILD_ERROR];
	struct proof proof;

	if (!args->xen || !args->output) {
		warnx("xsm build: --xen=DIR (Xen's source) and --output=FILE are required");
		return TOOL_USAGE;
	}
	if (what.modules > XSM_MODULES_MAX) {
		warnx("xsm build: at most %d modules", XSM_MODULES_MAX);
		return TOOL_USAGE;
	}
	if (xsm_build(&what, &proof, error) < 0)
		return failed(args, error);
	return report(args, job, args->output, &proof, "built and proven");
}

static int check(const struct args *args, const struct job *job)
{
	const char *path = args->operand[1];
	struct proof proof;

	if (!prove(args, job, path, &proof))
		return TOOL_FAILED;
	return report(args, job, path, &proof, "proven");
}

/* Never one that lets danger reach anyone, whoever made it. */
static int load(const struct args *args, const struct job *job)
{
	const char *path = args->operand[1];
	char error[XSM_ERROR_MAX];
	struct proof proof;

	if (!prove(args, job, path, &proof))
		return TOOL_FAILED;
	if (json_array_size(proof.findings))
		return report(args, job, path, &proof, NULL);
	if (xsm_load(path, error, sizeof(error)) == 0)
		return report(args, job, path, &proof,
			      "proven and loaded, until the next boot (then it is what the boot "
			      "loader gives to Xen)");
	proof_free(&proof);
	return ask_failed(args, "%s: not loaded: %s", path, error);
}

/* Operands without the first. */
static const struct {
	const char *name;
	int min, max;
	int (*run)(const struct args *args, const struct job *job);
} actions[] = {
	{"build", 0, XSM_MODULES_MAX, build},
	{"check", 1, 1, check},
	{"load", 1, 1, load},
};

int run_xsm(const struct args *args)
{
	struct job job;
	int status;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(args->operand[0], actions[i].name) ||
		    args->operands - 1 < actions[i].min || args->operands - 1 > actions[i].max)
			continue;
		if (!begin(args, &job))
			return TOOL_FAILED;
		status = actions[i].run(args, &job);
		workloads_free(job.workloads);
		return status;
	}
	warnx("xsm: «build --xen=DIR --output=FILE [MODULE…]», «check FILE» or «load FILE»");
	return TOOL_USAGE;
}
