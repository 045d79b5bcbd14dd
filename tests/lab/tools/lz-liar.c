/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for the worker of a remedy domain that was taken over: it looks at no disk, and reports what a
 * test wants dom0 to hear. Which lie that is, a file among the signatures says by its name: lie-NAME.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "remedy/result.h"
#include "remedy/supply.h"

#define PATIENT	  "/dev/xvda"
#define SUPPLIES  "/dev/xvdb"
#define RESULT	  "/dev/xvdc"
#define PREFIX	  SUPPLY_SIGNATURES "/lie-"
#define BLOCK	  512 /* of a tar archive */
#define SIZE_AT	  124 /* in its header, 11 octal digits */
#define NAME_SIZE 64
#define FILES	  12345 /* that it claims to have seen */
#define MANY	  1000
#define MARK	  "mended"
#define ESCAPE	  "\033]0;owned\007"
#define DIGEST	  "sha256:0000000000000000000000000000000000000000000000000000000000000000"

static bool repairs; /* there is a plan: this is the second round */
static int disk;

static void put(const void *data, size_t len, off_t at)
{
	if (pwrite(disk, data, len, at) != (ssize_t)len)
		perror(RESULT);
}

/* @text: findings; NULL: none. */
static void put_result(struct result_head head, const char *text)
{
	memcpy(head.magic, RESULT_MAGIC, sizeof(head.magic));
	head.version = RESULT_VERSION;
	head.state = head.state ? head.state : RESULT_DONE;
	head.done = head.total = FILES;
	if (text) {
		head.text = strlen(text);
		put(text, strlen(text), RESULT_TEXT);
	}
	put(&head, sizeof(head), 0);
}

static void clean(void)
{
	put_result((struct result_head){0}, NULL);
}

/*
 * Finds something, and repairs nothing of it. Who is asked whether that helped has no memory but the patient's
 * disk, before its file system begins.
 */
static void mended(void)
{
	static const char found[] =
		"{\"class\":\"unknown-file\",\"path\":\"/usr/local/bin/beacon\",\"found\":\"" DIGEST
		"\"}\n";
	static const char removed[] =
		"{\"class\":\"" RESULT_REMOVED
		"\",\"path\":\"/usr/local/bin/beacon\",\"found\":\"" DIGEST "\"}\n";

	char mark[sizeof(MARK)] = "";
	int patient = open(PATIENT, (repairs ? O_RDWR : O_RDONLY) | O_CLOEXEC);

	if (patient < 0 || pread(patient, mark, sizeof(mark), 0) < 0)
		return;
	if (repairs && (pwrite(patient, MARK, sizeof(mark), 0) < 0 || fsync(patient) < 0))
		return;
	if (!repairs && !memcmp(mark, MARK, sizeof(mark)))
		clean();
	else
		put_result((struct result_head){.findings = 1}, repairs ? removed : found);
}

static void noise(void)
{
	static unsigned char bytes[256];

	for (off_t at = 0; at < (off_t)RESULT_SIZE; at += sizeof(bytes)) {
		if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
			perror("getrandom");
		put(bytes, sizeof(bytes), at);
	}
}

#define LINE "{\"class\":\"signature\",\"path\":\"/etc/passwd\",\"found\":\"" DIGEST "\"}\n"

static void uncounted(void)
{
	put_result((struct result_head){.findings = 1}, LINE LINE LINE);
}

static void missing(void)
{
	put_result((struct result_head){.findings = MANY}, LINE);
}

static void relative(void)
{
	put_result((struct result_head){.findings = 1},
		   "{\"class\":\"signature\",\"path\":\"etc/passwd\"}\n");
}

static void endless(void)
{
	char *text = malloc(RESULT_SIZE - RESULT_TEXT + 1);

	if (!text)
		return;
	memset(text, 'a', RESULT_SIZE - RESULT_TEXT);
	text[RESULT_SIZE - RESULT_TEXT] = '\0';
	put_result((struct result_head){.findings = 1}, text);
	free(text);
}

static void beyond(void)
{
	put_result((struct result_head){.findings = 1, .text = RESULT_SIZE}, NULL);
}

static void terminal(void)
{
	put_result((struct result_head){.state = RESULT_FAILED, .error = ESCAPE}, NULL);
}

static const struct lie {
	const char *name;
	void (*tell)(void);
} lies[] = {
	{"clean", clean},	  {"mended", mended},	{"noise", noise},
	{"uncounted", uncounted}, {"missing", missing}, {"relative", relative},
	{"endless", endless},	  {"beyond", beyond},	{"terminal", terminal},
};

/* Of the supply disk, by the names of what is on it. Return: false if no file names a lie. */
static bool choose(int supplies, char name[NAME_SIZE])
{
	char header[BLOCK];
	bool found = false;

	for (off_t at = 0; pread(supplies, header, BLOCK, at) == BLOCK && header[0];) {
		char *size = header + SIZE_AT;

		if (!strncmp(header, PREFIX, strlen(PREFIX))) {
			snprintf(name, NAME_SIZE, "%.50s", header + strlen(PREFIX));
			found = true;
		}
		if (!strcmp(header, SUPPLY_PLAN))
			repairs = true;
		size[11] = '\0';
		at += BLOCK + (strtoll(size, NULL, 8) + BLOCK - 1) / BLOCK * BLOCK;
	}
	return found;
}

int main(void)
{
	char name[NAME_SIZE];
	int supplies = open(SUPPLIES, O_RDONLY | O_CLOEXEC);

	disk = open(RESULT, O_RDWR | O_CLOEXEC);
	if (supplies < 0 || disk < 0 || !choose(supplies, name))
		return EXIT_FAILURE;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		if (!strcmp(lies[i].name, name))
			lies[i].tell();
	return fsync(disk) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
