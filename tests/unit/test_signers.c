/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures on files, as evmctl makes them, with keys and certificates that openssl makes. */
#include "packbed.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

#include "attest/signers.h"
#include "attest/verify.h"
#include "common/hex.h"
#include "golden/publish.h"
#include "imalog.h"

#define YEARS_LATER (50LL * 366 * 86400)

/* Keys rsa, ec, other; certificates of the first two; signatures of file «f» by each, in FILE.KEY.sig. */
static const char make_all[] =
	"cd %s && printf content >f && sha256sum f >sum &&"
	"for k in 'rsa rsa:2048' 'ec ec -pkeyopt ec_paramgen_curve:P-256' 'other rsa:2048'; do set "
	"-- $k &&"
	" n=$1 && shift && openssl req -x509 -nodes -newkey $* -keyout $n.key -out $n.crt -days "
	"3650"
	" -subj /CN=$n 2>/dev/null && openssl pkey -in $n.key -pubout -out $n.pub &&"
	" cp f f.$n && evmctl ima_sign --sigfile -a sha256 -k $n.key f.$n >/dev/null 2>&1 || exit "
	"1;"
	" done && openssl x509 -in rsa.crt -outform der -out rsa.der &&"
	" for k in rsa ec; do openssl cms -sign -binary -nocerts -md sha256 -outform der -in f "
	"-signer"
	" $k.crt -inkey $k.key -out attributes.$k && openssl cms -sign -binary -nocerts -noattr "
	"-md "
	"sha256"
	" -outform der -in f -signer $k.crt -inkey $k.key -out appended.$k || exit 1; done";

static int setup(void **state)
{
	char command[8192], folder[4200];

	if (packbed_setup(state))
		return -1;
	snprintf(folder, sizeof(folder), "%s", packbed_path(""));
	snprintf(command, sizeof(command), make_all, folder);
	return system(command) ? -1 : 0;
}

/* A measurement of «content» with this signature. */
static struct ima_entry *measured(const char *sig)
{
	static uint8_t digest[32], bytes[2048];
	static struct ima_entry e;
	char hex[65] = "";
	FILE *sum = fopen(packbed_path("sum"), "r");

