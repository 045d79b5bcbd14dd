/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classes of findings: their names, what they mean if policy is silent, and why. */
#include <string.h>

#include "attest/judging.h"

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

#define ACTIONS (int)(sizeof(action_names) / sizeof(action_names[0]))

bool finding_can_be(enum finding_class class, enum finding_action action)
{
	return !meanings[class].fixed || action == meanings[class].action;
}

enum finding_action finding_default(enum finding_class class)
{
	return meanings[class].action;
}

const char *finding_reason(enum finding_class class)
{
	return meanings[class].reason;
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
