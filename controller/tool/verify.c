// SPDX-License-Identifier: GPL-2.0-or-later
/* IMA's list from any machine, checked without a daemon. */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/imapolicy.h"
#include "attest/logfile.h"
#include "attest/pcrtext.h"
#include "attest/verify.h"
#include "common/hex.h"
#include "golden/policy.h"
#include "tool/ask.h"

/* What is told of one list. */
struct report {
	const struct args *args;
	struct verifier verifier;
	struct imapolicy imapolicy;
	struct pcrtext pcrs; /* no banks: none were given */
	uint64_t explained; /* records whose replay is what the PCRs are; 0: none so far */
	bool touched[IMA_PCR_COUNT]; /* PCRs that the list extends */
	char error[LOGFILE_ERROR_MAX]; /* why reading ended; empty: it was read to its end */
};

/* With golden values, and not only for what it is in itself? */
static bool is_judged(const struct report *r)
{
	return r->verifier.shelf != NULL;
}

/* Return: false if one of them is another; else how many were compared is added to @compared. */
static bool compare_bank(const struct report *r, size_t i, const struct pcrtext_bank *given,
			 unsigned int *compared)
{
	for (uint32_t pcr = 0; pcr < IMA_PCR_COUNT; pcr++) {
		if (!r->touched[pcr] || !given->given[pcr])
			continue;
		if (memcmp(replay_pcr(r->verifier.replay, i, pcr), given->value[pcr],
			   given->alg->size) != 0)
			return false;
		++*compared;
	}
	return true;
}

/*
 * Whether all the PCRs given that the list extends are what the records so far make them. If there
 * is none of these, nothing was compared, and nothing is explained.
 */
static bool is_explained(const struct report *r)
{
	const struct replay *replay = r->verifier.replay;
	unsigned int compared = 0;

	for (size_t k = 0; k < r->pcrs.banks; k++)
		for (size_t i = 0; i < replay_banks(replay); i++)
			if (replay_bank(replay, i) == r->pcrs.bank[k].alg &&
			    !compare_bank(r, i, &r->pcrs.bank[k], &compared))
				return false;
	return compared > 0;
}

/* Could any of the PCRs given ever have been compared? */
static bool is_comparable(const struct report *r)
{
	const struct replay *replay = r->verifier.replay;

	for (size_t k = 0; k < r->pcrs.banks; k++)
		for (size_t i = 0; i < replay_banks(replay); i++)
			for (uint32_t pcr = 0; pcr < IMA_PCR_COUNT; pcr++)
				if (replay_bank(replay, i) == r->pcrs.bank[k].alg &&
				    r->touched[pcr] && r->pcrs.bank[k].given[pcr])
					return true;
	return false;
}

static json_t *hex_json(const uint8_t *data, size_t len)
{
	char hex[2 * ALG_DIGEST_MAX + 1];

	hex_encode(hex, data, len);
	return json_string(hex);
}

static void set_version(json_t *out, const char *key,
			void (*tell)(const struct finding *f, char *out), const struct finding *f)
{
	char version[FINDING_VERSION_MAX];

	tell(f, version);
	if (*version)
		json_object_set_new(out, key, json_string(version));
}

static void print_finding_json(const struct finding *f, const char *text)
{
	json_t *out = json_pack("{s:I,s:i,s:s,s:s,s:s,s:s}", "index", (json_int_t)f->index, "pcr",
				(int)f->pcr, "class", finding_class_name(f->class), "action",
				finding_action_name(f->action), "reason", f->reason, "text", text);

	if (f->found)
		json_object_set_new(out, "found", hex_json(f->found, f->found_len));
	if (f->expected)
		json_object_set_new(out, "expected", hex_json(f->expected, f->expected_alg->size));
	set_version(out, "expected_version", finding_expected_version, f);
	set_version(out, "known_version", finding_known_version, f);
	ask_print_json(out);
	json_decref(out);
}

static void print_finding(const struct report *r, const struct finding *f)
{
	char text[FINDING_TEXT_MAX];

	finding_describe(f, text);
	if (r->args->json)
		print_finding_json(f, text);
	else
		printf("%-7s record %" PRIu64 ", PCR %u: %s\n", finding_action_name(f->action),
		       f->index, f->pcr, text);
}

static int judge(void *arg, const uint8_t *record, size_t len)
{
	struct report *r = arg;
	struct finding f;

	verify_record(&r->verifier, record, len, &f);
	imapolicy_record(&r->imapolicy, &f);
	r->touched[f.pcr] = true;
	if (r->pcrs.banks && is_explained(r))
		r->explained = r->verifier.records;
	/* Without a pack, that there is none is not worth a line for each record. */
	if (r->args->all || (f.action != ACTION_ALLOW && f.class != FINDING_NO_PACK))
		print_finding(r, &f);
	return 0;
}

static void print_pcrs(const struct report *r)
{
	const struct replay *replay = r->verifier.replay;
	char hex[2 * ALG_DIGEST_MAX + 1];

	for (size_t i = 0; i < replay_banks(replay); i++)
		for (uint32_t pcr = 0; pcr < IMA_PCR_COUNT; pcr++) {
			if (!r->touched[pcr])
				continue;
			hex_encode(hex, replay_pcr(replay, i, pcr), replay_bank(replay, i)->size);
			printf("%s PCR-%02u %s\n", replay_bank(replay, i)->name, pcr, hex);
		}
}

