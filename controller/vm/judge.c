/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from the reports of a VM's child. A report is a statement, never a command. */
#include <inttypes.h>
#include <string.h>

#include "attest/attest.h"
#include "attest/session.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "vm/doubt.h"
#include "vm/speaker.h"
#include "vm/vm.h"
#include "vtpm/enrol.h"
#include "vtpm/vtpm.h"

#define RETRY_MIN_MS 500
#define RETRY_MAX_MS 30000

/*
 * Findings that are journaled of one domain, at most: those of a connection, and as many again. A
 * guest may begin connections without end.
 */
#define FINDINGS_MAX (2 * SESSION_FINDINGS_MAX)

/* Bytes of a path within a reason, which must have room for the reason, too. */
#define REASON_PATH_MAX 256

static bool waits_for_proof(const struct vm *vm)
{
	return vm->row.state == VM_UNKNOWN || vm->row.state == VM_ATTESTING ||
	       vm->row.state == VM_TRUSTED || vm->row.state == VM_STALE;
}

/*
 * What was journaled of this domain: its log is read from record 0 again, perhaps with other golden
 * values, and the journal is not to hold the same finding twice, whatever the guest calls its boot.
 */
static void recall_findings(struct vm *vm)
{
	json_t *rows = store_journal_list(vm->host->store, vm->row.uuid, "finding", 0, 0), *row;
	char domain[SPEAKER_DOMAIN_SIZE];
	size_t i;

	speaker_domain(vm, domain);

	json_array_clear(vm->findings);
	json_array_clear(vm->journaled);
	json_array_foreach (rows, i, row) {
		const char *of = json_string_value(json_object_get(row, "domain"));

		if (of && !strcmp(of, domain))
			json_array_append(vm->journaled, row);
	}
	json_decref(rows);
}

/* A release is for one boot: the one that ran then, or the first that is heard of after it. */
static void check_release(struct vm *vm)
{
	if (vm->row.state != VM_HELD)
		return;
	if (!vm->row.accepted_boot[0]) {
		snprintf(vm->row.accepted_boot, sizeof(vm->row.accepted_boot), "%s",
			 vm->hello.boot);
		/* Nothing of it is accepted: how many records it has is only the guest's word. */
		host_save(vm, "accepted", "attest", NULL);
	} else if (strcmp(vm->row.accepted_boot, vm->hello.boot)) {
		vm_set_state(vm, VM_UNKNOWN, "attest", "the release was for an earlier boot");
	}
}

/* Journaled together with who it is, if that is news. */
static void journal_hello(struct vm *vm, const struct ipc_hello *hello)
{
	json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "boot", hello->boot, "mode",
				hello->mode, "doorbell", hello->doorbell, "module", hello->module,
				"kernel", hello->kernel, "records", (json_int_t)hello->records,
				"early", (json_int_t)hello->early);

	if (speaker_heard(vm))
		host_save(vm, "hello", "attest", row);
	else
		host_event(vm->host, vm, "hello", "attest", row);
}

void vm_on_hello(struct vm *vm, const struct ipc_hello *hello)
{
	vm_forget_boot(vm);
	vm->greeted = true;
	vm->hello = *hello;
	recall_findings(vm);
	journal_hello(vm, hello);
	check_release(vm);
	if (waits_for_proof(vm) && speaker_is_other(vm))
		vm_set_state(vm, VM_UNKNOWN, "attest", SPEAKER_WHY);
	else if (vm->row.state == VM_UNKNOWN && conf_vm_golden(vm->conf))
		vm_set_state(vm, VM_ATTESTING, "attest", "the log of this boot is being read");
}

