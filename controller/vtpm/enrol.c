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

#define STARTS_MAX   16
#define SHA256_SIZE  32
#define SHORT_DIGITS 16 /* of a digest */

static const struct {
	const char *key;
	const char *name;
} parts[] = {
	{"kernel", "kernel"},	     {"ramdisk", "initramfs"},	   {"cmdline", "command line"},
	{"config", "configuration"}, {"hypervisor", "hypervisor"},
};

#define PARTS	   (sizeof(parts) / sizeof(parts[0]))
#define HYPERVISOR (PARTS - 1)

/* In which parts two starts differ: a bit for each. */
typedef unsigned int part_set;

static json_t *start_json(const struct ipc_tpm_ready *r)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "kernel", r->kernel, "ramdisk", r->ramdisk,
			 "cmdline", r->cmdline, "config", r->config, "hypervisor", r->hypervisor);
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

/* A start that was enrolled before hypervisors were goes with any. */
static part_set differences(const json_t *now, const json_t *enrolled)
{
	part_set set = 0;

	for (size_t i = 0; i < PARTS; i++)
		if (strcmp(part_of(now, i), part_of(enrolled, i)) &&
		    (i != HYPERVISOR || part_of(enrolled, i)[0]))
			set |= 1U << i;
	return set;
}

/* How far away that is: what is the VM's own counts before the hypervisor. */
static unsigned int distance(part_set set)
{
	return 2U * (unsigned int)__builtin_popcount(set & ~(1U << HYPERVISOR)) +
	       (set >> HYPERVISOR & 1U);
}

/* The enrolled start that is nearest, and in what it differs. Return: NULL if there is none. */
static const json_t *nearest(const struct vm *vm, const json_t *start, part_set *set)
{
	const json_t *best = NULL, *one;
	size_t i;

	*set = 0;
	json_array_foreach (starts(vm), i, one) {
		part_set here = differences(start, one);

		if (best && distance(here) >= distance(*set))
			continue;
		best = one;
		*set = here;
	}
	return best;
}

/* All parts that differ, by name; digests in full if it is one, or else as much as tells them apart. */
static void say_other(char *out, size_t size, const json_t *start, const json_t *near, part_set set)
{
	int digits = set & (set - 1) ? SHORT_DIGITS : 2 * SHA256_SIZE;
	const char *between = "started with another ";
	FILE *f = fmemopen(out, size, "w");

	if (!f)
		return;
	for (size_t i = 0; i < PARTS; i++) {
		if (!(set >> i & 1U))
			continue;
		fprintf(f, "%s%s (sha256 %.*s, expected %.*s)", between, parts[i].name, digits,
			part_of(start, i), digits, part_of(near, i));
		between = ", ";
	}
	fputs(" than enrolled", f);
	fclose(f);
}

/* Another hypervisor alone is no danger, since no guest can bring that about; but it is not enrolled. */
static void check_start(struct vm *vm, const struct ipc_tpm_ready *ready)
{
	char reason[STORE_REASON_SIZE] = "started with something else than enrolled";
	json_t *start = start_json(ready);
	part_set set;
	const json_t *near = nearest(vm, start, &set);

	if (near && set & ~(1U << HYPERVISOR)) {
		say_other(reason, sizeof(reason), start, near, set);
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

/* Has this start of the TPM one number more than the last that is known? (Part 1, 36.3) */
static bool counts_on(const struct vm *vm, const struct ipc_tpm_ready *ready)
{
	json_int_t resets = json_integer_value(json_object_get(vm->row.tpm, "resets"));
	json_int_t restarts = json_integer_value(json_object_get(vm->row.tpm, "restarts"));

	return ready->reset_count > resets ||
	       (ready->reset_count == resets && ready->restart_count > restarts);
}

static void remember(struct vm *vm, const char *ak, const struct ipc_tpm_ready *ready)
{
	if (!json_object_get(known(vm), "ak"))
		json_object_set_new(known(vm), "ak", json_string(ak));
	if (counts_on(vm, ready)) {
		json_object_set_new(known(vm), "resets", json_integer(ready->reset_count));
		json_object_set_new(known(vm), "restarts", json_integer(ready->restart_count));
	}
	host_save(vm, "tpm-known", "vtpm", NULL);
}

/*
 * A guest can make the TPM count restarts in place of resets (TPM2_Shutdown(STATE)), so both count.
 * The clock tells nothing more: after an end without warning it goes back by itself.
 */
static void check_tpm(struct vm *vm, const struct ipc_tpm_ready *ready)
{
	const char *ak = json_string_value(json_object_get(known(vm), "ak"));
	char now[2 * SHA256_SIZE + 1], reason[STORE_REASON_SIZE] = "";

	fingerprint(ready, now);
	if (ak && strcmp(ak, now))
		snprintf(reason, sizeof(reason),
			 "its TPM is another one: attestation key %s, expected %s", now, ak);
	else if (!counts_on(vm, ready))
		snprintf(reason, sizeof(reason),
			 "its TPM's state was rolled back: %u resets, %" JSON_INTEGER_FORMAT
			 " were seen before",
			 ready->reset_count,
			 json_integer_value(json_object_get(known(vm), "resets")));
	if (!ak || counts_on(vm, ready))
		remember(vm, now, ready);
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
	part_set set = 0;

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
	if (!nearest(vm, start, &set) || set)
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

static bool enrolled(const struct vm *vm, const struct ipc_tpm_ready *ready, const char **why)
{
	json_t *start = start_json(ready);
	part_set set;
	const json_t *near = nearest(vm, start, &set);

	json_decref(start);
	*why = near && set == 1U << HYPERVISOR
		       ? "it runs on another version of the hypervisor than enrolled: lazaretctl "
			 "enrol"
		       : "what it was started with is not enrolled: lazaretctl enrol";
	return near && !set;
}

bool enrol_good(const struct vm *vm, const char **why)
{
	const struct ipc_tpm_ready *ready = vtpm_ready(vm);

	*why = "its TPM is not up";
	if (!ready)
		return false;
	if (ready->measured)
		return enrolled(vm, ready, why);
	/* Told with the verdict. */
	*why = "its start was not measured, and others are enrolled: start it again";
	return !json_array_size(starts(vm));
}
