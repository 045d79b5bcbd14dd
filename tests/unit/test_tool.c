// SPDX-License-Identifier: GPL-2.0-or-later
/* lazaretctl: its command line and what it shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tool/table.h"
#include "tool/tool.h"
#include "tool/when.h"

/* The command line */

static bool parse(struct args *args, const char *letters, int argc, const char *const *argv)
{
	FILE *nowhere = fopen("/dev/null", "w");
	bool good;

	*args = (struct args){0};
	good = args_parse(args, letters, argc, (char **)argv, nowhere);
	fclose(nowhere);
	return good;
}

#define PARSE(args, letters, ...)                                                    \
	parse(args, letters, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), \
	      (const char *[]){__VA_ARGS__, NULL})

static void test_args(void **state)
{
	struct args args;

	(void)state;
	assert_true(PARSE(&args, "r", "release", "web", "--reason=it is fine", "-j", "-s", "/s"));
	assert_string_equal(args.reason, "it is fine");
	assert_string_equal(args.socket, "/s");
	assert_true(args.json);
	assert_false(args.help);
	assert_int_equal(args.operands, 1);
	assert_string_equal(args.operand[0], "web");
	assert_true(PARSE(&args, "fc", "x", "-fch"));
	assert_true(args.follow && args.check && args.help);
	assert_true(PARSE(&args, "donx", "x", "-d/r", "-o", "f", "--name", "n", "-x", "--", "-j"));
	assert_string_equal(args.root, "/r");
	assert_string_equal(args.output, "f");
	assert_string_equal(args.name, "n");
	assert_true(args.one_file_system);
	assert_false(args.json);
	assert_string_equal(args.operand[0], "-j");
}

static void test_args_up_to_the_command(void **state)
{
	struct args args;

	(void)state;
	assert_true(PARSE(&args, "+", "lazaretctl", "-j", "show", "web", "-z"));
	assert_true(args.json);
	assert_int_equal(args.operands, 3);
	assert_string_equal(args.operand[0], "show");
}

static void test_args_refused(void **state)
{
	struct args args;

	(void)state;
	assert_false(PARSE(&args, "", "x", "--follow"));
	assert_false(PARSE(&args, "", "x", "-f"));
	assert_false(PARSE(&args, "r", "x", "--reason"));
	assert_false(PARSE(&args, "r", "x", "-r"));
	assert_false(PARSE(&args, "", "x", "--json=1"));
	assert_false(PARSE(&args, "", "x", "--nonsense"));
}

static void test_args_help(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	args_help("r", out);
	fclose(out);
	assert_non_null(strstr(text, "-r, --reason=TEXT"));
	assert_non_null(strstr(text, "-j, --json "));
	assert_null(strstr(text, "--follow"));
	free(text);
}

/* What is shown */

static void safe_is(const char *text, const char *want)
{
	char *safe = text_safe(text);

	assert_string_equal(safe, want);
	free(safe);
}

static void test_text_safe(void **state)
{
	(void)state;
	text_force(true, false);
	safe_is(NULL, "-");
	safe_is("", "");
	safe_is("/usr/bin/true ~", "/usr/bin/true ~");
	safe_is("\x1b[31m\r\n\t\x7f", "\\x1b[31m\\x0d\\x0a\\x09\\x7f");
	safe_is("Zoë «→» 𝄞 漢", "Zoë «→» 𝄞 漢");
	safe_is("\xc2\x9b", "\\xc2\\x9b"); /* C1: CSI */
	safe_is("a\xe2\x80\xae"
		"b",
		"a\\xe2\\x80\\xaeb"); /* right-to-left override */
	safe_is("\xe2\x81\xa6", "\\xe2\\x81\\xa6"); /* isolate */
	safe_is("\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"); /* tag */
	safe_is("\xff\xfe", "\\xff\\xfe");
	safe_is("\xc0\xaf", "\\xc0\\xaf"); /* too long a form of / */
	safe_is("\xe0\x80\xaf", "\\xe0\\x80\\xaf"); /* likewise */
	safe_is("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* surrogate */
	safe_is("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	safe_is("\xe2\x82", "\\xe2\\x82"); /* cut off at the end */
	safe_is("\xe2(", "\\xe2(");
	text_force(false, false);
	safe_is("ë«x»→", "\\xc3\\xab\"x\"->");
	text_force(true, false);
}

static void test_colours(void **state)
{
	(void)state;
	text_force(true, false);
	assert_string_equal(text_on(TEXT_BAD), "");
	assert_string_equal(text_off(TEXT_BAD), "");
	text_force(true, true);
	assert_string_equal(text_on(TEXT_GOOD), "\033[32m");
	assert_string_equal(text_off(TEXT_GOOD), "\033[0m");
	assert_string_equal(text_off(TEXT_PLAIN), "");
	assert_int_equal(text_state_colour("trusted"), TEXT_GOOD);
	assert_int_equal(text_state_colour("danger"), TEXT_BAD);
	assert_int_equal(text_state_colour("new"), TEXT_PLAIN);
	assert_int_equal(text_state_colour(NULL), TEXT_PLAIN);
	text_force(true, false);
}

static void test_table(void **state)
{
	static const struct column columns[] = {{"A", false}, {"NUM", true}, {"C", false}};
	struct table *table = table_new(columns, 3);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	text_force(true, false);
	table_add(table, TEXT_PLAIN, "Zoë");
	table_add_number(table, TEXT_PLAIN, -5);
	table_add(table, TEXT_PLAIN, "x\n");
	table_add(table, TEXT_BAD, NULL);
	table_add_number(table, TEXT_PLAIN, 12345);
	table_add(table, TEXT_PLAIN, "last");
	table_print(table, 1, out);
	fclose(out);
	assert_string_equal(text, " A      NUM  C\n"
				  " Zoë     -5  x\\x0a\n"
				  " -    12345  last\n");
	free(text);
}

static void test_when(void **state)
{
	static const char t[] = "2026-11-22T20:13:05.123Z";
	char out[WHEN_SIZE];
	time_t at;

	(void)state;
	assert_true(when_parse(t, &at));
	assert_int_equal(at, 1795378385);
	assert_string_equal(when_age(out, t, at - 5), "0 s");
	assert_string_equal(when_age(out, t, at + 119), "119 s");
	assert_string_equal(when_age(out, t, at + 120), "2 min");
	assert_string_equal(when_age(out, t, at + 7200), "2 h");
	assert_string_equal(when_age(out, t, at + 4 * 86400), "4 d");
	assert_string_equal(when_full(out, t), "2026-11-22 20:13:05.123");
	assert_string_equal(when_full(out, "2026-11-22T20:13:05Z"), "2026-11-22 20:13:05");
	assert_string_equal(when_age(out, NULL, at), "-");
	assert_string_equal(when_full(out, NULL), "-");
	assert_string_equal(when_full(out, "soon"), "-");
	assert_string_equal(when_full(out, "2026-11-22T20:13:05\033[2J"), "-");
	assert_false(when_parse("2026-11-22T20:13:05.1231231231231231231231231231231Z", &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_args),	     cmocka_unit_test(test_args_up_to_the_command),
		cmocka_unit_test(test_args_refused), cmocka_unit_test(test_args_help),
		cmocka_unit_test(test_text_safe),    cmocka_unit_test(test_colours),
		cmocka_unit_test(test_table),	     cmocka_unit_test(test_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
