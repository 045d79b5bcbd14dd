/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verifications per second on one core: bench RECORDS DIRECTORY
 *
 * Makes a log of as many files as a golden pack has, writes log, pack and the PCRs that
 * belong to it into the directory, and times parse, template hash, replay of two banks,
 * look-up and verdict. scripts/bench runs evmctl over the same log.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../unit/imalog.h"
#include "attest/verify.h"
#include "common/log.h"
#include "golden/writer.h"

/* Each figure is the best of so many runs. */
#define RUNS 5

/* Bytes of a generated path, at most. */
#define PATH_SIZE 96

static void path_of(size_t i, char *out)
{
	static const char *const dirs[] = {"/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/sbin",
					   "/usr/lib/python3/dist-packages",
					   "/usr/lib/modules/6.1.0-50-amd64/kernel/drivers/net"};

	snprintf(out, PATH_SIZE, "%s/module-%zu.so", dirs[i % 5], i);
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

static void make_pack(const char *name, size_t files)
{
	struct golden *golden = calloc(files, sizeof(*golden));
	char *paths = calloc(files, PATH_SIZE);
	uint8_t *digests = calloc(files, 32);
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (!golden || !paths || !digests || fd < 0)
		fatal("%s", name);
	for (size_t i = 0; i < files; i++) {
		path_of(i, paths + i * PATH_SIZE);
		imalog_digest(paths + i * PATH_SIZE, digests + i * 32, 32);
		golden[i].path = paths + i * PATH_SIZE;
		golden[i].alg = alg_by_id(2);
		golden[i].digest = digests + i * 32;
	}
	if (pack_write(fd, golden, files, &(struct pack_label){.name = "bench"}))
		fatal("%s", name);
	close(fd);
	free(golden);
	free(paths);
	free(digests);
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
	double start = seconds();
	struct pack *p = pack_open(fd, error);

	if (!p)
		fatalx("%s: %s", name, error);
	printf("pack of %llu files opened and checked in %.1f ms\n",
	       (unsigned long long)pack_info(p)->paths, (seconds() - start) * 1e3);
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
	double all = 1e9, parse = 1e9, replay = 1e9;

	for (int i = 0; i < RUNS; i++) {
		all = least(all, verify_log(v, l));
		parse = least(parse, parse_log(l));
		replay = least(replay, replay_log(v->replay, l));
	}
	report("  parse record and template", parse, l->records);
	report("  parse record, template hash, replay 2 banks", replay, l->records);
	report("full verification, one core", all, l->records);
}

int main(int argc, char **argv)
{
	struct verifier v;
	struct imalog l;
	struct shelf shelf = {0};
	size_t records = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;

	if (records < 2 || chdir(argv[2]))
		fatalx("usage: bench RECORDS DIRECTORY");
	make_log(&l, records);
	make_pack("pack", records);
	write_bytes("log", l.buf, l.len);
	write_pcrs("pcrs-sha1", l.sha1[0], 20);
	write_pcrs("pcrs-sha256", l.sha256[0], 32);
	shelf_add(&shelf, SHELF_GOLDEN, open_pack("pack"), 0);
	if (verifier_init(&v, &shelf, REPLAY_DEFAULT_BANKS))
		fatalx("no replay");
	run(&v, &l);
	verifier_destroy(&v);
	shelf_clear(&shelf);
	imalog_free(&l);
	return 0;
}
