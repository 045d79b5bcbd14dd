/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/enrol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/hex.h"
#include "common/ipc.h"
#include "vm/vm.h"
#include "vtpm/vtpm.h"

#define STARTS_MAX  16
#define SHA256_SIZE 32

static const struct {
	const char *key;
	const char *name;
} parts[] = {
	{"kernel", "kernel"},
	{"ramdisk", "initramfs"},
	{"cmdline", "command line"},
	{"config", "configuration"},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static json_t *start_json(const struct ipc_tpm_ready *r)
{
	return json_pack("{s:s,s:s,s:s,s:s}", "kernel", r->kernel, "ramdisk", r->ramdisk, "cmdline",
			 r->cmdline, "config", r->config);
}

static json_t *known(struct vm *vm)
{
	if (!vm->row.tpm)
		vm->row.tpm = json_pack("{s:[]}", "starts");
	return vm->row.tpm;
}

static json_t *starts(const struct vm *vm)
{
	return json_object_get(vm->row.tpm, "starts");
}

static const char *part_of(const json_t *start, size_t part)
{
	const char *text = json_string_value(json_object_get(start, parts[part].key));

	return text ? text : "";
}

/* Return: in how many parts two starts differ; @which: the first of them. */
static size_t differences(const json_t *a, const json_t *b, size_t *which)
{
	size_t n = 0;

	for (size_t i = PARTS; i-- > 0;)
		if (strcmp(part_of(a, i), part_of(b, i))) {
			*which = i;
			n++;
		}
	return n;
}

/* The enrolled start that is nearest. Return: NULL if there is none. */
static const json_t *nearest(const struct vm *vm, const json_t *start, size_t *count, size_t *which)
{
	const json_t *best = NULL, *one;
	size_t i;

	json_array_foreach (starts(vm), i, one) {
		size_t first = 0, n = differences(start, one, &first);

		if (best && n >= *count)
			continue;
		best = one;
		*count = n;
		*which = first;
	}
	return best;
}

static void check_start(struct vm *vm, const struct ipc_tpm_ready *ready)
{
	json_t *start = start_json(ready);
	size_t count = 0, which = 0;
	const json_t *near = nearest(vm, start, &count, &which);
	char reason[STORE_REASON_SIZE];

	if (near && count) {
		snprintf(reason, sizeof(reason),
			 "started with another %s than enrolled: sha256 %s, expected %s",
			 parts[which].name, part_of(start, which), part_of(near, which));
		vm_danger(vm, "vtpm", reason);
	}
	json_decref(start);
}

static void fingerprint(const struct ipc_tpm_ready *r, char *out)
{
	uint8_t digest[SHA256_SIZE];

	out[0] = '\0';
	if (EVP_Digest(r->ak, r->ak_len, digest, NULL, EVP_sha256(), NULL) == 1)
		hex_encode(out, digest, sizeof(digest));
}

static void check_tpm(struct vm *vm, const struct ipc_tpm_ready *ready)
{
	const char *ak = json_string_value(json_object_get(known(vm), "ak"));
	json_int_t resets = json_integer_value(json_object_get(known(vm), "resets"));
	char now[2 * SHA256_SIZE + 1], reason[STORE_REASON_SIZE] = "";

	fingerprint(ready, now);
	if (ak && strcmp(ak, now))
		snprintf(reason, sizeof(reason),
			 "its TPM is another one: attestation key %s, expected %s", now, ak);
	else if ((json_int_t)ready->reset_count <= resets)
		snprintf(reason, sizeof(reason),
			 "its TPM's state was rolled back: %u resets, %" JSON_INTEGER_FORMAT
			 " were seen before",
			 ready->reset_count, resets);
	if (!ak)
		json_object_set_new(known(vm), "ak", json_string(now));
	if ((json_int_t)ready->reset_count > resets)
		json_object_set_new(known(vm), "resets", json_integer(ready->reset_count));
	host_save(vm, "tpm-known", "vtpm", NULL);
	if (reason[0])
		vm_danger(vm, "vtpm", reason);
}

void enrol_check(struct vm *vm, const struct ipc_tpm_ready *ready)
{
	check_tpm(vm, ready);
	if (ready->measured)
		check_start(vm, ready);
}

static bool digests_ok(const json_t *start)
{
	for (size_t i = 0; i < PARTS; i++) {
		size_t len = strlen(part_of(start, i));

		if ((len && len != (size_t)2 * SHA256_SIZE) ||
		    strspn(part_of(start, i), "0123456789abcdef") != len)
			return false;
	}
	return true;
}

/* What @changes are made to: the present start, or the one enrolled last. */
static json_t *base_start(const struct vm *vm)
{
	const struct ipc_tpm_ready *ready = vtpm_ready(vm);
	size_t n = json_array_size(starts(vm));

	if (ready && ready->measured)
		return start_json(ready);
	return n ? json_deep_copy(json_array_get(starts(vm), n - 1)) : NULL;
}

int enrol_add(struct vm *vm, const char *who, const json_t *changes, bool only, const char **why)
{
	json_t *start = base_start(vm), *list, *old;
	size_t count = 1, which;

	*why = "its start was not measured: set vtpm = yes for it and start it again";
	if (!start)
		return -1;
	*why = "a digest is not SHA-256 in lower-case hexadecimal digits";
	if ((changes && json_object_update_existing(start, (json_t *)(uintptr_t)changes) < 0) ||
	    !digests_ok(start)) {
		json_decref(start);
		return -1;
	}
	old = json_deep_copy(known(vm));
	list = json_object_get(known(vm), "starts");
	if (only)
		json_array_clear(list);
	if (!nearest(vm, start, &count, &which) || count)
		json_array_append(list, start);
	if (json_array_size(list) > STARTS_MAX)
		json_array_remove(list, 0);
	*why = "the journal can't be written";
	if (host_save(vm, "enrolled", who, json_pack("{s:o}", "start", start)) == 0) {
		json_decref(old);
		return 0;
	}
	json_decref(vm->row.tpm); /* what is not on record must not count */
	vm->row.tpm = old;
	return -1;
}

bool enrol_good(const struct vm *vm, const char **why)
{
	const struct ipc_tpm_ready *ready = vtpm_ready(vm);
	size_t count = 0, which;
	json_t *start;
	bool good;

	*why = "its TPM is not up";
	if (!ready)
		return false;
	if (!ready->measured) /* told with the verdict; there is nothing to compare */
		return true;
	start = start_json(ready);
	*why = "what it was started with is not enrolled: lazaretctl enrol";
	good = nearest(vm, start, &count, &which) && !count;
	json_decref(start);
	return good;
}
