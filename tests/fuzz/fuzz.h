/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz targets: each takes any bytes, as a hostile guest or disk may hand them to us, and
 * aborts where an invariant does not hold. libFuzzer calls them (target.c), and so does the
 * unit test test_fuzz over the seeds and some mutations of them.
 */
#ifndef LAZARET_FUZZ_H
#define LAZARET_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* A target. */
typedef void (*fuzz_fn)(const uint8_t *data, size_t len);

/** fuzz_record() - first byte: bit 0 repairs template hashes; then a log of IMA records */
void fuzz_record(const uint8_t *data, size_t len);

/** fuzz_wire() - first byte: bit 0 who sends, others how much at once; then a stream */
void fuzz_wire(const uint8_t *data, size_t len);

/** fuzz_pack() - first byte: bit 0 repairs the trailer; then a golden pack */
void fuzz_pack(const uint8_t *data, size_t len);

/** fuzz_tpm() - first byte: which of quote, event log, evidence, filter; then what that reads */
void fuzz_tpm(const uint8_t *data, size_t len);

/** fuzz_image() - a disk */
void fuzz_image(const uint8_t *data, size_t len);

/** fuzz_rollout() - first byte: bit 0 a pack is replaced, bit 1 later; then a policy */
void fuzz_rollout(const uint8_t *data, size_t len);

/** fuzz_result() - a head, then findings, as a remedy domain writes them */
void fuzz_result(const uint8_t *data, size_t len);

/* Of the packs new.pack and old.pack that a policy can name there. */
#define FUZZ_ROLLOUT_DIR "/proc/self/cwd/"

/** fuzz_golden() - first byte: which of archive, Keylime, list, packages, policy, PCRs; then that */
void fuzz_golden(const uint8_t *data, size_t len);

/* Takes a seed: @data is gone after the call. */
typedef void (*seed_fn)(const char *name, const uint8_t *data, size_t len, void *arg);

/** seed_…() - call @take with each seed of that target */
void seed_record(seed_fn take, void *arg);
void seed_wire(seed_fn take, void *arg);
void seed_pack(seed_fn take, void *arg);
void seed_tpm(seed_fn take, void *arg);
void seed_golden(seed_fn take, void *arg);
void seed_image(seed_fn take, void *arg);
void seed_rollout(seed_fn take, void *arg);
void seed_result(seed_fn take, void *arg);

/**
 * struct fuzz_target - a target and its seeds
 * @name:	such as "record"
 */
struct fuzz_target {
	const char *name;
	fuzz_fn run;
	void (*seed)(seed_fn take, void *arg);
};

#define FUZZ_TARGETS 8

extern const struct fuzz_target fuzz_targets[FUZZ_TARGETS];

/** fuzz_pack_fd() - a file in memory with a pack of imalog's digests of /bin/a and /bin/b */
int fuzz_pack_fd(void);

#endif
