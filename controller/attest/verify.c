/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/verify.h"

#include <string.h>
#include <time.h>

#include "attest/signers.h"

/* What a class is called in configuration and reports, means if policy is silent, and why. */
struct meaning {
	const char *name;
	enum finding_action action;
	bool fixed; /* no policy can change it */
	const char *reason;
};

static const struct meaning meanings[FINDING_CLASSES] = {
	[FINDING_GOOD] = {"good", ACTION_ALLOW, true, "golden for this path"},
	[FINDING_ELSEWHERE] = {"elsewhere", ACTION_ALLOW, false,
			       "golden content, but of another path"},
	[FINDING_SWAPPED] = {"swapped", ACTION_DANGER, false,
			     "golden content of another path has taken this one's place"},
	[FINDING_BYPASS] = {"bypass", ACTION_ALLOW, false,
			    "IMA found no TPM when the guest started: the log is not rooted in "
			    "the boot PCRs"},
	[FINDING_BOOT_AGGREGATE] = {"boot-aggregate", ACTION_WARN, false,
				    "IMA uses a TPM whose boot PCRs were not compared"},
	[FINDING_OTHER_PCR] =
		{"other-pcr", ACTION_DANGER, false,
		 "a record of another PCR than 10: no proof covers it, so that it may "
		 "be altered, invented or left out"},
	[FINDING_SIGNED] = {"signed", ACTION_ALLOW, false, "signed by a key that policy names"},
	[FINDING_SIGNED_OTHER] = {"signed-other", ACTION_WARN, false,
				  "the path is golden with other content; this one is signed by a "
				  "key that policy names"},
	[FINDING_EXCLUDED] = {"excluded", ACTION_ALLOW, false,
			      "not golden; policy excludes its path"},
	[FINDING_BUFFER] = {"buffer", ACTION_WARN, false,
			    "a key, command line or critical data, not a file"},
	[FINDING_NO_PACK] = {"no-pack", ACTION_UNKNOWN, true,
			     "there is no golden pack to compare with"},
	[FINDING_OUTDATED] = {"outdated", ACTION_UNKNOWN, false,
			      "golden once, but its pack is retired: an update is missing"},
	[FINDING_UNKNOWN_FILE] = {"unknown-file", ACTION_DANGER, false,
				  "neither the path nor the content is golden"},
	[FINDING_WRONG_DIGEST] = {"wrong-digest", ACTION_DANGER, false,
				  "the path is golden with other content"},
	[FINDING_MOVED] = {"moved", ACTION_DANGER, false,
			   "not golden, and it was used from an excluded path before: an exclusion "
			   "brought it in"},
	[FINDING_UNKNOWN_ALG] = {"unknown-algorithm", ACTION_DANGER, false,
				 "the golden pack has no digest of this kind to compare with"},
	[FINDING_UNKNOWN_TEMPLATE] =
		{"unknown-template", ACTION_DANGER, false,
		 "nobody knows the fields of its template: what it is of can't "
		 "be told"},
	[FINDING_VIOLATION] = {"violation", ACTION_DANGER, false,
			       "IMA could not vouch for the content: it was open for writing "
			       "while in use"},
	[FINDING_DENIED] = {"denied", ACTION_DANGER, true, "the content is on the deny list"},
	[FINDING_LOG_START] = {"log-start", ACTION_DANGER, true,
			       "the log does not start with boot_aggregate: its start is "
			       "missing"},
	[FINDING_RESTART] = {"restart", ACTION_DANGER, true,
			     "boot_aggregate within the log: another kernel was started in this "
			     "boot, or a name is forged"},
	[FINDING_BOOT_MISMATCH] = {"boot-mismatch", ACTION_DANGER, true,
				   "boot_aggregate is not that of the start that dom0 measured"},
	[FINDING_BAD_RECORD] = {"bad-record", ACTION_DANGER, true, "not a record"},
	[FINDING_BAD_TEMPLATE] = {"bad-template", ACTION_DANGER, true, "unreadable template"},
	[FINDING_MISMATCH] = {"template-mismatch", ACTION_DANGER, true,
			      "the template hash is not that of the data: the record was "
			      "altered"},
	[FINDING_INTERNAL] = {"internal", ACTION_UNKNOWN, true,
			      "the controller could not judge this record"},
};

static const char *const action_names[] = {
	[ACTION_ALLOW] = "allow",
	[ACTION_WARN] = "warn",
	[ACTION_UNKNOWN] = "unknown",
	[ACTION_DANGER] = "danger",
};

static const char undecided[] =
	"there is a deny list, and it has no digests of this kind: the content may be denied";

#define ACTIONS (int)(sizeof(action_names) / sizeof(action_names[0]))

