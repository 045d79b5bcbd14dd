/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/pcrtext.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"

/* Bytes of a line with its NUL: 64 bytes of digest as «00 » and what is before them. */
#define LINE_MAX_BYTES 512

/* Without a line that says it, the bank follows from a value's length. */
static const struct alg *alg_by_size(size_t size)
{
	static const char *const names[] = {"sha1", "sha256", "sha384", "sha512"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct alg *alg = alg_by_name(names[i], strlen(names[i]));

		if (alg->size == size)
			return alg;
	}
	return NULL;
}

static struct pcrtext_bank *bank_of(struct pcrtext *out, const struct alg *alg)
{
	for (size_t i = 0; i < out->banks; i++)
		if (out->bank[i].alg == alg)
			return &out->bank[i];
	if (out->banks == PCRTEXT_BANKS_MAX)
		return NULL;
	out->bank[out->banks].alg = alg;
	return &out->bank[out->banks++];
}

/* Takes blanks out of a row of digits, and 0x from before it. */
static const char *digits(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++)
		if (!isspace((unsigned char)*from))
			*to++ = *from;
	*to = '\0';
	return text[0] == '0' && tolower((unsigned char)text[1]) == 'x' ? text + 2 : text;
}

/* A line without its leading blanks. Return: what is wrong, or NULL. */
static const char *read_line(struct pcrtext *out, char *line, const struct alg **alg)
{
	const char *number = strncmp(line, "PCR-", 4) ? line : line + 4;
	char *colon = strchr(line, ':'), *end;
	uint8_t value[ALG_DIGEST_MAX];
	struct pcrtext_bank *bank;
	unsigned long pcr;
	int size;

	if (!*line || *line == '#')
		return NULL;
	if (!colon)
		return "neither a bank nor a PCR";
	if (!isdigit((unsigned char)*number)) {
		*alg = alg_by_name(line, (size_t)(colon - line));
		return *alg ? NULL : "a bank of an unknown algorithm";
	}
	pcr = strtoul(number, &end, 10);
	while (*end == ' ')
		end++;
	if (end != colon || pcr >= IMA_PCR_COUNT)
		return "no TPM has a PCR of this number";
	size = hex_decode(value, sizeof(value), digits(colon + 1));
	if (size <= 0)
		return "the value is not hexadecimal";
	if (*alg ? (*alg)->size != size : !alg_by_size((size_t)size))
		return "the value's length is not that of a bank";
	bank = bank_of(out, *alg ? *alg : alg_by_size((size_t)size));
	if (!bank)
		return "too many banks";
	bank->given[pcr] = true;
	memcpy(bank->value[pcr], value, (size_t)size);
	return NULL;
}

int pcrtext_read(FILE *in, struct pcrtext *out, char *error)
{
	const struct alg *alg = NULL;
	const char *wrong = NULL;
	char line[LINE_MAX_BYTES];
	unsigned long number = 0;

	memset(out, 0, sizeof(*out));
	while (!wrong && fgets(line, sizeof(line), in)) {
		number++;
		if (!strchr(line, '\n') && !feof(in))
			wrong = "the line is too long";
		else {
			line[strcspn(line, "\r\n")] = '\0';
			wrong = read_line(out, line + strspn(line, " \t"), &alg);
		}
	}
	if (!wrong && ferror(in))
		wrong = strerror(errno);
	if (!wrong && !out->banks)
		wrong = "no PCR in it";
	if (!wrong)
		return 0;
	snprintf(error, PCRTEXT_ERROR_MAX, "line %lu: %s", number, wrong);
	return -1;
}
