/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/speaker.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "vm/doubt.h"
#include "vm/vm.h"

void speaker_domain(const struct vm *vm, char out[SPEAKER_DOMAIN_SIZE])
{
	char boot[BOOTID_SIZE];

	bootid_get(boot);
	snprintf(out, SPEAKER_DOMAIN_SIZE, "%s/%" PRId64, boot, vm->domid);
}

static json_t *known(const struct vm *vm)
{
	return json_object_get(vm->row.tpm, "speaker");
}

static bool is(const struct vm *vm, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(known(vm), key));

	return value && !strcmp(value, text);
}

static void begin(struct vm *vm, const char *domain)
{
	if (!vm->row.tpm)
		vm->row.tpm = json_pack("{s:[]}", "starts");
	json_object_set_new(
		vm->row.tpm, "speaker",
		json_pack("{s:s,s:s,s:b}", "domain", domain, "boot", vm->hello.boot, "other", 0));
	doubt_forget(vm);
}

bool speaker_heard(struct vm *vm)
{
	char domain[SPEAKER_DOMAIN_SIZE];

	speaker_domain(vm, domain);
	if (!is(vm, "domain", domain)) {
		begin(vm, domain);
		return true;
	}
	if (is(vm, "boot", vm->hello.boot) || json_is_true(json_object_get(known(vm), "other")))
		return false;
	json_object_set_new(known(vm), "other", json_true());
	return true;
}

bool speaker_is_other(const struct vm *vm)
{
	return json_is_true(json_object_get(known(vm), "other")) &&
	       strcmp(vm->row.accepted_boot, vm->hello.boot);
}
