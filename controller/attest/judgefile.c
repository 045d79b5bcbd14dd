/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision on a file. */
#include <time.h>

#include "attest/judging.h"
#include "attest/signers.h"

static const char undecided[] =
	"there is a deny list, and it has no digests of this kind: the content may be denied";

/* Of the pack that knows the content: where no golden one does, a retired one may. */
static enum shelf_kind kind_of(enum shelf_class class)
{
	if (class == SHELF_DENIED_DIGEST)
		return SHELF_DENIED;
	return class == SHELF_ELSEWHERE ? SHELF_GOLDEN : SHELF_RETIRED;
}

static enum finding_class look_up(const struct shelf *shelf, const struct shelf_query *q,
				  struct finding *out)
{
	struct pack_answer answer;
	enum shelf_class class = shelf_answer(shelf, q, &answer);

	out->expected_alg = answer.alg;
	out->expected = answer.expected;
	out->expected_pack = answer.pack;
	out->expected_origin = answer.origin;
	out->nearest = answer.path;
	out->nearest_len = answer.path_len;
	out->known_pack = answer.known;
	out->known_origin = answer.known_origin;
	out->known_kind = kind_of(class);
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
		return judging_say(out, FINDING_UNKNOWN_ALG, undecided);
	case SHELF_UNKNOWN:
		return FINDING_UNKNOWN_FILE;
	case SHELF_ERROR:
		break;
	}
	return judging_say(out, FINDING_INTERNAL, "a golden pack is inconsistent");
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
		return judging_say(out, class,
				   "not golden, and signed by a key that policy does not name");
	case SIGNATURE_EXPIRED:
		return judging_say(out, class, "not golden, and signed by a key that has expired");
	case SIGNATURE_BAD:
		return judging_say(out, class,
				   "not golden, and its signature is not of this content");
	case SIGNATURE_NONE:
		break;
	}
	return class;
}

/* Digests that no pack has may be on the deny list in another form. */
static enum finding_class judge_incomparable(const struct verifier *v, struct finding *out)
{
	return shelf_denies_nothing(v->shelf) ? FINDING_UNKNOWN_ALG
					      : judging_say(out, FINDING_UNKNOWN_ALG, undecided);
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

enum finding_class judging_file(struct verifier *v, const struct ima_entry *e,
				const struct shelf_query *q, struct finding *out)
{
	enum finding_class class = judging_is_comparable(v, e) ? look_up(v->shelf, q, out)
							       : judge_incomparable(v, out);

	return judge_exclusion(v, e, judge_signature(v, e, class, out));
}