	assert_non_null(sum);
	assert_int_equal(fread(hex, 1, 64, sum), 64);
	fclose(sum);
	hex_decode(digest, sizeof(digest), hex);
	e = (struct ima_entry){.alg = alg_by_name("sha256", 6), .digest = digest, .digest_len = 32};
	e.sig.data = bytes;
	e.sig.len = (uint32_t)packbed_read(packbed_path(sig), bytes, sizeof(bytes));
	return &e;
}

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
	assert_int_equal(check("rsa.crt", measured("f.rsa.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("rsa.der", measured("f.rsa.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("rsa.pub", measured("f.rsa.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("ec.crt", measured("f.ec.sig"), 0), SIGNATURE_GOOD);
	assert_int_equal(check("ec.pub", measured("f.ec.sig"), 0), SIGNATURE_GOOD);
}

static void test_wrong_key(void **state)
{
	(void)state;
	assert_int_equal(check("other.crt", measured("f.rsa.sig"), 0), SIGNATURE_STRANGER);
	assert_int_equal(check("ec.crt", measured("f.rsa.sig"), 0), SIGNATURE_STRANGER);
}

static void test_expired(void **state)
{
	(void)state;
	assert_int_equal(check("rsa.crt", measured("f.rsa.sig"), YEARS_LATER), SIGNATURE_EXPIRED);
	assert_int_equal(check("rsa.crt", measured("f.rsa.sig"), -YEARS_LATER), SIGNATURE_EXPIRED);
	assert_int_equal(check("rsa.pub", measured("f.rsa.sig"), YEARS_LATER), SIGNATURE_GOOD);
}

/* Not one bit of it, and not of what it signs. */
static void test_altered(void **state)
{
	struct ima_entry *e = measured("f.rsa.sig");
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
	struct ima_entry *e = measured("f.rsa.sig");

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
	struct ima_entry *e = measured("f.rsa.sig");
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
	struct ima_entry *e = measured("f.rsa.sig");

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

/* What a log says of a signed file, without golden values and with it on the deny list. */
static void test_verdict(void **state)
{
	const struct ima_entry *e = measured("f.rsa.sig");
	struct shelf shelf = {.signers = signers_new()};
	char error[SIGNERS_ERROR_MAX];
	struct verifier v;
	struct finding f = {0};
	struct imalog l;
	size_t len;

	(void)state;
	assert_int_equal(signers_add(shelf.signers, packbed_path("rsa.crt"), error), 0);
	assert_int_equal(verifier_init(&v, &shelf, "sha1"), 0);
	imalog_init(&l);
	imalog_boot(&l, "ima-sig");
	imalog_add(&l, &(struct imalog_entry){.template = "ima-sig",
					      .path = "/bin/signed",
					      .digest = e->digest,
					      .extra = e->sig.data,
					      .extra_len = e->sig.len});
	imalog_add(&l, &(struct imalog_entry){.template = "ima-sig",
					      .path = "/bin/other",
					      .extra = e->sig.data,
					      .extra_len = e->sig.len});
	for (size_t i = 0; i < l.records; i++) {
		const uint8_t *record = imalog_record(&l, i, &len);

		verify_record(&v, record, len, &f);
	}
	assert_int_equal(v.count[FINDING_SIGNED], 1);
	assert_int_equal(v.count[FINDING_UNKNOWN_FILE], 1);
	assert_non_null(strstr(f.reason, "not of this content"));
	imalog_free(&l);
	verifier_destroy(&v);
	shelf_clear(&shelf);
}

/* A pack with the signed file, or another, at one path. */
static void shelve(struct shelf *shelf, enum shelf_kind kind, const char *alg_name,
		   const uint8_t *digest)
{
	const struct alg *alg = alg_by_name(alg_name, strlen(alg_name));
	const char *path = "/bin/signed", *name = packbed_path("a.pack");
	struct values values = {0};

	assert_int_equal(values_add(&values, path, strlen(path), alg, digest), 0);
	assert_int_equal(publish(name, &values, &(struct pack_label){.name = "a"}, packbed_error),
			 0);
	values_free(&values);
	assert_int_equal(shelf_add(shelf, kind, packbed_open(name), 0), 0);
}

/* The class of /bin/signed, which is signed, by a shelf of one pack. */
static enum finding_class judged(enum shelf_kind kind, const char *alg, const uint8_t *digest)
{
	const struct ima_entry *e = measured("f.rsa.sig");
	struct shelf shelf = {.signers = signers_new()};
	char error[SIGNERS_ERROR_MAX];
	struct verifier v;
	struct finding f = {0};
	struct imalog l;
	size_t len;

	assert_int_equal(signers_add(shelf.signers, packbed_path("rsa.crt"), error), 0);
	shelve(&shelf, kind, alg, digest);
	assert_int_equal(verifier_init(&v, &shelf, "sha1"), 0);
	imalog_init(&l);
	imalog_boot(&l, "ima-sig");
	imalog_add(&l, &(struct imalog_entry){.template = "ima-sig",
					      .path = "/bin/signed",
					      .digest = e->digest,
					      .extra = e->sig.data,
					      .extra_len = e->sig.len});
	for (size_t i = 0; i < l.records; i++) {
		const uint8_t *record = imalog_record(&l, i, &len);

		verify_record(&v, record, len, &f);
	}
	imalog_free(&l);
	verifier_destroy(&v);
	shelf_clear(&shelf);
	return f.class;
}

/* A signature is of any version there ever was: what is known of the path or the content counts more. */
static void test_signature_is_asked_last(void **state)
{
	static const uint8_t other[ALG_DIGEST_MAX];
	const struct ima_entry *e = measured("f.rsa.sig");

	(void)state;
	assert_int_equal(judged(SHELF_GOLDEN, "sha256", e->digest), FINDING_GOOD);
	assert_int_equal(judged(SHELF_GOLDEN, "sha256", other), FINDING_SIGNED_OTHER);
	assert_int_equal(judged(SHELF_RETIRED, "sha256", e->digest), FINDING_OUTDATED);
	assert_int_equal(judged(SHELF_RETIRED, "sha256", other), FINDING_SIGNED);
	assert_int_equal(judged(SHELF_DENIED, "sha256", e->digest), FINDING_DENIED);
	assert_int_equal(judged(SHELF_DENIED, "sha256", other), FINDING_SIGNED);
}

/* The deny list has this content perhaps, by an algorithm that was not measured with. */
static void test_signature_does_not_outdo_a_deny_list(void **state)
{
	static const uint8_t other[ALG_DIGEST_MAX];

	(void)state;
	assert_int_equal(judged(SHELF_DENIED, "sha1", other), FINDING_UNKNOWN_ALG);
	assert_int_equal(judged(SHELF_DENIED, "sha512", other), FINDING_UNKNOWN_ALG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_altered),
		cmocka_unit_test(test_no_signature),
		cmocka_unit_test(test_keys_that_are_none),
		cmocka_unit_test(test_appended),
		cmocka_unit_test(test_appended_and_altered),
		cmocka_unit_test(test_portable_evm),
		cmocka_unit_test(test_portable_evm_malformed),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_signature_is_asked_last),
		cmocka_unit_test(test_signature_does_not_outdo_a_deny_list),
	};

	return cmocka_run_group_tests(tests, setup, packbed_teardown);
}
