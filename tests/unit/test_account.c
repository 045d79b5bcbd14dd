/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom a VM's children run as: each VM another, nobody's that exists, and the same again. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vm/account.h"
#include "vmbed.h"

#define FIRST 2100000000u

static struct vm *another(const char *uuid)
{
	return vm_get(&bed.host, uuid);
}

static uid_t uid_of(struct vm *vm)
{
	struct account account;

	assert_true(account_of(vm, &account));
	assert_int_equal(account.uid, account.gid);
	return account.uid;
}

static void each_has_its_own(void **state)
{
	struct vm *vm[8];
	char uuid[] = "11111111-2222-3333-4444-666666666660";

	(void)state;
	bed.host.vm_uids = (struct conf_uids){FIRST, FIRST + 8}; /* some meet each other */
	for (int i = 0; i < 8; i++) {
		uuid[sizeof(uuid) - 2] = (char)('0' + i);
		vm[i] = another(uuid);
		assert_in_range(uid_of(vm[i]), FIRST, FIRST + 8);
		for (int j = 0; j < i; j++)
			assert_int_not_equal(uid_of(vm[i]), uid_of(vm[j]));
	}
	for (int i = 0; i < 8; i++)
		vmbed_free(vm[i]);
}

static void the_same_again(void **state)
{
	char uid[ACCOUNT_TEXT], gid[ACCOUNT_TEXT], text[ACCOUNT_TEXT];
	uid_t before;

	(void)state;
	bed.host.vm_uids = (struct conf_uids){FIRST, FIRST + 65535};
	before = uid_of(bed.vm);
	assert_int_equal(uid_of(bed.vm), before);
	vmbed_end();
	vmbed_start();
	assert_int_equal(uid_of(bed.vm), before);
	assert_true(account_args(bed.vm, uid, gid));
	snprintf(text, sizeof(text), "%u", before);
	assert_string_equal(uid, text);
	assert_string_equal(gid, text);
}

static void none_is_left(void **state)
{
	struct vm *other = another("11111111-2222-3333-4444-777777777777");
	struct account account;

	(void)state;
	bed.host.vm_uids = (struct conf_uids){FIRST, FIRST};
	assert_int_equal(uid_of(bed.vm), FIRST);
	assert_false(account_of(other, &account));
	assert_int_equal(account.uid, 0); /* which no child runs with */
	vmbed_free(other);
}

/* The number of somebody who exists is nobody's to give: here that of «nobody». */
static void not_somebody_elses(void **state)
{
	(void)state;
	bed.host.vm_uids = (struct conf_uids){65534, 65535};
	assert_int_equal(uid_of(bed.vm), 65535);
}

static void without_numbers(void **state)
{
	struct account account;

	(void)state;
	bed.host.vm_uids = (struct conf_uids){0};
	bed.host.child_uid = 123;
	bed.host.child_gid = 45;
	assert_true(account_of(bed.vm, &account));
	assert_int_equal(account.uid, 123);
	assert_int_equal(account.gid, 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VMBED_TEST(each_has_its_own), VMBED_TEST(the_same_again),
		VMBED_TEST(none_is_left),     VMBED_TEST(not_somebody_elses),
		VMBED_TEST(without_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
