/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <stdlib.h>

#include "attest/template.h"
#include "imalog.h"
#include "uapi/lazaret.h"

static const char sig[] = "\x03signature";

/* One record of one log. */
struct one {
	struct imalog log;
	struct ima_record rec;
	struct ima_entry entry;
	const char *reason;
	int err;
};

static void parse(struct one *o, const struct imalog_entry *e)
{
	imalog_init(&o->log);
	imalog_add(&o->log, e);
	o->reason = NULL;
	assert_int_equal(record_parse(o->log.buf, o->log.len, &o->rec, &o->reason), RECORD_OK);
	o->err = template_parse(&o->rec, &o->entry, &o->reason);
}

static void again(struct one *o)
{
	o->reason = NULL;
	assert_int_equal(record_parse(o->log.buf, o->log.len, &o->rec, &o->reason), RECORD_OK);
	o->err = template_parse(&o->rec, &o->entry, &o->reason);
}

static void assert_path(const struct ima_entry *e, const char *path)
{
	assert_int_equal(e->path_len, strlen(path));
	assert_memory_equal(e->path, path, e->path_len);
}

static void assert_digest(const struct ima_entry *e, const char *alg, const char *path)
{
	uint8_t digest[64];

	assert_non_null(e->alg);
	assert_string_equal(e->alg->name, alg);
	assert_int_equal(e->alg_name_len, strlen(alg));
	assert_memory_equal(e->alg_name, alg, e->alg_name_len);
	assert_int_equal(e->digest_len, e->alg->size);
	imalog_digest(path, digest, e->digest_len);
	assert_memory_equal(e->digest, digest, e->digest_len);
}

