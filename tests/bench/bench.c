/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verifications per second on one core: bench RECORDS DIRECTORY
 *
 * Makes a log of as many files as a golden pack has, writes log, pack and the PCRs that
 * belong to it into the directory, and times parse, template hash, replay of two banks,
 * look-up and verdict. scripts/bench runs evmctl over the same log.
 */
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../unit/imalog.h"
#include "attest/verify.h"
#include "common/log.h"
#include "golden/build.h"
#include "golden/publish.h"

/* Each figure is the best of so many runs. */
#define RUNS 5

/* Bytes of a generated path, at most. */
#define PATH_SIZE   96
#define PREFIX_SIZE 8 /* of it */

/* Files of the deny list; of a package; records that are there when the daemon
 * starts again. */
#define DENIED	10000U
#define PACKAGE 200U /* files */
#define RESTART 100000U

static void path_of(size_t i, char *out)
{
	static const char *const dirs[] = {"/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/sbin",
					   "/usr/lib/python3/dist-packages",
					   "/usr/lib/modules/6.1.0-50-amd64/kernel/drivers/net"};

	snprintf(out, PATH_SIZE - PREFIX_SIZE, "%s/module-%zu.so", dirs[i % 5], i);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The order in which files are run has nothing to do with that of their names. */
static void make_log(struct imalog *l, size_t records)
{
	char path[PATH_SIZE];

	imalog_init(l);
	imalog_boot(l, NULL);
	for (size_t i = 1; i < records; i++) {
		path_of((i * 2654435761U) % records, path);
		imalog_add(l, &(struct imalog_entry){.path = path});
	}
}

/* A pack of every @step-th file from @first on; with another @prefix, of files that no log has. */
static void make_pack(const char *name, const char *prefix, size_t first, size_t files, size_t step)
{
	struct values values = {0};
	char path[PATH_SIZE], origin[PACK_ORIGIN_MAX], error[BUILD_ERROR_MAX];
	uint8_t digest[32];
	int len = snprintf(path, sizeof(path), "%s", prefix);

	for (size_t i = first; i < files; i += step) {
		path_of(i, path + len);
		imalog_digest(path, digest, sizeof(digest));
		snprintf(origin, sizeof(origin), "package-%zu 1.0-1", i / PACKAGE);
		if (values_origin(&values, origin) ||
		    values_add(&values, path, strlen(path), alg_by_id(2), digest))
			fatal("%s", name);
	}
	if (publish(name, &values, &(struct pack_label){.name = "bench"}, NULL, error))
		fatalx("%s", error);
	values_free(&values);
}

static void write_bytes(const char *name, const void *data, size_t len)
{
	FILE *f = fopen(name, "we");

	if (!f || fwrite(data, 1, len, f) != len || fclose(f))
		fatal("%s", name);
}

/* As evmctl's --pcrs reads them: «PCR-10: 01 23 …», a line for each PCR. */
static void write_pcrs(const char *name, const uint8_t *pcr, size_t size)
{
	FILE *f = fopen(name, "we");

	if (!f)
		fatal("%s", name);
	for (size_t i = 0; i < IMA_PCR_COUNT; i++) {
		fprintf(f, "PCR-%02zu:", i);
		for (size_t b = 0; b < size; b++)
			fprintf(f, " %02X", pcr[i * size + b]);
		fprintf(f, "\n");
	}
	if (fclose(f))
		fatal("%s", name);
}

static struct pack *open_pack(const char *name)
{
	char error[PACK_ERROR_MAX];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct pack *p = pack_open(fd, error);

	if (!p)
		fatalx("%s: %s", name, error);
	close(fd);
	return p;
}

/* Seconds for the whole log; everything in it must be good, or the figure means nothing. */
static double verify_log(struct verifier *v, const struct imalog *l)
{
	struct finding f;
	double start;

	verifier_reset(v);
	start = seconds();
	for (size_t i = 0; i < l->records; i++)
		verify_record(v, l->buf + l->start[i], l->start[i + 1] - l->start[i], &f);
	start = seconds() - start;
	if (v->count[FINDING_GOOD] + 1 != v->records || v->worst != ACTION_ALLOW)
		fatalx("a generated record was not found good");
	if (memcmp(replay_pcr(v->replay, 0, 10), l->sha1[10], 20) ||
	    memcmp(replay_pcr(v->replay, 1, 10), l->sha256[10], 32))
		fatalx("the replay is not that of the log");
	return start;
}

/* Seconds for parts of the way, to see where the time goes. */
static double parse_log(const struct imalog *l)
{
	struct ima_record rec;
	struct ima_entry entry;
	const char *reason;
	double start = seconds();

	for (size_t i = 0; i < l->records; i++)
		if (record_parse(l->buf + l->start[i], l->start[i + 1] - l->start[i], &rec,
				 &reason) != RECORD_OK ||
		    template_parse(&rec, &entry, &reason))
			fatalx("%s", reason);
	return seconds() - start;
}

static double replay_log(struct replay *r, const struct imalog *l)
{
	struct ima_record rec;
	const char *reason;
	double start = seconds();

	for (size_t i = 0; i < l->records; i++)
		if (record_parse(l->buf + l->start[i], l->start[i + 1] - l->start[i], &rec,
				 &reason) != RECORD_OK ||
		    replay_extend(r, &rec) != REPLAY_OK)
			fatalx("replay failed");
	return seconds() - start;
}

/* Seconds for the look-ups alone, of files in the log's order. */
static double look_up(const struct shelf *shelf, const struct imalog *l)
{
	struct pack_answer answer;
	struct ima_record rec;
	struct ima_entry e;
	const char *reason;
	double start = seconds();

	for (size_t i = 1; i < l->records; i++)
		if (record_parse(l->buf + l->start[i], l->start[i + 1] - l->start[i], &rec,
				 &reason) != RECORD_OK ||
		    template_parse(&rec, &e, &reason) ||
		    shelf_lookup(shelf, e.alg, e.digest, e.path, e.path_len, &answer) != SHELF_GOOD)
			fatalx("a generated record was not found good");
	return seconds() - start;
}

static void report(const char *what, double best, size_t records)
{
	printf("%-44s %9.0f records/s %7.0f ns each\n", what, (double)records / best,
	       best / (double)records * 1e9);
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static void run(struct verifier *v, const struct imalog *l)
{
	double all = 1e9, parse = 1e9, replay = 1e9, look = 1e9;

	for (int i = 0; i < RUNS; i++) {
		all = least(all, verify_log(v, l));
		parse = least(parse, parse_log(l));
		verifier_reset(v);
		replay = least(replay, replay_log(v->replay, l));
		look = least(look, look_up(v->shelf, l));
	}
	report("  parse record and template", parse, l->records);
	report("  parse record, template hash, replay 2 banks", replay, l->records);
	report("  parse, look-up alone, waiting for memory", look, l->records);
	report("full verification, one core", all, l->records);
}

/* What a site has in the end: three golden packs and a deny list, all of which are asked. */
static void run_four(const struct imalog *l)
{
	static const char *const name[] = {"pack-0", "pack-1", "pack-2"};
	struct shelf shelf = {0};
	struct verifier v;
	double best = 1e9;

	for (size_t i = 0; i < 3; i++) {
		make_pack(name[i], "", i, l->records, 3);
		shelf_add(&shelf, SHELF_GOLDEN, open_pack(name[i]), 0);
	}
	make_pack("denied", "/bad", 0, DENIED, 1);
	shelf_add(&shelf, SHELF_DENIED, open_pack("denied"), 0);
	if (verifier_init(&v, &shelf, REPLAY_DEFAULT_BANKS))
		fatalx("no replay");
	for (int i = 0; i < RUNS; i++)
		best = least(best, verify_log(&v, l));
	report("  the same, 3 golden packs and a denied one", best, l->records);
	verifier_destroy(&v);
	shelf_clear(&shelf);
}

/* Memory that is this process's alone, in KiB (kernel: Documentation/filesystems/proc.rst). */
static long private_kib(void)
{
	FILE *in = fopen("/proc/self/smaps_rollup", "re");
	char line[128];
	long kib, sum = 0;

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "Private_Clean: %ld", &kib) == 1 ||
		    sscanf(line, "Private_Dirty: %ld", &kib) == 1)
			sum += kib;
	if (in)
		fclose(in);
	return sum;
}

