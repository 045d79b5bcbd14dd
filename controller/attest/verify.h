/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision on each record of a guest's log. */
#ifndef LAZARET_VERIFY_H
#define LAZARET_VERIFY_H

#include "attest/replay.h"
#include "attest/seen.h"
#include "attest/template.h"
#include "golden/shelf.h"

/* Bytes of finding_describe()'s text with its NUL. */
#define FINDING_TEXT_MAX 2048

/* Bytes of finding_version()'s text with its NUL. */
#define FINDING_VERSION_MAX (PACK_TOLD_MAX + 16)

/* The PCR that quotes prove the log by (kernel: CONFIG_IMA_MEASURE_PCR_IDX). */
#define VERIFY_PCR 10

/* What a record turned out to be.  Names: finding_class_name(). */
enum finding_class {
	FINDING_GOOD = 0, /* this digest is golden for this path */
	FINDING_ELSEWHERE, /* golden digest under a path that the pack does not know */
	FINDING_SWAPPED, /* golden digest of another path where the pack wants a different one */
	FINDING_BYPASS, /* boot_aggregate of zeros at the start: IMA found no TPM */
	FINDING_BOOT_AGGREGATE, /* boot_aggregate at the start, of PCRs nobody compared */
	FINDING_OTHER_PCR, /* another PCR's record, which no quote of ours proves */
	FINDING_SIGNED, /* not golden, but signed by somebody whom policy names */
	FINDING_SIGNED_OTHER, /* signed likewise, where another content is golden */
	FINDING_EXCLUDED, /* not golden, but below a path that policy excludes */
	FINDING_BUFFER, /* a buffer, not a file: key, command line, critical data */
	FINDING_NO_PACK, /* well-formed, but there is nothing to compare it with */
	FINDING_OUTDATED, /* golden once, in a pack that is retired */
	FINDING_UNKNOWN_FILE, /* neither path nor digest is golden */
	FINDING_WRONG_DIGEST, /* the path is golden with another digest */
	FINDING_MOVED, /* likewise, and it was run from an excluded path before */
	FINDING_UNKNOWN_ALG, /* digest of an algorithm or kind the pack can't answer for */
	FINDING_UNKNOWN_TEMPLATE, /* nobody knows the fields that should say what it is */
	FINDING_VIOLATION, /* IMA could not vouch: open writer, time of measure and of use */
	FINDING_DENIED, /* the digest is on the deny list */
	/* From here on the log itself is at fault: no policy can allow these. */
	FINDING_LOG_START, /* the first record is not boot_aggregate */
	FINDING_RESTART, /* boot_aggregate again, later: kexec, or two logs in one */
	FINDING_BOOT_MISMATCH, /* boot_aggregate of another start than the TPM's */
	FINDING_BAD_RECORD, /* not a record */
	FINDING_BAD_TEMPLATE, /* a record whose fields make no sense */
	FINDING_MISMATCH, /* template hash is not that of the data */
	FINDING_INTERNAL, /* our own failure: no statement about the record */
	FINDING_CLASSES,
};

/* What follows from a class; the greater, the worse. */
enum finding_action {
	ACTION_ALLOW = 0, /* as good as golden */
	ACTION_WARN, /* still good, worth a line */
	ACTION_UNKNOWN, /* the guest can't be called trusted, nor in danger */
	ACTION_DANGER,
};

/**
 * struct finding - the decision on one record
 * @class:	what it is
 * @action:	what follows, by the verifier's table
 * @index:	the record's place in the log, from 0
 * @pcr:	the record's PCR; 0 for FINDING_BAD_RECORD
 * @path:	as IMA wrote it, into the record's buffer: any byte but NUL, not
 *		terminated.  NULL if it could not be read
 * @path_len:	bytes of @path
 * @alg:	name of the algorithm of @found, into the buffer, not terminated; or NULL
 * @alg_len:	bytes of @alg
 * @found:	digest measured, into the buffer; NULL if there is none
 * @found_len:	bytes of @found, at most ALG_DIGEST_MAX
 * @expected_alg: algorithm of @expected
 * @expected:	digest the pack has for this path, @expected_alg->size bytes, into the
 *		pack; NULL if none
 * @expected_pack: the pack that says so
 * @expected_origin: what @expected is out of there
 * @nearest:	path that the digest belongs to in @known_pack, into the pack; NULL if that is @path,
 *		or not known
 * @nearest_len: bytes of @nearest
 * @known_pack:	the pack that knows the digest, if it is not good; NULL if none does
 * @known_origin: what it is out of there
 * @known_kind:	that of @known_pack
 * @reason:	why, one static sentence
 */
