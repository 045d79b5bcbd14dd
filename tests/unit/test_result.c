/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a remedy domain may say, and what it may not. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remedy/result.h"

static struct ipc_finding last;
static int calls;

static void each(void *arg, const struct ipc_finding *f)
{
	(void)arg;
	last = *f;
	calls++;
}

static int disk(const struct result_head *head, const char *text)
{
	char name[] = "/tmp/lazaret-result.XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, RESULT_SIZE), 0);
	if (head)
		assert_int_equal(pwrite(fd, head, sizeof(*head), 0), sizeof(*head));
	assert_int_equal(pwrite(fd, text, strlen(text), RESULT_TEXT), strlen(text));
	return fd;
}

static struct result_head good(const char *text)
{
	return (struct result_head){.magic = RESULT_MAGIC,
				    .version = RESULT_VERSION,
				    .state = RESULT_DONE,
				    .done = 2,
				    .text = strlen(text)};
}

/* Return: as result_findings()'s. */
static int64_t read_text(const char *text)
{
	struct result_head head = good(text);
	const char *why = NULL;
	int fd = disk(&head, text);
	int64_t n;

	calls = 0;
	n = result_findings(fd, each, NULL, &why);
	assert_true(n >= 0 || strlen(why) > 0);
	close(fd);
	return n;
}

static void findings_are_handed_over(void **state)
{
	(void)state;
	assert_int_equal(read_text(""), 0);
	assert_int_equal(
		read_text("{\"class\":\"signature\",\"path\":\"/a\",\"rule\":\"Eicar\"}\n"
			  "{\"class\":\"wrong-digest\",\"path\":\"/b c\",\"found\":\"sha256:00\","
			  "\"expected\":\"sha256:01\",\"expected_version\":\"b 1\","
			  "\"reason\":\"r\",\"what\":[1]}\n"),
		2);
	assert_int_equal(calls, 2);
	assert_string_equal(last.class, "wrong-digest");
	assert_string_equal(last.path, "/b c");
	assert_string_equal(last.found, "sha256:00");
	assert_string_equal(last.expected, "sha256:01");
	assert_string_equal(last.expected_version, "b 1");
	assert_string_equal(last.reason, "r");
	assert_string_equal(last.rule, "");
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = {
		"{\"class\":\"signature\",\"path\":\"/a\"}", /* no end of line */
		"{\"class\":\"signature\",\"path\":\"a\"}\n",
		"{\"class\":\"signature\"}\n",
		"{\"class\":\"made-up\",\"path\":\"/a\"}\n",
		"{\"class\":[\"signature\"],\"path\":\"/a\"}\n",
		"{\"class\":\"signature\",\"path\":\"/\\u001b[2J\"}\n",
		"{\"class\":\"signature\",\"path\":\"/\303\244\"}\n",
		"{\"class\":\"signature\",\"path\":\"/a\",\"path\":\"/b\"}\n",
		"[]\n",
		"\n",
		"x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_text(bad[i]), -1);
}

static void what_is_too_long_is_cut(void **state)
{
	char text[RESULT_LINE + 100];
	int n = snprintf(text, sizeof(text), "{\"class\":\"signature\",\"path\":\"/");

	(void)state;
	memset(text + n, 'a', 2 * IPC_PATH);
	snprintf(text + n + 2 * IPC_PATH, 10, "\"}\n");
	assert_int_equal(read_text(text), 1);
	assert_int_equal(strlen(last.path), IPC_PATH - 1);
	memset(text + n, 'a', RESULT_LINE);
	snprintf(text + n + RESULT_LINE, 10, "\"}\n");
	assert_int_equal(read_text(text), -1);
}

static void refused(struct result_head head)
{
	struct result_head out;
	int fd = disk(&head, "");

	assert_int_equal(result_head(fd, &out), -1);
	close(fd);
}

static void heads_are_checked(void **state)
{
	struct result_head head = good(""), out;
	int fd = disk(NULL, "");

	(void)state;
	assert_int_equal(result_head(fd, &out), -1);
	close(fd);
	fd = disk(&head, "");
	assert_int_equal(result_head(fd, &out), 0);
	assert_int_equal(out.done, 2);
	close(fd);
	head.version++;
	refused(head);
	head = good("");
	head.state = RESULT_FAILED + 1;
	refused(head);
	head = good("");
	head.text = RESULT_SIZE;
	refused(head);
	head = good("");
	head.findings = UINT64_MAX;
	refused(head);
	head = good("");
	snprintf(head.error, sizeof(head.error), "\033[2J");
	refused(head);
	head = good("");
	memset(head.error, 'e', sizeof(head.error));
	fd = disk(&head, "");
	assert_int_equal(result_head(fd, &out), 0);
	assert_int_equal(strlen(out.error), sizeof(out.error) - 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_are_handed_over),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(heads_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