/* What one VM's log costs in the process that reads it; the pack is mapped, and shared by all. */
static void memory(const struct imalog *l)
{
	size_t n = l->records < RESTART ? l->records : RESTART;
	struct shelf shelf = {0};
	struct verifier v;
	struct finding f;
	long before;

	shelf_add(&shelf, SHELF_GOLDEN, open_pack("pack"), 0);
	malloc_trim(0); /* what was freed before must not serve this */
	before = private_kib();
	if (verifier_init(&v, &shelf, REPLAY_DEFAULT_BANKS))
		fatalx("no replay");
	for (size_t i = 0; i < n; i++)
		verify_record(&v, l->buf + l->start[i], l->start[i + 1] - l->start[i], &f);
	printf("private memory of a verifier after %zu records: %ld KiB (target 4096)\n", n,
	       private_kib() - before);
	verifier_destroy(&v);
	shelf_clear(&shelf);
}

/* From a pack in a file and a log from its start to a verdict, as after a restart. */
static void restart(const struct imalog *l)
{
	size_t n = l->records < RESTART ? l->records : RESTART;
	double best = 1e9, opened = 1e9;

	for (int run = 0; run < RUNS; run++) {
		struct shelf shelf = {0};
		struct verifier v;
		struct finding f;
		double start = seconds();

		shelf_add(&shelf, SHELF_GOLDEN, open_pack("pack"), 0);
		opened = least(opened, seconds() - start);
		if (verifier_init(&v, &shelf, REPLAY_DEFAULT_BANKS))
			fatalx("no replay");
		for (size_t i = 0; i < n; i++)
			verify_record(&v, l->buf + l->start[i], l->start[i + 1] - l->start[i], &f);
		best = least(best, seconds() - start);
		verifier_destroy(&v);
		shelf_clear(&shelf);
	}
	printf("a pack of %zu files opened and checked in %.0f ms; with %zu records: %.0f ms\n",
	       l->records, opened * 1e3, n, best * 1e3);
}

int main(int argc, char **argv)
{
	struct shelf shelf = {0};
	struct verifier v;
	struct imalog l;
	size_t records = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (records < 2 || chdir(argv[2]))
		fatalx("usage: bench RECORDS DIRECTORY");
	make_log(&l, records);
	make_pack("pack", "", 0, records, 1);
	write_bytes("log", l.buf, l.len);
	write_pcrs("pcrs-sha1", l.sha1[0], 20);
	write_pcrs("pcrs-sha256", l.sha256[0], 32);
	shelf_add(&shelf, SHELF_GOLDEN, open_pack("pack"), 0);
	if (verifier_init(&v, &shelf, REPLAY_DEFAULT_BANKS))
		fatalx("no replay");
	run(&v, &l);
	verifier_destroy(&v);
	shelf_clear(&shelf);
	run_four(&l);
	memory(&l);
	restart(&l);
	imalog_free(&l);
	return 0;
}
