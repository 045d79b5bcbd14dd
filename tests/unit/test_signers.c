/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures on files, as evmctl makes them, with keys and certificates that openssl makes. */
#include "signbed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

#include "attest/signers.h"

#define YEARS_LATER (50LL * 366 * 86400)

static enum signature_class check(const char *key, const struct ima_entry *e, int64_t later)
{
	struct signers *s = signers_new();
	char error[SIGNERS_ERROR_MAX];
	enum signature_class class;

	assert_non_null(s);
	if (signers_add(s, packbed_path(key), error))
		fail_msg("%s", error);
	class = signers_check(s, e, time(NULL) + later);
	signers_free(s);
	return class;
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(check("rsa.crt", signbed_measured("f.rsa.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("rsa.der", signbed_measured("f.rsa.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("rsa.pub", signbed_measured("f.rsa.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("ec.crt", signbed_measured("f.ec.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("ec.pub", signbed_measured("f.ec.sig"), 0), SIGNATURE_GOOD);
}

static void test_wrong_key(void **state)
{
	(void)state;
	assert_int_equal(check("other.crt", signbed_measured("f.rsa.sig"), 0), SIGNATURE_STRANGER);
	assert_int_equal(check("ec.crt", signbed_measured("f.rsa.sig"), 0), SIGNATURE_STRANGER);
}

static void test_expired(void **state)
{
	(void)state;
	assert_int_equal(check("rsa.crt", signbed_measured("f.rsa.sig"), YEARS_LATER),
			 SIGNATURE_EXPIRED);
	assert_int_equal(check("rsa.crt", signbed_measured("f.rsa.sig"), -YEARS_LATER),
			 SIGNATURE_EXPIRED);
	assert_int_equal(check("rsa.pub", signbed_measured("f.rsa.sig"), YEARS_LATER),
			 SIGNATURE_GOOD);
}

/* Not one bit of it, and not of what it signs. */
static void test_altered(void **state)
{
	struct ima_entry *e = signbed_measured("f.rsa.sig");
	uint8_t *sig = (uint8_t *)(uintptr_t)e->sig.data;
	uint8_t *digest = (uint8_t *)(uintptr_t)e->digest;
	uint32_t len = e->sig.len;

	(void)state;
	for (uint32_t i = 0; i < len; i++) {
		sig[i] ^= 1;
		assert_int_not_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
		sig[i] ^= 1;
	}
	for (e->sig.len = 0; e->sig.len < len; e->sig.len++)
		assert_int_not_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
	digest[31] ^= 1;
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	digest[31] ^= 1;
	e->verity = true; /* content and descriptor are kept apart */
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	e->verity = false;
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
}

/* A measurement of a file of «content» and this appended signature, whose own digest is another. */
static struct ima_entry *appended(const char *modsig)
{
	static uint8_t whole[32], bytes[2048];
	struct ima_entry *e = signbed_measured("f.rsa.sig");

	e->modsig_alg = e->alg;
	e->modsig_digest = e->digest;
	e->digest = whole;
	e->sig = (struct ima_bytes){0};
	e->modsig.data = bytes;
	e->modsig.len = (uint32_t)packbed_read(packbed_path(modsig), bytes, sizeof(bytes));
	return e;
}

static void test_appended(void **state)
{
	(void)state;
	assert_int_equal(check("rsa.crt", appended("appended.rsa"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("rsa.pub", appended("appended.rsa"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("ec.crt", appended("appended.ec"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("other.crt", appended("appended.rsa"), 0), SIGNATURE_STRANGER);
	assert_int_equal(check("ec.crt", appended("appended.rsa"), 0), SIGNATURE_STRANGER);
	assert_int_equal(check("rsa.crt", appended("appended.rsa"), YEARS_LATER),
			 SIGNATURE_EXPIRED);
	/* Nothing says that its attributes are of this content: nobody makes modules so. */
	assert_int_equal(check("rsa.crt", appended("attributes.rsa"), 0), SIGNATURE_BAD);
	assert_int_equal(check("rsa.crt", appended("rsa.crt"), 0), SIGNATURE_BAD);
}

static void test_appended_and_altered(void **state)
{
	struct ima_entry *e = appended("appended.rsa");
	uint8_t *bytes = (uint8_t *)(uintptr_t)e->modsig.data;
	uint8_t *digest = (uint8_t *)(uintptr_t)e->modsig_digest;
	uint32_t len = e->modsig.len;

	(void)state;
	digest[0] ^= 1;
	assert_int_not_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
	digest[0] ^= 1;
	bytes[len - 1] ^= 1; /* the signature is at the end */
	assert_int_not_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
	bytes[len - 1] ^= 1;
	for (e->modsig.len = 0; e->modsig.len < len; e->modsig.len++)
		assert_int_not_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
	e->modsig_alg = alg_by_name("sha512", 6);
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	e->modsig_alg = NULL;
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
}

/* What «evm-sig» has of a file that evmctl has signed; without «sig». */
static struct ima_entry *with_metadata(void)
{
	static char names[] = "security.ima";
	static uint8_t ima[64], evm[1024], lengths[4], owner[4], group[4], mode[2];
	struct ima_entry *e = signbed_measured("f.rsa.sig");
	char command[9000], file[4200], key[4200];
	struct stat st;
	ssize_t ima_len, evm_len;

	snprintf(file, sizeof(file), "%s", packbed_path("f"));
	snprintf(key, sizeof(key), "%s", packbed_path("rsa.key"));
	snprintf(command, sizeof(command),
		 "evmctl sign --portable --imahash -a sha256 -k %s %s >/dev/null 2>&1", key, file);
	if (system(command))
		skip(); /* no attributes here */
	ima_len = getxattr(file, names, ima, sizeof(ima));
	evm_len = getxattr(file, "security.evm", evm, sizeof(evm));
	assert_true(ima_len > 0 && evm_len > 0 && !stat(file, &st));
	lengths[0] = (uint8_t)ima_len;
	memcpy(owner, &st.st_uid, sizeof(owner));
	memcpy(group, &st.st_gid, sizeof(group));
	memcpy(mode, &st.st_mode, sizeof(mode));
	e->sig = (struct ima_bytes){0};
	e->evmsig = (struct ima_bytes){evm, (uint32_t)evm_len};
	e->xattrnames = (struct ima_bytes){(const uint8_t *)names, sizeof(names)};
	e->xattrlengths = (struct ima_bytes){lengths, sizeof(lengths)};
	e->xattrvalues = (struct ima_bytes){ima, (uint32_t)ima_len};
	e->iuid = (struct ima_bytes){owner, sizeof(owner)};
	e->igid = (struct ima_bytes){group, sizeof(group)};
	e->imode = (struct ima_bytes){mode, sizeof(mode)};
	return e;
}

static void flip(const uint8_t *byte)
{
	*(uint8_t *)(uintptr_t)byte ^= 1;
}

static void test_portable_evm(void **state)
{
	struct ima_entry *e = with_metadata();
	const uint8_t *const parts[] = {e->digest,	     e->iuid.data,
					e->igid.data,	     e->imode.data,
					e->xattrvalues.data, e->xattrvalues.data + 10,
					e->xattrnames.data,  e->xattrlengths.data,
					e->evmsig.data,	     e->evmsig.data + 20};

	(void)state;
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
	assert_int_equal(check("rsa.crt", e, YEARS_LATER), SIGNATURE_EXPIRED);
	assert_int_equal(check("other.crt", e, 0), SIGNATURE_STRANGER);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		flip(parts[i]);
		assert_int_not_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
		flip(parts[i]);
	}
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_GOOD);
}

/* Fields that are not of one another say nothing. */
static void test_portable_evm_malformed(void **state)
{
	struct ima_entry *e = with_metadata();
	const struct ima_entry good = *e;

	(void)state;
	for (*e = good, e->xattrvalues.len = 0; e->xattrvalues.len < good.xattrvalues.len;
	     e->xattrvalues.len++)
		assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	for (*e = good, e->xattrlengths.len = 0; e->xattrlengths.len < 4; e->xattrlengths.len++)
		assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	for (*e = good, e->xattrnames.len = 0; e->xattrnames.len < 12; e->xattrnames.len++)
		assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	for (*e = good, e->evmsig.len = 2; e->evmsig.len < good.evmsig.len; e->evmsig.len++)
		assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	*e = good;
	e->imode = (struct ima_bytes){0};
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
	*e = good;
	e->verity = true;
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_BAD);
}

static void test_no_signature(void **state)
{
	static const uint8_t hash[] = {4, 4, 1, 2, 3}; /* IMA_XATTR_DIGEST_NG: ima_hash */
	struct ima_entry *e = signbed_measured("f.rsa.sig");

	(void)state;
	e->sig = (struct ima_bytes){hash, sizeof(hash)};
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_NONE);
	e->sig = (struct ima_bytes){NULL, 0};
	assert_int_equal(check("rsa.crt", e, 0), SIGNATURE_NONE);
}

static void test_keys_that_are_none(void **state)
{
	struct signers *s = signers_new();
	char error[SIGNERS_ERROR_MAX];

	(void)state;
	assert_int_equal(signers_add(s, packbed_path("f"), error), -1);
	assert_int_equal(signers_add(s, packbed_path("nowhere"), error), -1);
	assert_int_equal(signers_add(s, packbed_path("rsa.key"), error), -1);
	assert_int_equal(signers_add(s, "/dev/null", error), -1);
	signers_free(s);
	signers_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	     cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_expired),	     cmocka_unit_test(test_altered),
		cmocka_unit_test(test_no_signature), cmocka_unit_test(test_keys_that_are_none),
		cmocka_unit_test(test_appended),     cmocka_unit_test(test_appended_and_altered),
		cmocka_unit_test(test_portable_evm), cmocka_unit_test(test_portable_evm_malformed),
	};

	return cmocka_run_group_tests(tests, signbed_setup, packbed_teardown);
}
