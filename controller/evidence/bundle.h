/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence as a file: a tar archive of which not a bit can be changed unnoticed. lazaret-evidence(7)
 * tells what each part is.
 *
 * It is canonical: names, order, owners, times and padding follow from the contents, so that who
 * reads it can make it again and compare. Only the last two parts are not named in SHA256SUMS:
 * that file itself and its signature by the host.
 */
#ifndef LAZARET_BUNDLE_H
#define LAZARET_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

struct ca;

#define BUNDLE_MAX     (300UL << 20) /* bytes of an archive */
#define BUNDLE_IMA_MAX (256UL << 20) /* bytes of IMA's list in it */
#define BUNDLE_SUM     32 /* bytes of a part's SHA-256 */

enum bundle_part {
	BUNDLE_INFO, /* evidence.json */
	BUNDLE_QUOTE, /* TPMS_ATTEST */
	BUNDLE_SIG, /* TPMT_SIGNATURE */
	BUNDLE_PCRS_SHA1, /* as evmctl reads PCRs */
	BUNDLE_PCRS_SHA256,
	BUNDLE_AK, /* public key, PEM */
	BUNDLE_AK_CERT,
	BUNDLE_EK_CERT,
	BUNDLE_CA_CERT,
	BUNDLE_EVENTS, /* event log of the measured start; empty if there was none */
	BUNDLE_IMA, /* binary_runtime_measurements */
	BUNDLE_SUMS,
	BUNDLE_SUMS_SIG,
	BUNDLE_PARTS
};

struct bundle {
	struct {
		uint8_t *data;
		size_t len;
	} part[BUNDLE_PARTS];
};

/* The name of a part's file. */
const char *bundle_name(enum bundle_part part);

/* Gives a part a copy of @data. Ends without memory. */
void bundle_set(struct bundle *b, enum bundle_part part, const void *data, size_t len);
void bundle_free(struct bundle *b);

/**
 * bundle_seal() - fill SHA256SUMS and its signature from all others
 * @ima:	IMA's list's sum, which need not be in memory then; NULL: the part is there
 *
 * Return: 0 or -1.
 */
int bundle_seal(struct bundle *b, const struct ca *ca, const uint8_t *ima);

/* What SHA256SUMS must be; for the caller to free(). NULL without memory. @ima: as above. */
char *bundle_sums(const struct bundle *b, const uint8_t *ima);

/* The archive, for the caller to free(). NULL if it is too large or without memory. */
uint8_t *bundle_pack(const struct bundle *b, size_t *len);

/**
 * bundle_write() - the same, into a file and with IMA's list out of one: neither is in memory
 * @ima:	its first @ima_len bytes are the list
 * @sum:	and this is their SHA-256, or nothing is said to be written
 * @out:	an empty file
 *
 * Return: bytes written, or -1.
 */
int64_t bundle_write(const struct bundle *b, int ima, size_t ima_len, const uint8_t *sum, int out);

/**
 * bundle_unpack() - take an archive apart
 * @untrusted_data: whole file
 *
 * Return: 0; -1 with @why: it is not exactly what bundle_pack() would make of its parts.
 */
int bundle_unpack(struct bundle *b, const uint8_t *untrusted_data, size_t len, const char **why);

#endif
