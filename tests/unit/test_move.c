/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TPM that leaves a host, and comes to another: keys, files, and what is refused. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/seal.h"
#include "unit.h"
#include "vmbed.h"
#include "vtpm/ca.h"
#include "vtpm/handover.h"
#include "vtpm/keys.h"
#include "vtpm/mark.h"
#include "vtpm/move.h"

#define STATE_TEXT "the state of a TPM, which swtpm has encrypted"

static struct move_pass pass = {"correct horse battery", 21};
static char host[2][128]; /* state folders of two hosts */
static char *file; /* what was exported */
static size_t file_len;

static void path_of(int h, const char *name, char path[300])
{
	snprintf(path, 300, "%s/vtpm/" VMBED_UUID "/%s", host[h], name);
}

static void write_text(const char *path, const char *text)
{
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void make_cert(const char *path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	char ca_dir[160], pem[CA_PEM_MAX];
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	struct ca *ca;

	snprintf(ca_dir, sizeof(ca_dir), "%s/ca", host[0]);
	ca = ca_open(ca_dir);
	assert_non_null(ca);
	assert_int_equal(ca_issue(ca, CA_ENDORSEMENT_KEY, der, (size_t)len, VMBED_UUID, pem), 0);
	write_text(path, pem);
	ca_close(ca);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

static int set_up(void **state)
{
	char path[300];
	int rc = vmbed_set_up(state);

	for (int h = 0; h < 2; h++) {
		snprintf(host[h], sizeof(host[h]), "%s/host%d", bed.dir, h);
		snprintf(path, sizeof(path), "%s/vtpm", host[h]);
		if (mkdir(host[h], 0700) || mkdir(path, 0711))
			return -1;
	}
	path_of(0, "", path);
	mkdir(path, 0700);
	path_of(0, "state", path);
	mkdir(path, 0700);
	path_of(0, "state/tpm2-00.permall", path);
	write_text(path, STATE_TEXT);
	path_of(0, "ek.crt", path);
	make_cert(path);
	bed.conf.state_dir = host[0];
	bed.vm->row.tpm = json_pack("{s:[],s:s,s:i}", "starts", "ak", "abc", "resets", 7);
	return rc;
}

static int tear_down(void **state)
{
	free(file);
	file = NULL;
	json_decref(bed.vm->row.tpm);
	bed.vm->row.tpm = NULL;
	bed.conf.state_dir = bed.dir;
	return vmbed_tear_down(state);
}

/* The domain is gone, and its TPM is handed out. */
static void hand_out(void)
{
	const char *why = NULL;
	json_t *vm;
	FILE *out;

	bed.vm->domid = -1;
	vm = handover_out(bed.vm, "test", &why);
	assert_non_null(vm);
	free(file);
	out = open_memstream(&file, &file_len);
	assert_null(move_pack(host[0], vm, &pass, out));
	fclose(out);
	json_decref(vm);
}

static const char *open_file(json_t **vm)
{
	FILE *in = fmemopen(file, file_len, "r");
	const char *why = move_open(in, &pass, vm);

	fclose(in);
	return why;
}

static void sealed(void **state)
{
	uint8_t key[SEAL_KEY_SIZE] = {1}, other[SEAL_KEY_SIZE] = {2};
	uint8_t box[5 + SEAL_OVERHEAD], again[sizeof(box)], out[sizeof(box)];

	(void)state;
	assert_int_equal(seal(key, "hello", 5, box), 0);
	assert_int_equal(seal(key, "hello", 5, again), 0);
	assert_memory_not_equal(box, again, sizeof(box));
	assert_int_equal(unseal(key, box, sizeof(box), out), 5);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(unseal(other, box, sizeof(box), out), -1);
	for (size_t len = 0; len < sizeof(box); len++)
		assert_int_equal(unseal(key, box, len, out), -1);
	for (size_t bit = 0; bit < 8 * sizeof(box); bit++) {
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(unseal(key, box, sizeof(box), out), -1);
		box[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* The state is readable there, with the same key, though the host has another of its own. */
static void moves(void **state)
{
	uint8_t here[SWTPM_KEY_SIZE], there[SWTPM_KEY_SIZE];
	char path[300], text[100] = "", mark[MARK_SIZE];
	json_t *vm;
	FILE *in;

	(void)state;
	hand_out();
	path_of(0, "", path);
	assert_true(mark_get(path, MARK_MOVED, mark));
	assert_null(memmem(file, file_len, STATE_TEXT, 20));
	assert_null(open_file(&vm));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(vm, "tpm"), "resets")),
			 7);
	assert_null(move_place(host[1], vm));
	json_decref(vm);
	snprintf(path, sizeof(path), "%s/vtpm", host[0]);
	assert_int_equal(keys_for_vm(path, VMBED_UUID, here), 0);
	snprintf(path, sizeof(path), "%s/vtpm", host[1]);
	assert_int_equal(keys_for_vm(path, VMBED_UUID, there), 0);
	assert_memory_equal(here, there, sizeof(here));
	path_of(1, "state/tpm2-00.permall", path);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	fclose(in);
	assert_string_equal(text, STATE_TEXT);
}

static void a_damaged_key_is_told(void **state)
{
	uint8_t key[SWTPM_KEY_SIZE];
	char path[300];
	json_t *vm;

	(void)state;
	hand_out();
	assert_null(open_file(&vm));
	assert_null(move_place(host[1], vm));
	json_decref(vm);
	path_of(1, KEYS_MOVED, path);
	assert_int_equal(truncate(path, 10), 0);
	snprintf(path, sizeof(path), "%s/vtpm", host[1]);
	assert_int_equal(keys_for_vm(path, VMBED_UUID, key), -1);
}

static void one_does_not_live_twice(void **state)
{
	const char *why = NULL;
	json_t *vm, *moved;

	(void)state;
	assert_null(handover_out(bed.vm, "test", &why)); /* it runs */
	assert_non_null(strstr(why, "runs"));
	hand_out();
	hand_out(); /* the file was lost */
	assert_null(open_file(&vm));
	moved = json_pack("{s:O,s:O,s:O}", "uuid", json_object_get(vm, "uuid"), "name",
			  json_object_get(vm, "name"), "tpm", json_object_get(vm, "tpm"));
	/* home again */
	assert_int_equal(handover_in(&bed.host, "test", moved, &why), 0);
	assert_null(move_place(host[0], vm));
	/* and once more: there is one now */
	assert_int_equal(handover_in(&bed.host, "test", moved, &why), -1);
	assert_non_null(strstr(why, "already"));
	assert_non_null(move_place(host[0], vm));
	json_object_set_new(moved, "uuid", json_string("../../../../../../../../../etc/aaaaaa"));
	assert_int_equal(handover_in(&bed.host, "test", moved, &why), -1);
	json_decref(moved);
	json_decref(vm);
}

static void no_tpm(void **state)
{
	const char *why = NULL;
	char path[300];

	(void)state;
	bed.vm->domid = -1;
	path_of(0, "ek.crt", path);
	assert_int_equal(unlink(path), 0);
	assert_null(handover_out(bed.vm, "test", &why));
	assert_non_null(strstr(why, "no TPM"));
}

/* Cut anywhere, changed anywhere, another passphrase, another file. scrypt makes each try long. */
static void damaged(void **state)
{
	json_t *vm = NULL;
	size_t len;

	(void)state;
	hand_out();
	len = file_len;
	for (size_t i = 0; i < 12; i++) {
		size_t at = i < 8 ? i * 9 : i * len / 12;

		file[at] ^= 4;
		assert_non_null(open_file(&vm));
		assert_null(vm);
		file[at] ^= 4;
		file_len = at ? at : 1;
		assert_non_null(open_file(&vm));
		file_len = len;
	}
	pass.text[0] ^= 1;
	assert_non_null(strstr(open_file(&vm), "passphrase"));
	pass.text[0] ^= 1;
	assert_null(open_file(&vm));
	json_decref(vm);
}

static void passphrases(void **state)
{
	struct move_pass p;
	char path[200];

	(void)state;
	snprintf(path, sizeof(path), "%s/pass", bed.dir);
	assert_non_null(move_pass_read(path, &p));
	write_text(path, "short\n");
	assert_non_null(strstr(move_pass_read(path, &p), "short"));
	write_text(path, "correct horse battery\r\n");
	assert_null(move_pass_read(path, &p));
	assert_int_equal(p.len, pass.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealed),
		cmocka_unit_test_setup_teardown(moves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_damaged_key_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_does_not_live_twice, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_tpm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(passphrases, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
