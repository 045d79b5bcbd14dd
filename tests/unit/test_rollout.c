/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a new pack comes into a policy, and that an old one does not come back. */
#include "packbed.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "golden/policy.h"
#include "golden/publish.h"
#include "golden/rollout.h"

static char error[ROLLOUT_ERROR_MAX];

/* A pack with /bin/a of this content; those of one name are versions of one. */
static void make_pack(const char *file, const char *name, uint32_t serial, const char *content)
{
	struct values v = {0};
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	assert_int_equal(values_add(&v, "/bin/a", 6, alg_by_name("sha256", 6), digest), 0);
	if (publish(packbed_path(file), &v, &(struct pack_label){.name = name, .serial = serial},
		    NULL, packbed_error))
		fail_msg("%s", packbed_error);
	values_free(&v);
}

/* @text: each «@» stands for the folder. */
static void write_policy(const char *text)
{
	char *whole = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&whole, &len);

	assert_non_null(out);
	for (; *text; text++)
		if (*text == '@')
			fputs(packbed_path(""), out);
		else
			fputc(*text, out);
	fclose(out);
	packbed_file("a.policy", whole);
	free(whole);
}

static int roll(const char *pack, const char *replaces, const char *until)
{
	char policy[4200], one[4200], two[4200];
	const struct rollout r = {
		.policy = policy, .pack = one, .replaces = replaces ? two : NULL, .until = until};

	snprintf(policy, sizeof(policy), "%s", packbed_path("a.policy"));
	snprintf(one, sizeof(one), "%s%s", packbed_path(""), pack);
	snprintf(two, sizeof(two), "%s%s", packbed_path(""), replaces ? replaces : "");
	memset(error, 0, sizeof(error));
	return rollout(&r, error);
}

static struct policy *load(void)
{
	struct policy *p = policy_load(packbed_path("a.policy"), NULL, stderr);

	assert_non_null(p);
	return p;
}

static struct policy *rolled(const char *pack, const char *replaces, const char *until)
{
	struct policy *p;

	if (roll(pack, replaces, until))
		fail_msg("%s", error);
	p = load();
	assert_int_equal(p->shelf.excludes, 1);
	assert_true(p->given[FINDING_SWAPPED]);
	return p;
}

static enum shelf_class look(const struct policy *p, const char *content)
{
	struct pack_answer answer;
	uint8_t digest[32];

	EVP_Digest(content, strlen(content), digest, NULL, EVP_sha256(), NULL);
	return shelf_lookup(&p->shelf, alg_by_name("sha256", 6), digest, "/bin/a", 6, &answer);
}

static void assert_written(const char *want)
{
	static char text[8192];

	memset(text, 0, sizeof(text));
	packbed_read(packbed_path("a.policy"), (uint8_t *)text, sizeof(text) - 1);
	if (!strstr(text, want))
		fail_msg("«%s» is not in «%s»", want, text);
}

static const char ours[] = "; ours\n[actions]\nswapped = danger\n[packs]\n; first\n"
			   "golden=@one.pack ; the first\n[exclude]\npath = /opt/**\n";

static void make_packs(void)
{
	make_pack("one.pack", "one", 3, "one");
	make_pack("new.pack", "new", 4, "new");
}

static void test_rollout(void **state)
{
	struct policy *p;

	(void)state;
	make_packs();
	write_policy(ours);
	p = rolled("new.pack", NULL, NULL);
	assert_int_equal(look(p, "one"), SHELF_GOOD);
	assert_int_equal(look(p, "new"), SHELF_GOOD);
	assert_written("new.pack from 4\n");
	policy_free(p);
	write_policy(ours);
	p = rolled("new.pack", "one.pack", NULL);
	assert_int_equal(look(p, "one"), SHELF_OUTDATED);
	assert_int_equal(look(p, "new"), SHELF_GOOD);
	policy_free(p);
	write_policy(ours);
	p = rolled("new.pack", "one.pack", "2999-12-31");
	assert_int_equal(look(p, "one"), SHELF_GOOD);
	assert_int_equal(p->expires, 32503593600);
	policy_free(p);
	write_policy(ours);
	p = rolled("one.pack", NULL, NULL);
	assert_int_equal(p->shelf.packs[SHELF_GOLDEN], 1);
	assert_written("one.pack from 3\n");
	policy_free(p);
}

static void test_next_number(void **state)
{
	struct policy *p;

	(void)state;
	make_packs();
	write_policy(ours);
	policy_free(rolled("one.pack", NULL, NULL));
	make_pack("one.pack", "one", 9, "nine");
	p = rolled("one.pack", NULL, NULL);
	assert_int_equal(look(p, "nine"), SHELF_GOOD);
	assert_int_equal(p->shelf.packs[SHELF_GOLDEN], 1);
	assert_written("one.pack from 9\n");
	policy_free(p);
	make_pack("one.pack", "one", 3, "one");
	assert_int_equal(roll("one.pack", NULL, NULL), -1);
	assert_non_null(strstr(error, "older"));
}

/* The line that a pack is replaced in keeps what it said of the number. */
static void test_number_stays(void **state)
{
	(void)state;
	make_packs();
	write_policy("[packs]\ngolden = @one.pack from 2 until 2998-12-31\n[actions]\nswapped = "
		     "danger\n[exclude]\npath = /opt/**\n");
	policy_free(rolled("new.pack", "one.pack", "2999-12-31"));
	assert_written("one.pack from 2 until 2999-12-31\n");
	policy_free(rolled("new.pack", "one.pack", NULL));
	assert_written("retired = ");
	assert_written("one.pack from 2\n");
}

static void assert_refused(const char *pack, const char *replaces, const char *until,
			   const char *want)
{
	static uint8_t before[8192], after[8192];
	size_t len = packbed_read(packbed_path("a.policy"), before, sizeof(before));

	assert_int_equal(roll(pack, replaces, until), -1);
	if (!strstr(error, want))
		fail_msg("«%s» is not in «%s»", want, error);
	assert_int_equal(packbed_read(packbed_path("a.policy"), after, sizeof(after)), len);
	assert_memory_equal(before, after, len);
}

static void test_old_packs_stay_out(void **state)
{
	(void)state;
	make_packs();
	make_pack("older.pack", "new", 3, "older");
	write_policy("[packs]\ngolden = @new.pack from 4\nretired = @one.pack\n");
	assert_refused("older.pack", NULL, NULL, "number 4");
	assert_refused("older.pack", "new.pack", NULL, "number 4");
	assert_refused("one.pack", NULL, NULL, "retired");
	write_policy("[packs]\ngolden = @new.pack\ndenied = @one.pack\n");
	assert_refused("one.pack", NULL, NULL, "denied");
}

static void test_refusals(void **state)
{
	(void)state;
	make_packs();
	write_policy("[packs]\ngolden = @one.pack\n");
	assert_refused("nowhere.pack", NULL, NULL, "No such file");
	assert_refused("a.policy", NULL, NULL, "pack");
	assert_refused("new.pack", "old.pack", NULL, "not among");
	assert_refused("new.pack", "one.pack", "tomorrow", "tomorrow");
	write_policy("golden = x\n");
	assert_refused("new.pack", NULL, NULL, "[packs]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rollout),	     cmocka_unit_test(test_next_number),
		cmocka_unit_test(test_number_stays), cmocka_unit_test(test_old_packs_stay_out),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, packbed_setup, packbed_teardown);
}
