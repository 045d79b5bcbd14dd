/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TPM's figures, side by side: swtpm alone on its socket, the same through our checks and the
 * list of extends, and quotes verified. Needs root, and swtpm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "attest/quote.h"
#include "common/log.h"
#include "vtpm/akpub.h"
#include "vtpm/relay.h"

#define EXTENDS 5000
#define QUOTES	20000
#define NOBODY	65534

/* TPM2_PCR_Extend of PCR 10, two banks, empty password. */
static const uint8_t extend_head[] = {0x80, 2,	  0, 0, 0, 91, 0, 0, 1, 0x82, 0, 0, 0, 10, 0, 0, 0,
				      9,    0x40, 0, 0, 9, 0,  0, 0, 0, 0,    0, 0, 0, 2,  0, 4};

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *what, double *us, size_t n, double total_us)
{
	qsort(us, n, sizeof(*us), by_value);
	printf("%-44s %9.0f /s   p50 %7.1f  p99 %7.1f us\n", what, (double)n / total_us * 1e6,
	       us[n / 2], us[n * 99 / 100]);
}

static size_t make_extend(uint8_t *cmd)
{
	size_t len = sizeof(extend_head) + 20 + 2 + 32;

	memset(cmd, 0x5a, len);
	memcpy(cmd, extend_head, sizeof(extend_head));
	cmd[sizeof(extend_head) + 20] = 0;
	cmd[sizeof(extend_head) + 21] = 0x0b;
	cmd[5] = (uint8_t)len;
	return len;
}

static void bench_extends(struct prepared *p, const char *what, bool relayed)
{
	static double us[EXTENDS];
	uint8_t cmd[128], rsp[SWTPM_BUFFER_SIZE];
	size_t len = make_extend(cmd);
	double begin = now_us();

	for (int i = 0; i < EXTENDS; i++) {
		double start = now_us();
		ssize_t n = relayed ? relay_command(p, cmd, len, rsp)
				    : swtpm_transact(&p->tpm, cmd, len, rsp);

		if (n < 10 || memcmp(rsp + 6, "\0\0\0\0", 4))
			fatalx("an extend failed");
		us[i] = now_us() - start;
	}
	report(what, us, EXTENDS, now_us() - begin);
}

static void bench_quotes(struct prepared *p, const TPMT_PUBLIC *public)
{
	static const uint8_t nonce[TPM_NONCE_SIZE] = {1};
	struct quote_clock clock;
	struct tpm_quote q;
	uint8_t der[256];
	tpm_pcrs pcrs;
	uint32_t len;
	EVP_PKEY *key;
	double begin;

	if (akpub_der(public, der, sizeof(der), &len) || tpm_read_pcrs(&p->tpm, pcrs) ||
	    tpm_quote(&p->tpm, &p->key, nonce, &q))
		fatalx("no quote");
	key = quote_key(der, len);
	begin = now_us();
	for (int i = 0; i < QUOTES; i++)
		if (quote_check(key, nonce, q.attest, q.attest_len, q.sig, q.sig_len, pcrs,
				&clock) != QUOTE_OK)
			fatalx("a quote was rejected");
	printf("%-44s %9.0f /s   (target 2500)\n", "P-256 quotes verified, one core",
	       QUOTES / (now_us() - begin) * 1e6);
	EVP_PKEY_free(key);
}

int main(void)
{
	static const uint8_t state_key[SWTPM_KEY_SIZE] = {1};
	char dir[] = "/tmp/lazaret-bench-XXXXXX", path[64];
	static struct prepared p;
	const struct extends_domain dom = {.generation = "bench", .incarnation = 1, .saved = ""};
	enum extends_found found;
	TPMT_PUBLIC public;

	if (!mkdtemp(dir) || chown(dir, NOBODY, NOBODY) ||
	    swtpm_start(&p.tpm, dir, state_key, NOBODY, NOBODY) || tpm_allocate(&p.tpm))
		fatalx("no swtpm: it needs root, and the package swtpm");
	swtpm_stop(&p.tpm);
	snprintf(path, sizeof(path), "%s/extends", dir);
	p.extends = extends_open(path, &dom, &found);
	if (!p.extends || swtpm_start(&p.tpm, dir, state_key, NOBODY, NOBODY) ||
	    tpm_attestation_key(&p.tpm, &public, &p.key) || tpm_commands(&p.tpm, &p.commands))
		fatalx("no swtpm");
	bench_extends(&p, "one extend, two banks: swtpm on a socket", false);
	bench_extends(&p, "  checked, carried out, noted on disk", true);
	bench_quotes(&p, &public);
	swtpm_stop(&p.tpm);
	extends_close(p.extends);
	unlink(path);
	snprintf(path, sizeof(path), "%s/tpm2-00.permall", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/.lock", dir);
	unlink(path);
	return rmdir(dir);
}
