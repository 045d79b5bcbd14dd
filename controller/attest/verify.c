/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/verify.h"

#include <string.h>

#include "attest/judging.h"

int verifier_init(struct verifier *v, const struct shelf *shelf, const char *banks)
{
	memset(v, 0, sizeof(*v));
	v->shelf = shelf;
	for (int i = 0; i < FINDING_CLASSES; i++)
		v->action[i] = finding_default(i);
	v->replay = replay_new(banks);
	return v->replay ? 0 : -1;
}

void verifier_destroy(struct verifier *v)
{
	replay_free(v->replay);
	v->replay = NULL;
	seen_clear(&v->excluded);
}

void verifier_reset(struct verifier *v)
{
	replay_reset(v->replay);
	seen_clear(&v->excluded);
	memset(v->count, 0, sizeof(v->count));
	v->records = 0;
	v->worst = ACTION_ALLOW;
}

void verifier_set_boot(struct verifier *v, const struct verify_boot *boot)
{
	v->boot = *boot;
}

int verifier_set_action(struct verifier *v, enum finding_class class, enum finding_action action)
{
	if (!finding_can_be(class, action))
		return -1;
	v->action[class] = action;
	return 0;
}

static bool is_boot_aggregate(const struct ima_entry *e)
{
	static const char early[] = "boot_aggregate", late[] = "boot_aggregate_late";
	size_t len = e->path_len;

	return (len == strlen(early) && !memcmp(e->path, early, len)) ||
	       (len == strlen(late) && !memcmp(e->path, late, len));
}

static bool is_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/* IMA makes it of one of the TPM's banks, in that bank's algorithm. */
static enum finding_class judge_boot(const struct verify_boot *boot, const struct ima_entry *e)
{
	const char *alg = e->alg ? e->alg->name : "";
	bool same =
		(!strcmp(alg, "sha1") && !memcmp(e->digest, boot->sha1, sizeof(boot->sha1))) ||
		(!strcmp(alg, "sha256") && !memcmp(e->digest, boot->sha256, sizeof(boot->sha256)));

	if (!boot->known)
		return FINDING_BOOT_AGGREGATE;
	return same ? FINDING_GOOD : FINDING_BOOT_MISMATCH;
}

/* The first record, and any that claims to be it. */
static enum finding_class judge_start(const struct verifier *v, const struct ima_entry *e,
				      uint64_t index)
{
	if (index)
		return FINDING_RESTART;
	if (!is_boot_aggregate(e))
		return FINDING_LOG_START;
	if (e->violation)
		return FINDING_VIOLATION;
	return is_zero(e->digest, e->digest_len) ? FINDING_BYPASS : judge_boot(&v->boot, e);
}

static enum finding_class judge_entry(struct verifier *v, const struct ima_entry *e,
				      const struct shelf_query *q, struct finding *out)
{
	out->path = e->path;
	out->path_len = e->path_len;
	out->alg = e->alg_name;
	out->alg_len = e->alg_name_len;
	out->found = e->digest;
	out->found_len = e->digest_len;
	if (!out->index || is_boot_aggregate(e))
		return judge_start(v, e, out->index);
	if (e->violation)
		return FINDING_VIOLATION;
	if (e->is_buffer)
		return FINDING_BUFFER;
	if (!v->shelf)
		return FINDING_NO_PACK;
	return judging_file(v, e, q, out);
}

/* The record's place in the replay, and the look-up, which waits for memory, on its way meanwhile. */
static enum replay_status replay(const struct verifier *v, const struct ima_record *rec,
				 struct shelf_query *q)
{
	struct replay_step step;

	if (q->alg)
		shelf_ask(v->shelf, q);
	if (replay_begin(v->replay, rec, &step))
		return REPLAY_ERROR;
	if (q->alg)
		shelf_ask_record(v->shelf, q);
	return replay_finish(v->replay, rec, &step);
}

static enum finding_class judge(struct verifier *v, const uint8_t *untrusted_buf, size_t len,
				struct finding *out)
{
	struct ima_record rec;
	struct ima_entry entry;
	struct shelf_query query = {0};
	const char *error, *unreadable = NULL;

	if (record_parse(untrusted_buf, len, &rec, &error) != RECORD_OK)
		return judging_say(out, FINDING_BAD_RECORD, error);
	if (rec.size != len)
		return judging_say(out, FINDING_BAD_RECORD, "bytes follow the record");
	out->pcr = rec.pcr;
	if (template_parse(&rec, &entry, &error))
		unreadable = error;
	else if (judging_is_comparable(v, &entry))
		query = (struct shelf_query){.alg = entry.alg,
					     .digest = entry.digest,
					     .path = entry.path,
					     .path_len = entry.path_len};
	switch (replay(v, &rec, &query)) {
	case REPLAY_OK:
	case REPLAY_VIOLATION:
		if (!unreadable)
			return judge_entry(v, &entry, &query, out);
		/* A policy may let unknown templates pass, but not in boot_aggregate's place. */
		return entry.unknown && out->index
			       ? FINDING_UNKNOWN_TEMPLATE
			       : judging_say(out, FINDING_BAD_TEMPLATE, unreadable);
	case REPLAY_MISMATCH:
		/* An altered record is read all the same, to say which file it is about. */
		out->path = unreadable ? NULL : entry.path;
		out->path_len = unreadable ? 0 : entry.path_len;
		return FINDING_MISMATCH;
	default:
		return judging_say(out, FINDING_INTERNAL, "OpenSSL failed to compute a digest");
	}
}

/* What is worse about a record hides that no proof covers it, and nothing else does. */
static bool is_unproven(const struct verifier *v, const struct finding *f)
{
	return f->class != FINDING_BAD_RECORD && f->pcr != VERIFY_PCR &&
	       v->action[f->class] < v->action[FINDING_OTHER_PCR];
}

enum finding_action verify_record(struct verifier *v, const uint8_t *untrusted_buf, size_t len,
				  struct finding *out)
{
	memset(out, 0, sizeof(*out));
	out->index = v->records++;
	out->class = judge(v, untrusted_buf, len, out);
	if (is_unproven(v, out))
		out->class = judging_say(out, FINDING_OTHER_PCR, finding_reason(FINDING_OTHER_PCR));
	if (!out->reason)
		out->reason = finding_reason(out->class);
	out->action = v->action[out->class];
	v->count[out->class]++;
	if (out->action > v->worst)
		v->worst = out->action;
	return out->action;
}