/* Guests' bytes in a path need not be UTF-8, which JSON needs: then bytes above ASCII become «?». */
static json_t *path_json(const char *path)
{
	json_t *text = json_string(path);
	char clean[IPC_PATH];

	if (text)
		return text;
	snprintf(clean, sizeof(clean), "%s", path);
	for (char *c = clean; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(clean);
}

static bool same_text(const json_t *row, const char *key, const char *text)
{
	const char *value = json_string_value(json_object_get(row, key));

	return value && !strcmp(value, text);
}

/* Return: what was journaled of this finding, borrowed; NULL: it is a new one. */
static json_t *known_finding(const struct vm *vm, const struct ipc_finding *f)
{
	json_t *path = path_json(f->path), *row, *known = NULL;
	size_t i;

	json_array_foreach (vm->journaled, i, row) {
		if (json_integer_value(json_object_get(row, "index")) != (json_int_t)f->index ||
		    !same_text(row, "class", f->class) || !same_text(row, "found", f->found) ||
		    !json_equal(json_object_get(row, "path"), path))
			continue;
		known = row;
		break;
	}
	json_decref(path);
	return known;
}

static void finding_reason(char *out, size_t size, const struct ipc_finding *f)
{
	json_t *path = path_json(f->path);
	char shown[REASON_PATH_MAX + 1];

	snprintf(shown, sizeof(shown), "%s", json_string_value(path));
	utf8_trim(shown);
	snprintf(out, size, "record %" PRIu64 ": %s: %.31s (%.180s)", f->index, shown, f->class,
		 f->reason);
	json_decref(path);
}

static json_t *finding_json(const struct vm *vm, const struct ipc_finding *f)
{
	char received[TIMEFMT_SIZE], verdict[TIMEFMT_SIZE], guest[TIMEFMT_SIZE];
	char domain[SPEAKER_DOMAIN_SIZE];

	speaker_domain(vm, domain);
	return json_pack(
		"{s:s,s:s,s:I,s:b,s:s,s:s,s:o,s:s,s:s,s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I}",
		"domain", domain, "boot", vm->hello.boot, "index", (json_int_t)f->index, "danger",
		(int)f->danger, "class", f->class, "rule", f->rule, "path", path_json(f->path),
		"found", f->found, "expected", f->expected, "expected_version", f->expected_version,
		"nearest", path_json(f->nearest), "known_version", f->known_version, "reason",
		f->reason, "guest_time", f->guest_ns ? time_format(guest, f->guest_ns) : "",
		"received", time_format(received, f->received_ns), "verdict",
		time_format(verdict, f->verdict_ns), "guest_ns", (json_int_t)f->guest_ns,
		"received_ns", (json_int_t)f->received_ns, "verdict_ns", (json_int_t)f->verdict_ns);
}

/* What an operator let pass: these records of this boot, until then. */
static bool accepted(const struct vm *vm, uint64_t index)
{
	return vm->row.state == VM_HELD && !strcmp(vm->row.accepted_boot, vm->hello.boot) &&
	       index < (uint64_t)vm->row.accepted_records &&
	       time_now_ns() < vm->row.accepted_until_ns;
}

void vm_on_finding(struct vm *vm, const struct ipc_finding *f)
{
	char reason[STORE_REASON_SIZE];
	json_t *row;

	if (!vm->greeted)
		return;
	row = known_finding(vm, f);
	if (f->danger && !accepted(vm, f->index)) {
		vm->dangers++;
		vm->golden_ms = 0;
		finding_reason(reason, sizeof(reason), f);
		/* A guest that is cut off may come again and again: each finding is journaled once. */
		if (vm->row.state != VM_DANGER)
			vm_danger(vm, "attest", reason);
	}
	if (row && json_array_size(vm->findings) < FINDINGS_MAX)
		json_array_append(vm->findings, row);
	if (row || json_array_size(vm->journaled) >= FINDINGS_MAX)
		return;
	row = finding_json(vm, f);
	json_array_append(vm->findings, row);
	json_array_append(vm->journaled, row);
	host_event(vm->host, vm, "finding", "attest", row);
}

/* What a verdict rests upon. */
static const char *basis(const struct vm *vm)
{
	const struct ipc_tpm_ready *tpm = vtpm_ready(vm);

	if (!vm->proof.quoted || !tpm)
		return "by the stream alone: no TPM";
	return tpm->measured ? "its TPM says the same of them and of its start"
			     : "its TPM says the same of them; its start was not measured";
}

static void judge_proof(struct vm *vm)
{
	const struct ipc_proof *p = &vm->proof;
	const char *why;

	if (vm->twin >= 0)
		vm_set_state(vm, VM_UNKNOWN, "xen", "two domains have its UUID");
	else if (speaker_is_other(vm))
		vm_set_state(vm, VM_UNKNOWN, "attest", SPEAKER_WHY);
	else if (!conf_vm_golden(vm->conf))
		vm_set_state(vm, VM_UNKNOWN, "attest",
			     "no golden pack is set for this VM in lazaretd.conf");
	else if (!p->golden)
		vm_set_state(vm, VM_UNKNOWN, "attest",
			     "the golden pack can't be read, or does not answer for every record");
	else if (p->no_ima_policy)
		vm_set_state(
			vm, VM_UNKNOWN, "attest",
			"the measurement policy that its golden policy demands was not loaded, or "
			"not measured: its kernel needs ima_policy=tcb");
	else if (p->lost)
		vm_set_state(vm, VM_UNKNOWN, "attest",
			     "the guest's module lost %" PRIu64 " records", p->lost);
	else if (vm->conf->vtpm && !p->quoted)
		vm_set_state(vm, VM_UNKNOWN, "attest", "no quote of its TPM");
	else if (vm->conf->vtpm && !enrol_good(vm, &why))
		vm_set_state(vm, VM_UNKNOWN, "vtpm", "%s", why);
	else if (vm->row.state == VM_UNKNOWN &&
		 vm_set_state(vm, VM_ATTESTING, "attest", "the log of this boot is being read"))
		return;
	else
		vm_set_state(vm, VM_TRUSTED, "attest", "every record of this boot is golden (%s)",
			     basis(vm));
}

/* Released, and nothing is wrong with it: then it is as any other VM again. */
static bool needs_no_release(struct vm *vm)
{
	return vm->row.state == VM_HELD && !vm->tx && !vm->row.plan && !vm->proof.danger &&
	       vm_set_state(vm, VM_UNKNOWN, "attest", "released, and its log holds no danger") == 0;
}

/* A flood beyond the findings that are told one by one must not go unseen. */
static bool is_flood(struct vm *vm, uint64_t danger, uint64_t last_danger)
{
	if (!danger || accepted(vm, last_danger))
		return false;
	vm->golden_ms = 0;
	if (!vm->dangers)
		vm->dangers = 1;
	if (vm->row.state != VM_DANGER)
		vm_danger(vm, "attest", "the log holds findings that mean danger");
	return true;
}

void vm_on_reading(struct vm *vm, const struct ipc_reading *reading)
{
	if (!vm->greeted)
		return;
	vm->records = reading->done;
	host_tell(vm->host, vm, "record", json_pack("{s:I}", "records", (json_int_t)reading->done));
	is_flood(vm, reading->danger, reading->last_danger);
}

void vm_on_proof(struct vm *vm, const struct ipc_proof *proof)
{
	int64_t now = time_mono_ms();
	const char *why;

	if (!vm->greeted)
		return;
	vm->proof = *proof;
	vm->proven = true;
	vm->failures = 0;
	vm->proof_ms = now;
	vm->proof_ns = time_now_ns();
	vm->records = proof->records;
	if (proof->danger || !proof->golden || proof->lost || proof->no_ima_policy ||
	    speaker_is_other(vm) || (vm->conf->vtpm && (!proof->quoted || !enrol_good(vm, &why))))
		vm->golden_ms = 0;
	else if (!vm->golden_ms)
		vm->golden_ms = now;
	if (is_flood(vm, proof->danger, proof->last_danger))
		return;
	if (waits_for_proof(vm) || needs_no_release(vm))
		judge_proof(vm);
}

void vm_on_tamper(struct vm *vm, const struct ipc_text *what)
{
	/* Released in spite of it: what an operator knew of this boot is no news. */
	bool known = vm->row.state == VM_HELD && vm->tampered[0] &&
		     !strcmp(vm->tampered, vm->hello.boot);

	vm->golden_ms = 0;
	vm->dangers++;
	vm->doubt.told = true;
	snprintf(vm->tampered, sizeof(vm->tampered), "%s", vm->hello.boot);
	if (known)
		host_event(vm->host, vm, "reason", "attest",
			   json_pack("{s:s}", "reason", what->text));
	else
		vm_danger(vm, "attest", what->text);
}

/* A guest's word against itself: believed as far as it costs it our trust. */
void vm_on_hint(struct vm *vm, const struct ipc_text *what)
{
	vm->golden_ms = 0;
	host_event(vm->host, vm, "reason", "attest", json_pack("{s:s}", "reason", what->text));
	if (waits_for_proof(vm))
		vm_set_state(vm, VM_UNKNOWN, "attest", "%s", what->text);
}

void vm_on_tpm_lost(struct vm *vm, const char *why)
{
	vm->proven = false;
	vm->golden_ms = 0;
	doubt_pause(vm);
	if (waits_for_proof(vm))
		vm_set_state(vm, VM_UNKNOWN, "vtpm", "no proof: its TPM is down: %s", why);
}

void vm_on_detached(struct vm *vm, const char *why)
{
	int64_t wait = RETRY_MIN_MS << (vm->failures < 6 ? vm->failures : 6);

	vm_forget_boot(vm);
	doubt_pause(vm);
	vm->failures++;
	vm->retry_ms = time_mono_ms() + (wait < RETRY_MAX_MS ? wait : RETRY_MAX_MS);
	host_event(vm->host, vm, "channel", "attest", json_pack("{s:s}", "reason", why));
	if (waits_for_proof(vm))
		vm_set_state(vm, VM_UNKNOWN, "attest", "no proof: %s", why);
}
