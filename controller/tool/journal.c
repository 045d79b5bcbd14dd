// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal, checked without trusting the daemon that wrote it. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/hex.h"
#include "store/store.h"
#include "tool/ask.h"

#define CONF_FILE SYSCONFDIR "/lazaret/lazaretd.conf"
#define HEX_SIZE  (2 * STORE_HASH_SIZE + 1)

/* Return: the database's path, to be freed; NULL after a message. */
static char *find_db(const struct args *args)
{
	struct conf *conf;
	char *path = NULL;

	if (args->db)
		return strdup(args->db);
	conf = conf_load(CONF_FILE, stderr);
	if (!conf || asprintf(&path, "%s/" STORE_FILE, conf->state_dir) < 0)
		path = NULL;
	conf_free(conf);
	if (!path)
		ask_failed(args, "%s does not tell where the journal is: --db=FILE does",
			   CONF_FILE);
	return path;
}

/* Is it all that was asked for: a sound chain, with the noted head in it? */
static bool is_good(const struct args *args, const struct store_chain *chain)
{
	return !chain->bad && (!args->head || chain->noted);
}

static void print_json(const struct args *args, const char *path, const struct store_chain *chain)
{
	char head[HEX_SIZE];
	json_t *out;

	hex_encode(head, chain->head, sizeof(chain->head));
	out = json_pack("{s:b,s:s,s:I,s:I,s:s,s:o}", "ok", is_good(args, chain), "db", path, "rows",
			(json_int_t)chain->rows, "seq", (json_int_t)chain->rows, "head", head,
			"bad", chain->bad ? json_integer(chain->bad) : json_null());
	if (out && args->head)
		json_object_set_new(out, "noted",
				    chain->noted ? json_integer(chain->noted) : json_null());
	ask_answer(out);
}

static void print_text(const struct args *args, const char *path, const struct store_chain *chain)
{
	char head[HEX_SIZE];

	hex_encode(head, chain->head, sizeof(chain->head));
	printf("%s: %lld rows, each follows from the one before it\n", path,
	       (long long)chain->rows);
	printf("head: %s, row %lld\n", head, (long long)chain->rows);
	if (chain->bad)
		printf("NOT SOUND: row %lld is not what was written, or is lost\n",
		       (long long)chain->bad);
	if (chain->noted)
		printf("the head that you noted is row %lld\n", (long long)chain->noted);
	else if (args->head)
		puts("NOT SOUND: no row has the hash that you noted: rows were cut off, or written "
		     "anew");
}

static int verify(const struct args *args, const char *path, const unsigned char *noted)
{
	struct store_chain chain;

	if (store_verify_file(path, noted, &chain) < 0)
		return ask_failed(args, "%s: %s", path, chain.error);
	if (args->json)
		print_json(args, path, &chain);
	else
		print_text(args, path, &chain);
	return is_good(args, &chain) ? TOOL_OK : TOOL_FAILED;
}

int run_journal(const struct args *args)
{
	uint8_t noted[STORE_HASH_SIZE];
	char *path;
	int status;

	if (strcmp(args->operand[0], "verify") != 0) {
		warnx("journal: «verify»");
		return TOOL_USAGE;
	}
	if (args->head && hex_decode(noted, sizeof(noted), args->head) != (int)sizeof(noted)) {
		warnx("journal: --head takes %d hexadecimal digits", 2 * STORE_HASH_SIZE);
		return TOOL_USAGE;
	}
	path = find_db(args);
	if (!path)
		return TOOL_FAILED;
	status = verify(args, path, args->head ? noted : NULL);
	free(path);
	return status;
}