struct finding {
	enum finding_class class;
	enum finding_action action;
	uint64_t index;
	uint32_t pcr;
	const char *path;
	uint32_t path_len;
	const char *alg;
	uint32_t alg_len;
	const uint8_t *found;
	uint32_t found_len;
	const struct alg *expected_alg;
	const uint8_t *expected;
	const struct pack *expected_pack;
	uint32_t expected_origin;
	const char *nearest;
	uint32_t nearest_len;
	const struct pack *known_pack;
	uint32_t known_origin;
	enum shelf_kind known_kind;
	const char *reason;
};

/**
 * struct verify_boot - what boot_aggregate must be, for each bank that IMA may have made it of
 * @known:	the start was measured: the rest is filled
 */
struct verify_boot {
	bool known;
	uint8_t sha1[20];
	uint8_t sha256[32];
};

/**
 * struct verifier - one guest's log, checked from record 0 on
 * @shelf:	golden values; NULL: everything else is checked, nothing is golden
 * @replay:	PCRs after the records so far; owned
 * @action:	per class; set by verifier_set_action()
 * @count:	records per class
 * @records:	all of them
 * @worst:	the worst action so far
 * @boot:	set by verifier_set_boot()
 * @excluded:	contents that only an excluded path let pass; owned
 *
 * Read what you like, change only by the functions below.
 */
struct verifier {
	const struct shelf *shelf;
	struct replay *replay;
	enum finding_action action[FINDING_CLASSES];
	uint64_t count[FINDING_CLASSES];
	uint64_t records;
	enum finding_action worst;
	struct verify_boot boot;
	struct seen excluded;
};

/**
 * verifier_init() - ready for record 0
 * @shelf:	must outlive @v; may be NULL
 * @banks:	as replay_new()'s
 *
 * Default actions: good, elsewhere, signed, excluded and bypass are allowed; signed-other, buffers
 * and a boot_aggregate nobody compared are worth a warning; outdated, no pack and our own failures
 * are unknown; all else is danger.
 *
 * Return: 0, or -1 (see replay_new()).
 */
int verifier_init(struct verifier *v, const struct shelf *shelf, const char *banks);

/** verifier_destroy() - frees what @v owns */
void verifier_destroy(struct verifier *v);

/** verifier_reset() - a new boot: record 0 comes next; shelf, actions and @boot stay */
void verifier_reset(struct verifier *v);

/**
 * verifier_set_action() - let policy say what a class means
 *
 * Return: 0, or -1 if finding_can_be() says no.
 */
int verifier_set_action(struct verifier *v, enum finding_class class, enum finding_action action);

/** verifier_set_boot() - what the guest's start must have led to, before record 0 */
void verifier_set_boot(struct verifier *v, const struct verify_boot *boot);

/** finding_can_be() - may policy say so of a class? */
bool finding_can_be(enum finding_class class, enum finding_action action);

/**
 * verify_record() - decide on the next record
 * @untrusted_buf: private copy of one record, nothing else; must outlive the use of @out
 * @len:	its bytes
 * @out:	always written
 *
 * Records are given in log order, from 0, each once: the number of calls is the index.
 * Goes on after anything, so that later records are judged as well.
 *
 * Return: out->action.
 */
enum finding_action verify_record(struct verifier *v, const uint8_t *untrusted_buf, size_t len,
				  struct finding *out);

/** finding_class_name() - such as "unknown-file"; static */
const char *finding_class_name(enum finding_class class);

/** finding_action_name() - "allow", "warn", "unknown", "danger"; static */
const char *finding_action_name(enum finding_action action);

/** finding_class_by_name() - Return: the class, or -1 */
int finding_class_by_name(const char *name);

/** finding_action_by_name() - Return: the action, or -1 */
int finding_action_by_name(const char *name);

/**
 * finding_expected_version() - what should be at the path, such as «bash 5.2.15-2+b7»
 * @out:	FINDING_VERSION_MAX bytes, printable ASCII; empty if nothing is known
 *
 * If the pack does not say of which package a value is, the pack itself is named.
 */
void finding_expected_version(const struct finding *f, char *out);

/** finding_known_version() - likewise, what was found, such as «bash 5.2.15-2 (retired)» */
void finding_known_version(const struct finding *f, char *out);

/**
 * finding_describe() - one printable line: class, path, digests, versions, nearest, reason
 * @out:	FINDING_TEXT_MAX bytes
 *
 * Bytes that are not printable ASCII are written as \xNN; long paths are cut.
 */
void finding_describe(const struct finding *f, char *out);

#endif
