/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a signature is worth beside golden, retired and denied packs. */
#include "signbed.h"

#include "attest/verify.h"
#include "golden/publish.h"
#include "imalog.h"

/* What a log says of a signed file, without golden values and with it on the deny list. */
static void test_verdict(void **state)
{
	const struct ima_entry *e = signbed_measured("f.rsa.sig");
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
	assert_int_equal(
		publish(name, &values, &(struct pack_label){.name = "a"}, NULL, packbed_error), 0);
	values_free(&values);
	assert_int_equal(shelf_add(shelf, kind, packbed_open(name), 0), 0);
}

/* The class of /bin/signed, which is signed, by a shelf of one pack. */
static enum finding_class judged(enum shelf_kind kind, const char *alg, const uint8_t *digest)
{
	const struct ima_entry *e = signbed_measured("f.rsa.sig");
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
	const struct ima_entry *e = signbed_measured("f.rsa.sig");

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
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_signature_is_asked_last),
		cmocka_unit_test(test_signature_does_not_outdo_a_deny_list),
	};

	return cmocka_run_group_tests(tests, signbed_setup, packbed_teardown);
}
