/* SPDX-License-Identifier: GPL-2.0-or-later */
/* «lazaretctl verify»: PCRs that were given must have been compared with something. */
#include "packbed.h"

#include <stdio.h>

#include "common/hex.h"
#include "imalog.h"
#include "toolbed.h"

static char log_name[4200];

static int setup(void **state)
{
	struct imalog l;

	if (packbed_setup(state))
		return -1;
	imalog_init(&l);
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a"});
	snprintf(log_name, sizeof(log_name), "%s", packbed_path("log"));
	packbed_write(log_name, l.buf, l.len);
	imalog_free(&l);
	return 0;
}

/* The value of PCR 10 after the log, in hexadecimal. */
static const char *pcr_10(bool sha256)
{
	static char hex[65];
	struct imalog l;

	imalog_init(&l);
	imalog_boot(&l, NULL);
	imalog_add(&l, &(struct imalog_entry){.path = "/bin/a"});
	hex_encode(hex, sha256 ? l.sha256[10] : l.sha1[10], sha256 ? 32 : 20);
	imalog_free(&l);
	return hex;
}

/* Exit status of a verification against this file of PCRs. */
static int verify(const char *pcrs, const char *banks)
{
	packbed_file("pcrs", pcrs);
	return toolbed_run(
		run_verify,
		(struct args){.log = log_name, .pcrs = packbed_path("pcrs"), .banks = banks}, NULL,
		NULL);
}

static void test_pcrs_that_fit(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "10: %s\n", pcr_10(false));
	assert_int_equal(verify(text, NULL), TOOL_OK);
	snprintf(text, sizeof(text), "sha256:\n 10: 0x%s\n", pcr_10(true));
	assert_int_equal(verify(text, NULL), TOOL_OK);
	snprintf(text, sizeof(text), "10: %s\n11: %040d\n", pcr_10(false), 0);
	assert_int_equal(verify(text, NULL), TOOL_OK);
	snprintf(text, sizeof(text), "10: %040d\n", 1);
	assert_int_equal(verify(text, NULL), TOOL_FAILED);
	toolbed_shows("no prefix of the list");
}

/* PCRs that the list never extends, and banks that are not computed, say nothing. */
static void test_nothing_to_compare(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "11: %040d\n", 0);
	assert_int_equal(verify(text, NULL), TOOL_FAILED);
	snprintf(text, sizeof(text), "0: %040d\n1: %040d\n", 5, 6);
	assert_int_equal(verify(text, NULL), TOOL_FAILED);
	snprintf(text, sizeof(text), "sha256:\n 10: 0x%s\n", pcr_10(true));
	assert_int_equal(verify(text, "sha1"), TOOL_FAILED);
	toolbed_shows("nothing was compared");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcrs_that_fit),
		cmocka_unit_test(test_nothing_to_compare),
	};

	return cmocka_run_group_tests(tests, setup, packbed_teardown);
}