static json_t *pcrs_json(const struct report *r)
{
	const struct replay *replay = r->verifier.replay;
	json_t *out = json_object();

	for (size_t i = 0; i < replay_banks(replay); i++) {
		const struct alg *alg = replay_bank(replay, i);
		json_t *bank = json_object();

		for (uint32_t pcr = 0; pcr < IMA_PCR_COUNT; pcr++) {
			char number[12];

			snprintf(number, sizeof(number), "%u", pcr);
			if (r->touched[pcr])
				json_object_set_new(
					bank, number,
					hex_json(replay_pcr(replay, i, pcr), alg->size));
		}
		json_object_set_new(out, alg->name, bank);
	}
	return out;
}

/* Without golden values only the list itself is judged: that it can be read, and was not altered. */
static bool is_consistent(const struct report *r)
{
	static const enum finding_class faults[] = {FINDING_LOG_START, FINDING_BAD_RECORD,
						    FINDING_BAD_TEMPLATE, FINDING_MISMATCH,
						    FINDING_INTERNAL};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (r->verifier.count[faults[i]])
			return false;
	return true;
}

static const char *verdict(const struct report *r)
{
	if (r->error[0])
		return "damaged";
	if (r->pcrs.banks && !r->explained)
		return "not explained";
	if (!is_judged(r))
		return is_consistent(r) ? "consistent" : "altered";
	switch (r->verifier.worst) {
	case ACTION_DANGER:
		return "danger";
	case ACTION_UNKNOWN:
		return "unknown";
	default:
		return imapolicy_loaded(&r->imapolicy) ? "good" : "unknown";
	}
}

static bool is_fine(const struct report *r)
{
	const char *text = verdict(r);

	return !strcmp(text, "consistent") || !strcmp(text, "good");
}

static void print_summary_json(const struct report *r)
{
	json_t *count = json_object(), *out;

	for (int i = 0; i < FINDING_CLASSES; i++)
		if (r->verifier.count[i])
			json_object_set_new(count, finding_class_name(i),
					    json_integer((json_int_t)r->verifier.count[i]));
	out = json_pack("{s:b,s:s,s:I,s:o,s:o}", "ok", is_fine(r), "verdict", verdict(r), "records",
			(json_int_t)r->verifier.records, "classes", count, "pcrs", pcrs_json(r));
	if (r->error[0])
		json_object_set_new(out, "error", json_string(r->error));
	if (r->pcrs.banks)
		json_object_set_new(out, "explained", json_integer((json_int_t)r->explained));
	ask_print_json(out);
	json_decref(out);
}

static void print_summary(const struct report *r)
{
	for (int i = 0; i < FINDING_CLASSES; i++)
		if (r->verifier.count[i])
			printf("%8" PRIu64 " %s\n", r->verifier.count[i], finding_class_name(i));
	print_pcrs(r);
	if (r->pcrs.banks && r->explained)
		printf("the PCRs given are those after record %" PRIu64 " of %" PRIu64 "\n",
		       r->explained - 1, r->verifier.records);
	else if (r->pcrs.banks && is_comparable(r))
		puts("no prefix of the list explains the PCRs given");
	else if (r->pcrs.banks)
		puts("the list extends none of the PCRs given, or they are of banks that --banks "
		     "does not "
		     "name: nothing was compared");
	if (!imapolicy_loaded(&r->imapolicy))
		printf("the measurement policy %s is not among its first %d records\n",
		       r->imapolicy.path, IMAPOLICY_RECORDS_MAX);
	if (r->error[0])
		printf("reading ended: %s\n", r->error);
	printf("%" PRIu64 " records: %s%s\n", r->verifier.records, verdict(r),
	       is_judged(r) ? "" : " (no golden pack was given)");
}

/* Return: false after a message. */
static bool read_pcrs(struct report *r)
{
	char error[PCRTEXT_ERROR_MAX];
	FILE *in;
	int failed;

	if (!r->args->pcrs)
		return true;
	in = fopen(r->args->pcrs, "re");
	if (!in) {
		warn("%s", r->args->pcrs);
		return false;
	}
	failed = pcrtext_read(in, &r->pcrs, error);
	fclose(in);
	if (failed)
		warnx("%s: %s", r->args->pcrs, error);
	return !failed;
}

/* Return: false after a message. */
static bool read_log(struct report *r)
{
	bool is_stdin = !strcmp(r->args->log, "-");
	FILE *in = is_stdin ? stdin : fopen(r->args->log, "re");

	if (!in) {
		warn("%s", r->args->log);
		return false;
	}
	logfile_each(in, judge, r, r->error);
	if (!is_stdin)
		fclose(in);
	return true;
}

int run_verify(const struct args *args)
{
	struct report r = {.args = args};
	struct policy *policy = NULL;
	int status = TOOL_FAILED;

	if (!args->log || (args->policy && args->pack)) {
		warnx("verify: takes --log=FILE, or --log=- for standard input, and --policy=FILE "
		      "or "
		      "--pack=FILE or neither");
		return TOOL_USAGE;
	}
	if (args->policy || args->pack)
		policy = policy_load(args->policy, args->pack, stderr);
	if (!policy && (args->policy || args->pack))
		return TOOL_FAILED;
	if (verifier_init(&r.verifier, policy ? &policy->shelf : NULL,
			  args->banks ? args->banks : REPLAY_DEFAULT_BANKS)) {
		warnx("verify: no such banks, or no memory: «%s»", args->banks ? args->banks : "");
		policy_free(policy);
		return TOOL_USAGE;
	}
	if (policy)
		policy_apply(policy, &r.verifier);
	r.imapolicy.path = policy ? policy->shelf.ima_policy : NULL;
	if (read_pcrs(&r) && read_log(&r)) {
		if (args->json)
			print_summary_json(&r);
		else
			print_summary(&r);
		status = is_fine(&r) ? TOOL_OK : TOOL_FAILED;
	}
	verifier_destroy(&r.verifier);
	policy_free(policy);
	return status;
}