int verifier_init(struct verifier *v, const struct shelf *shelf, const char *banks)
{
	memset(v, 0, sizeof(*v));
	v->shelf = shelf;
	for (int i = 0; i < FINDING_CLASSES; i++)
		v->action[i] = meanings[i].action;
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

bool finding_can_be(enum finding_class class, enum finding_action action)
{
	return !meanings[class].fixed || action == meanings[class].action;
}

int verifier_set_action(struct verifier *v, enum finding_class class, enum finding_action action)
{
	if (!finding_can_be(class, action))
		return -1;
	v->action[class] = action;
	return 0;
}

static enum finding_class say(struct finding *out, enum finding_class class, const char *reason)
{
	out->reason = reason;
	return class;
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

/* A file that golden packs can be asked about. */
static bool is_comparable(const struct verifier *v, const struct ima_entry *e)
{
	return v->shelf && e->alg && !e->verity && !e->violation && !e->is_buffer;
}

static enum finding_class judge_file(const struct shelf *shelf, const struct shelf_query *q,
				     struct finding *out)
{
	struct pack_answer answer;
	enum shelf_class class = shelf_answer(shelf, q, &answer);

	out->expected_alg = answer.alg;
	out->expected = answer.expected;
	out->nearest = answer.path;
	out->nearest_len = answer.path_len;
	switch (class) {
	case SHELF_GOOD:
		return FINDING_GOOD;
	case SHELF_ELSEWHERE:
		return answer.expected ? FINDING_SWAPPED : FINDING_ELSEWHERE;
	case SHELF_OTHER_DIGEST:
		return answer.alg == q->alg ? FINDING_WRONG_DIGEST : FINDING_UNKNOWN_ALG;
	case SHELF_OUTDATED:
		return FINDING_OUTDATED;
	case SHELF_EXCLUDED:
		return FINDING_EXCLUDED;
	case SHELF_DENIED_DIGEST:
		return FINDING_DENIED;
	case SHELF_UNDECIDED:
		return say(out, FINDING_UNKNOWN_ALG, undecided);
	case SHELF_UNKNOWN:
		return FINDING_UNKNOWN_FILE;
	case SHELF_ERROR:
		break;
	}
	return say(out, FINDING_INTERNAL, "a golden pack is inconsistent");
}

/* What nothing that vouches for a file knows of may have been signed. */
static bool may_be_signed(enum finding_class class)
{
	return class == FINDING_UNKNOWN_FILE || class == FINDING_WRONG_DIGEST ||
	       class == FINDING_EXCLUDED || class == FINDING_UNKNOWN_ALG;
}

/* A file that no pack vouches for may have somebody who does. */
static enum finding_class judge_signature(const struct verifier *v, const struct ima_entry *e,
					  enum finding_class class, struct finding *out)
{
	if (!may_be_signed(class) || out->reason == undecided || !v->shelf->signers ||
	    !signers_has_any(e))
		return class;
	switch (signers_check(v->shelf->signers, e, time(NULL))) {
	case SIGNATURE_GOOD:
		return class == FINDING_WRONG_DIGEST ? FINDING_SIGNED_OTHER : FINDING_SIGNED;
	case SIGNATURE_STRANGER:
		return say(out, class, "not golden, and signed by a key that policy does not name");
	case SIGNATURE_EXPIRED:
		return say(out, class, "not golden, and signed by a key that has expired");
	case SIGNATURE_BAD:
		return say(out, class, "not golden, and its signature is not of this content");
	case SIGNATURE_NONE:
		break;
	}
	return class;
}

/* Digests that no pack has may be on the deny list in another form. */
static enum finding_class judge_incomparable(const struct verifier *v, struct finding *out)
{
	return shelf_denies_nothing(v->shelf) ? FINDING_UNKNOWN_ALG
					      : say(out, FINDING_UNKNOWN_ALG, undecided);
}

/*
 * What was let pass for its path alone has another path now. The kernel writes no record of a file that
 * was merely renamed: this is one that was copied, or forgotten by the kernel and used again.
 */
static enum finding_class judge_exclusion(struct verifier *v, const struct ima_entry *e,
					  enum finding_class class)
{
	if (class == FINDING_EXCLUDED)
		seen_add(&v->excluded, e);
	else if ((class == FINDING_UNKNOWN_FILE || class == FINDING_WRONG_DIGEST) &&
		 seen_has(&v->excluded, e))
		return FINDING_MOVED;
	return class;
}

static enum finding_class judge_entry(struct verifier *v, const struct ima_entry *e,
				      const struct shelf_query *q, struct finding *out)
{
	enum finding_class class;

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
	class = is_comparable(v, e) ? judge_file(v->shelf, q, out) : judge_incomparable(v, out);
	return judge_exclusion(v, e, judge_signature(v, e, class, out));
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
		return say(out, FINDING_BAD_RECORD, error);
	if (rec.size != len)
		return say(out, FINDING_BAD_RECORD, "bytes follow the record");
	out->pcr = rec.pcr;
	if (template_parse(&rec, &entry, &error))
		unreadable = error;
	else if (is_comparable(v, &entry))
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
		return entry.unknown && out->index ? FINDING_UNKNOWN_TEMPLATE
						   : say(out, FINDING_BAD_TEMPLATE, unreadable);
	case REPLAY_MISMATCH:
		/* An altered record is read all the same, to say which file it is about. */
		out->path = unreadable ? NULL : entry.path;
		out->path_len = unreadable ? 0 : entry.path_len;
		return FINDING_MISMATCH;
	default:
		return say(out, FINDING_INTERNAL, "OpenSSL failed to compute a digest");
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
		out->class = say(out, FINDING_OTHER_PCR, meanings[FINDING_OTHER_PCR].reason);
	if (!out->reason)
		out->reason = meanings[out->class].reason;
	out->action = v->action[out->class];
	v->count[out->class]++;
	if (out->action > v->worst)
		v->worst = out->action;
	return out->action;
}

const char *finding_class_name(enum finding_class class)
{
	return meanings[class].name;
}

const char *finding_action_name(enum finding_action action)
{
	return action_names[action];
}

int finding_class_by_name(const char *name)
{
	for (int i = 0; i < FINDING_CLASSES; i++)
		if (!strcmp(meanings[i].name, name))
			return i;
	return -1;
}

int finding_action_by_name(const char *name)
{
	for (int i = 0; i < ACTIONS; i++)
		if (!strcmp(action_names[i], name))
			return i;
	return -1;
}
