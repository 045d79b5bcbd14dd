/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of commands.c: what has to do with TPMs and proofs. */
#include <string.h>

#include "attest/attest.h"
#include "common/hex.h"
#include "ctl/ctl.h"
#include "evidence/make.h"
#include "vm/call.h"
#include "vm/vm.h"
#include "vtpm/enrol.h"
#include "vtpm/handover.h"
#include "vtpm/remove.h"
#include "vtpm/vtpm.h"

json_t *call_ok(void)
{
	return json_pack("{s:b}", "ok", 1);
}

json_t *cmd_enrol(struct call *call)
{
	json_t *start = json_object_get(call->request, "start"), *value;
	bool only = json_is_true(json_object_get(call->request, "only"));
	const char *why = NULL, *key;

	json_object_foreach (start, key, value)
		if (!json_is_string(value))
			return ctl_refusal(CTL_BAD_REQUEST, "«start» holds texts alone");
	if (enrol_add(call->vm, call->who, json_object_size(start) ? start : NULL, only, &why) < 0)
		return ctl_refusal(CTL_CONFLICT, "%s: %s", call->vm->row.name, why);
	if (call->vm->attest)
		attest_challenge(call->vm);
	return call_ok();
}

json_t *cmd_evidence(struct call *call)
{
	const char *hex = json_string_value(json_object_get(call->request, "nonce"));
	uint8_t nonce[IPC_NONCE_SIZE];
	const char *why;

	if (!hex || hex_decode(nonce, sizeof(nonce), hex) != (int)sizeof(nonce))
		return ctl_refusal(CTL_BAD_REQUEST, "the nonce must be %zu hexadecimal digits",
				   2 * sizeof(nonce));
	if (!vtpm_ready(call->vm))
		return ctl_refusal(CTL_CONFLICT,
				   "%s has no TPM that is up: see vtpm in "
				   "lazaretd.conf(5)",
				   call->vm->row.name);
	if (evidence_ask(call->vm, nonce, &why) < 0)
		return ctl_refusal(CTL_CONFLICT, "%s: %s", call->vm->row.name, why);
	return call_ok();
}

json_t *cmd_evidence_read(struct call *call)
{
	json_int_t at = json_integer_value(json_object_get(call->request, "at"));
	const char *why = NULL;
	json_t *answer = at < 0 ? NULL : evidence_read(call->vm, (size_t)at, &why);

	if (!answer)
		return ctl_refusal(CTL_FAILED, "%s: %s", call->vm->row.name,
				   why ? why : "a bad offset");
	json_object_set_new(answer, "ok", json_true());
	return answer;
}

json_t *cmd_prove(struct call *call)
{
	if (!call->vm->attest)
		return ctl_refusal(CTL_CONFLICT, "%s has no channel", call->vm->row.name);
	attest_challenge(call->vm);
	return call_ok();
}

static json_t *one(const struct vm *vm)
{
	size_t starts = json_array_size(json_object_get(vm->row.tpm, "starts"));
	json_t *tpm = vtpm_view(vm);
	const char *state = json_string_value(json_object_get(tpm, "state"));
	json_t *out =
		json_pack("{s:s,s:s,s:s,s:I}", "name", vm->row.name, "uuid", vm->row.uuid, "state",
			  state ? state : "not running", "enrolled", (json_int_t)starts);

	json_decref(tpm);
	return out;
}

json_t *cmd_tpms(struct call *call)
{
	json_t *tpms = json_array();
	const struct vm *vm;

	LIST_FOREACH (vm, &call->host->vms, entry)
		if (vm->vtpm || vm->row.tpm)
			json_array_append_new(tpms, one(vm));
	return json_pack("{s:b,s:o}", "ok", 1, "tpms", tpms);
}

json_t *cmd_tpm_remove(struct call *call)
{
	const char *why = NULL;

	if (vtpm_remove(call->vm, call->who, &why) < 0)
		return ctl_refusal(CTL_CONFLICT, "%s: %s", call->vm->row.name, why);
	return call_ok();
}

json_t *cmd_tpm_export(struct call *call)
{
	const char *why = NULL;
	json_t *answer = handover_out(call->vm, call->who, &why);

	return answer ? answer : ctl_refusal(CTL_CONFLICT, "%s: %s", call->vm->row.name, why);
}

json_t *cmd_tpm_import(struct call *call)
{
	const char *why = NULL;

	if (handover_in(call->host, call->who, json_object_get(call->request, "moved"), &why) < 0)
		return ctl_refusal(CTL_CONFLICT, "%s", why);
	return call_ok();
}
