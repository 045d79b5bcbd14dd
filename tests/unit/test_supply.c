/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The supply disk holds what a policy names, and all of it. */
#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remedy/supply.h"

static char dir[] = "/tmp/lazaret-supply.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static const char *put(const char *name, const char *text)
{
	static char path[8][256];
	static int turn;
	char *out = path[turn++ % 8];
	FILE *f;

	snprintf(out, 256, "%s/%s", dir, name);
	f = fopen(out, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return out;
}

/* Names in the archive, each with its size, in one text. */
static void list(int fd, char *out, size_t size)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	assert_int_equal(lseek(fd, 0, SEEK_END) % 512, 0);
	lseek(fd, 0, SEEK_SET);
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_fd(a, fd, 4096), ARCHIVE_OK);
	out[0] = '\0';
	while (archive_read_next_header(a, &e) == ARCHIVE_OK)
		snprintf(out + strlen(out), size - strlen(out), "%s=%lld\n",
			 archive_entry_pathname(e), (long long)archive_entry_size(e));
	archive_read_free(a);
}

static void has(const char *names, const char *path, int bytes)
{
	char line[512];

	snprintf(line, sizeof(line), "%s=%d\n", path, bytes);
	assert_non_null(strstr(names, line));
}

static void a_policy_comes_with_its_files(void **state)
{
	char text[1024], names[4096], error[256] = "", folder[256], vaccines[256];
	const char *pack = put("a.pack", "12345"), *key = put("k.pub", "123");
	int fd = fileno(tmpfile());
	struct supply_from from;
	const char *policy;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/signatures", dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	put("signatures/x.ndb", "1234567");
	put("signatures/.hidden", "1");
	snprintf(text, sizeof(text),
		 "[packs]\ngolden = %s from 3\nsigner = %s\n[ima]\npolicy = %s\n", pack, key,
		 "/etc/ima/of-the-guest");
	policy = put("p.policy", text);
	snprintf(vaccines, sizeof(vaccines), "%s/vaccines", dir);
	assert_int_equal(mkdir(vaccines, 0700), 0);
	put("vaccines/10-a", "12");
	from = (struct supply_from){.policy = policy,
				    .signatures = folder,
				    .vaccines = vaccines,
				    .key = key,
				    .plan = -1};
	assert_int_equal(supply_write(&from, fd, error, sizeof(error)), 0);
	list(fd, names, sizeof(names));
	has(names, SUPPLY_POLICY, (int)strlen(text));
	has(names, pack + 1, 5);
	has(names, key + 1, 3);
	has(names, SUPPLY_SIGNATURES "/x.ndb", 7);
	has(names, SUPPLY_VACCINES "/10-a", 2);
	has(names, SUPPLY_KEY, 3);
	assert_null(strstr(names, "hidden"));
	assert_null(strstr(names, "of-the-guest"));
	close(fd);
}

static void what_is_missing_is_told(void **state)
{
	char error[256] = "", names[4096];
	const char *pack = put("b.pack", "1");
	struct supply_from from = {.pack = pack, .signatures = "/nowhere/at/all", .plan = -1};
	int fd = fileno(tmpfile());

	(void)state;
	assert_int_equal(supply_write(&from, fd, error, sizeof(error)), -1);
	assert_non_null(strstr(error, "/nowhere/at/all"));
	close(fd);
	fd = fileno(tmpfile());
	from = (struct supply_from){
		.policy = "", .pack = pack, .signatures = "", .vaccines = "/nowhere", .plan = -1};
	assert_int_equal(supply_write(&from, fd, error, sizeof(error)), 0);
	list(fd, names, sizeof(names));
	assert_string_equal(names, SUPPLY_PACK "=1\n");
	close(fd);
}

/* Of a folder of packages, those that the plan needs, however apt has named them. */
static void a_plan_comes_with_its_packages(void **state)
{
	static const char *const there[] = {"plain_1.0-1_amd64.deb", "epoch_1%3a2.0_all.deb",
					    "short_3.0_all.deb", "site.tar.gz"};
	static const char *const others[] = {"plain_1.0-2_amd64.deb", "plain_1.0-1x_amd64.deb",
					     "other_1.0-1_amd64.deb", "README"};
	char error[256] = "", names[4096], folder[256], name[256];
	struct supply_from from = {.packages = folder};
	int fd = fileno(tmpfile());
	FILE *plan = tmpfile();

	(void)state;
	snprintf(folder, sizeof(folder), "%s/packages", dir);
	assert_int_equal(mkdir(folder, 0700), 0);
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "packages/%s", there[i]);
		put(name, "123");
		snprintf(name, sizeof(name), "packages/%s", others[i]);
		put(name, "123");
	}
	for (size_t i = 0; i < 3; i++)
		fprintf(plan,
			"{\"do\":\"restore\",\"path\":\"/%zu\",\"found\":\"sha256:00\","
			"\"expected\":\"sha256:01\",\"of\":\"%s\"}\n",
			i,
			i == 0	 ? "plain 1.0-1"
			: i == 1 ? "epoch 1:2.0"
				 : "short 5:3.0");
	fflush(plan);
	rewind(plan);
	from.plan = fileno(plan);
	assert_int_equal(supply_write(&from, fd, error, sizeof(error)), 0);
	list(fd, names, sizeof(names));
	assert_non_null(strstr(names, SUPPLY_PLAN "="));
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), SUPPLY_PACKAGES "/%s", there[i]);
		has(names, name, 3);
		assert_null(strstr(names, others[i]));
	}
	close(fd);
	fclose(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_comes_with_its_files),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(a_plan_comes_with_its_packages),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