static void test_known_templates(void **state)
{
	static const struct {
		const char *template;
		const char *alg;
	} cases[] = {
		{"ima", "sha1"},	  {"ima-ng", "sha1"},
		{"ima-ng", "sha256"},	  {"ima-sig", "sha512"},
		{"ima-modsig", "sha256"}, {"ima-ngv2", "sha384"},
		{"ima-sigv2", "sha256"},  {"evm-sig", "sha256"},
		{"d|n", "sha1"},	  {"d-ng|n-ng|sig|iuid|igid|imode", "sha256"},
		{"n-ng|d-ng", "sha256"},  {"d|n|d-ng|n-ng", "sha1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct one o;

		parse(&o, &(struct imalog_entry){.template = cases[i].template,
						 .alg = cases[i].alg,
						 .path = "/usr/bin/ls"});
		assert_int_equal(o.err, 0);
		assert_path(&o.entry, "/usr/bin/ls");
		assert_digest(&o.entry, cases[i].alg, "/usr/bin/ls");
		assert_false(o.entry.violation || o.entry.verity || o.entry.is_buffer);
		assert_int_equal(o.entry.unknown_fields, 0);
		imalog_free(&o.log);
	}
}

static void test_fields_of_bytes(void **state)
{
	static const struct {
		const char *template;
		size_t field;
	} cases[] = {
		{"ima-sig", offsetof(struct ima_entry, sig)},
		{"ima-buf", offsetof(struct ima_entry, buf)},
		{"ima-modsig", offsetof(struct ima_entry, modsig)},
		{"evm-sig", offsetof(struct ima_entry, evmsig)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct ima_bytes *b;
		struct one o;

		parse(&o, &(struct imalog_entry){.template = cases[i].template,
						 .path = "x",
						 .extra = sig,
						 .extra_len = sizeof(sig)});
		assert_int_equal(o.err, 0);
		b = (const struct ima_bytes *)((const char *)&o.entry + cases[i].field);
		assert_int_equal(b->len, sizeof(sig));
		assert_memory_equal(b->data, sig, sizeof(sig));
		assert_int_equal(o.entry.is_buffer, i == 1);
		imalog_free(&o.log);
	}
}

static void test_verity(void **state)
{
	struct one o;

	(void)state;
	parse(&o, &(struct imalog_entry){
			  .template = "ima-ngv2", .path = "/a", .extra = "verity", .extra_len = 6});
	assert_int_equal(o.err, 0);
	assert_true(o.entry.verity);
	assert_digest(&o.entry, "sha256", "/a");
	imalog_free(&o.log);
}

static void test_unknown_algorithm_and_field(void **state)
{
	struct one o;

	(void)state;
	parse(&o, &(struct imalog_entry){.template = "d-ng|n-ng|colour",
					 .alg = "streebog256",
					 .path = "/a",
					 .extra = "red",
					 .extra_len = 3});
	assert_int_equal(o.err, 0);
	assert_null(o.entry.alg);
	assert_int_equal(o.entry.digest_len, 32);
	assert_int_equal(o.entry.unknown_fields, 1);
	imalog_free(&o.log);
}

static void test_violation(void **state)
{
	static const char *const templates[] = {"ima", "ima-ng", "ima-sig", "ima-sigv2"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(templates); i++) {
		struct one o;

		parse(&o, &(struct imalog_entry){.template = templates[i],
						 .path = "/var/log/x",
						 .violation = true});
		assert_int_equal(o.err, 0);
		assert_true(o.entry.violation);
		assert_path(&o.entry, "/var/log/x");
		assert_int_equal(o.entry.digest_len, 20);
		imalog_free(&o.log);
	}
}

static void test_strange_paths(void **state)
{
	char longest[LZ_NAME_MAX + 1];
	struct one o;

	(void)state;
	parse(&o, &(struct imalog_entry){.path = "/a\n10 \xff\x1b[2J\"\\%s"});
	assert_int_equal(o.err, 0);
	assert_path(&o.entry, "/a\n10 \xff\x1b[2J\"\\%s");
	imalog_free(&o.log);
	memset(longest, 'a', sizeof(longest));
	longest[LZ_NAME_MAX - 1] = '\0';
	parse(&o, &(struct imalog_entry){.path = longest});
	assert_int_equal(o.err, 0);
	assert_path(&o.entry, longest);
	imalog_free(&o.log);
	longest[LZ_NAME_MAX - 1] = 'a';
	longest[LZ_NAME_MAX] = '\0';
	parse(&o, &(struct imalog_entry){.path = longest});
	assert_int_equal(o.err, -1);
	assert_non_null(strstr(o.reason, "too long"));
	imalog_free(&o.log);
}

static void assert_template_refused(const char *template, const char *text)
{
	struct one o;

	parse(&o, &(struct imalog_entry){.template = template, .path = "/a"});
	assert_int_equal(o.err, -1);
	assert_non_null(strstr(o.reason, text));
	imalog_free(&o.log);
}

static void test_formats_refused(void **state)
{
	(void)state;
	assert_template_refused("d-ng", "no field for");
	assert_template_refused("n-ng", "no field for");
	assert_template_refused("ima-new", "no field for");
	assert_template_refused("sig|buf", "no field for");
	assert_template_refused("d-ng||n-ng", "not one");
	assert_template_refused("|d-ng|n-ng", "not one");
	assert_template_refused("d-ng|n-ng|a|b|c|d|e|f|g|h|i|j|k|l|m|n|o", "not one");
}

/* Changes a byte of "ima-sig"'s data; @at counts from their start. */
static void assert_byte_refused(size_t at, uint8_t byte, const char *text)
{
	struct one o;

	parse(&o, &(struct imalog_entry){.path = "/a", .extra = sig, .extra_len = sizeof(sig)});
	o.log.buf[28 + 7 + 4 + at] = byte;
	again(&o);
	assert_int_equal(o.err, -1);
	assert_non_null(strstr(o.reason, text));
	imalog_free(&o.log);
}

static void test_bytes_refused(void **state)
{
	/* u32 40, "sha256:\0", 32 bytes, u32 3, "/a\0", u32 11, signature */
	const size_t digest = 4, name = 4 + 40 + 4;

	(void)state;
	assert_byte_refused(0, 200, "longer than its record");
	assert_byte_refused(3, 0xff, "longer than its record");
	assert_byte_refused(0, 39, "length is not that");
	assert_byte_refused(digest + 6, ';', "does not say its algorithm");
	assert_byte_refused(digest + 7, 'x', "does not say its algorithm");
	assert_byte_refused(digest, ':', "does not say its algorithm");
	assert_byte_refused(digest, ' ', "not a name");
	assert_byte_refused(digest, 0xc3, "not a name");
	assert_byte_refused(name + 2, 'b', "does not end in NUL");
	assert_byte_refused(name + 1, '\0', "NUL in it");
	assert_byte_refused(name - 4, 0, "does not end in NUL");
	assert_byte_refused(name + 3, 9, "bytes follow");
	assert_byte_refused(name + 3, 12, "longer than its record");
}

static void test_field_missing(void **state)
{
	struct one o;
	uint32_t len;

	(void)state;
	parse(&o, &(struct imalog_entry){.path = "/a"});
	/* The empty signature's length is taken away. */
	len = o.rec.data_len - 4;
	memcpy(o.log.buf + 28 + 7, &len, sizeof(len));
	again(&o);
	assert_int_equal(o.err, -1);
	assert_non_null(strstr(o.reason, "missing"));
	imalog_free(&o.log);
}

static void test_digest_too_long(void **state)
{
	struct one o;
	uint8_t *data;
	uint32_t len = 8 + 65;

	(void)state;
	parse(&o,
	      &(struct imalog_entry){.alg = "streebo", .template = "n-ng|sig|d-ng", .path = "/a"});
	assert_int_equal(o.err, 0);
	assert_null(o.entry.alg);
	data = malloc(o.rec.data_len + 64);
	memcpy(data, o.rec.data, o.rec.data_len);
	memset(data + o.rec.data_len, 1, 64);
	memcpy(data + 4 + 3 + 4, &len, sizeof(len));
	len = 9 + 65;
	memcpy(data + 4 + 3 + 4, &len, sizeof(len));
	o.rec.data = data;
	o.rec.data_len = 4 + 3 + 4 + 4 + len;
	assert_int_equal(template_parse(&o.rec, &o.entry, &o.reason), -1);
	assert_non_null(strstr(o.reason, "longer than any algorithm"));
	free(data);
	imalog_free(&o.log);
}

/* ima_template_fmt= takes 15 fields, and the kernel writes the format as it was given. */
static void test_longest_format(void **state)
{
	static const char *const formats[] = {
		"d-ng|n-ng|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode",
		"d-ng|n-ng|d|n|sig|evmsig|xattrnames|xattrlengths|xattrvalues|iuid|igid|imode|"
		"d-modsig|modsig|buf",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct one o;

		parse(&o, &(struct imalog_entry){.template = formats[i], .path = "/bin/a"});
		if (o.err)
			fail_msg("%s", o.reason);
		assert_int_equal(o.entry.path_len, 6);
		assert_int_equal(o.entry.digest_len, 32);
		imalog_free(&o.log);
	}
}

static void test_bare_nul(void **state)
{
	struct one o;

	(void)state;
	parse(&o, &(struct imalog_entry){.template = "ima", .alg = "sha1", .path = "/sbin/init"});
	assert_int_equal(o.err, 0);
	o.log.buf[o.log.len - 2] = '\0';
	again(&o);
	assert_int_equal(o.err, -1);
	assert_non_null(strstr(o.reason, "NUL in it"));
	imalog_free(&o.log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_templates),
		cmocka_unit_test(test_fields_of_bytes),
		cmocka_unit_test(test_verity),
		cmocka_unit_test(test_unknown_algorithm_and_field),
		cmocka_unit_test(test_violation),
		cmocka_unit_test(test_strange_paths),
		cmocka_unit_test(test_formats_refused),
		cmocka_unit_test(test_bytes_refused),
		cmocka_unit_test(test_field_missing),
		cmocka_unit_test(test_digest_too_long),
		cmocka_unit_test(test_longest_format),
		cmocka_unit_test(test_bare_nul),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
