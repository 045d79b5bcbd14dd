/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/alg.h"

#include <string.h>

/* The most frequent first: the table is searched for each record. */
static const struct alg algs[] = {
	{"sha256", "SHA2-256", 0x000b, 2, 32},
	{"sha1", "SHA1", 0x0004, 1, 20},
	{"sha512", "SHA2-512", 0x000d, 4, 64},
	{"sha384", "SHA2-384", 0x000c, 3, 48},
	{"sm3", "SM3", 0x0012, 5, 32},
	{"sha3-256", "SHA3-256", 0x0027, 6, 32},
	{"sha3-384", "SHA3-384", 0x0028, 7, 48},
	{"sha3-512", "SHA3-512", 0x0029, 8, 64},
	{"sha224", "SHA2-224", 0, 9, 28},
	{"rmd160", "RIPEMD160", 0, 10, 20},
	{"md5", "MD5", 0, 11, 16},
};

#define ALGS (sizeof(algs) / sizeof(algs[0]))

const struct alg *alg_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < ALGS; i++)
		if (strlen(algs[i].name) == len && !memcmp(algs[i].name, name, len))
			return &algs[i];
	return NULL;
}

const struct alg *alg_by_id(uint8_t id)
{
	for (size_t i = 0; i < ALGS; i++)
		if (algs[i].id == id)
			return &algs[i];
	return NULL;
}

const struct alg *alg_by_kernel(uint8_t number)
{
	static const char *const names[] = {
		[1] = "md5",	   [2] = "sha1",      [3] = "rmd160",	 [4] = "sha256",
		[5] = "sha384",	   [6] = "sha512",    [7] = "sha224",	 [17] = "sm3",
		[20] = "sha3-256", [21] = "sha3-384", [22] = "sha3-512",
	};

	if (number >= sizeof(names) / sizeof(names[0]) || !names[number])
		return NULL;
	return alg_by_name(names[number], strlen(names[number]));
}
