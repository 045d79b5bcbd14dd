/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from what a VM's child reports, and from domains that come and go. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "acm/restore.h"
#include "attest/prover.h"
#include "attest/session.h"
#include "common/timefmt.h"
#include "evidence/make.h"
#include "fake_ts.h"
#include "vm/tx.h"
#include "vmbed.h"

static size_t journaled(const char *kind)
{
	json_t *rows = store_journal_list(bed.host.store, VMBED_UUID, kind, 0, 0);
	size_t n = json_array_size(rows);

	json_decref(rows);
	return n;
}

/* Findings may be too many to be told one by one: the proof tells where the last one was. */
static void a_release_covers_what_was_there(void **state)
{
	struct ipc_hello hello = {.boot = VMBED_BOOT};
	struct ipc_reading reading = {.done = 10};
	struct ipc_proof proof = {.records = 10, .danger = 300, .last_danger = 9, .golden = 1};

	(void)state;
	vm_on_hello(bed.vm, &hello);
	vm_on_reading(bed.vm, &reading);
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	vm_on_proof(bed.vm, &proof);
	assert_int_equal(bed.vm->row.state, VM_HELD);
	proof.records = 11;
	proof.last_danger = 10;
	vm_on_proof(bed.vm, &proof);
	vmbed_settle();
	vmbed_assert_cut_off();
}

static void two_domains_are_not_trusted(void **state)
{
	struct ipc_hello hello = {.boot = VMBED_BOOT};
	struct ipc_proof proof = {.records = 10, .golden = 1};

	(void)state;
	vm_on_hello(bed.vm, &hello);
	vm_twin(bed.vm, 9);
	assert_int_equal(bed.vm->row.state, VM_UNKNOWN);
	vm_on_proof(bed.vm, &proof);
	assert_int_equal(bed.vm->row.state, VM_UNKNOWN);
	assert_non_null(strstr(bed.vm->row.reason, "two domains"));
}

/* Its configuration gives no UUID, so that each start has another: its name is all there is. */
static void a_name_in_quarantine_stays_in_it(void **state)
{
	struct ts_domain dom = {.domid = 5, .name = "patient"};
	struct vm *other;

	(void)state;
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	vm_gone(bed.vm);
	fake_reset(bed.host.base, 2);
	other = vm_get(&bed.host, "22222222-2222-3333-4444-555555555555");
	vm_seen(other, &dom);
	while (other->tx)
		event_base_loop(bed.host.base, EVLOOP_ONCE);
	assert_int_equal(other->row.state, VM_DANGER);
	assert_int_equal(fake.nics, 0);
	assert_ptr_equal(vm_find(&bed.host, "patient"), other);
	vmbed_free(other);
}

/* A guest that is cut off comes again and again, and says the same. */
static void the_same_finding_is_journaled_once(void **state)
{
	struct ipc_hello hello = {.boot = VMBED_BOOT};
	struct ipc_finding finding = {.danger = 1, .index = 3, .class = "unknown-file"};

	(void)state;
	for (int i = 0; i < 5; i++) {
		vm_on_hello(bed.vm, &hello);
		vm_on_finding(bed.vm, &finding);
		vmbed_settle();
	}
	assert_int_equal(journaled("finding"), 1);
	assert_int_equal(journaled("reason"), 0);
}

/* A path of many bytes that is cut within a character leaves the reason readable. */
static void a_long_name_hides_no_reason(void **state)
{
	struct ipc_hello hello = {.boot = VMBED_BOOT};
	struct ipc_finding finding = {.danger = 1, .class = "unknown-file", .reason = "unknown"};
	json_t *rows;
	const char *reason;

	(void)state;
	finding.path[0] = '/';
	for (size_t i = 1; i + 3 < sizeof(finding.path); i += 2)
		memcpy(finding.path + i, "ä", 2);
	vm_on_hello(bed.vm, &hello);
	vm_on_finding(bed.vm, &finding);
	vmbed_settle();
	rows = store_journal_list(bed.host.store, VMBED_UUID, "state", 0, 1);
	reason = json_string_value(json_object_get(json_array_get(rows, 0), "reason"));
	assert_non_null(reason);
	assert_non_null(strstr(reason, "unknown-file"));
	json_decref(rows);
}

/* Released in spite of tampering; more of it after that is news, and what was known is none. */
static void a_held_vm_is_watched(void **state)
{
	struct ipc_hello hello = {.boot = VMBED_BOOT};
	struct ipc_text text = {.text = "its log was tampered with"};
	struct ipc_reading reading = {.done = 10, .danger = 1, .last_danger = 9};

	(void)state;
	vm_on_hello(bed.vm, &hello);
	vm_on_tamper(bed.vm, &text);
	vmbed_settle();
	vmbed_assert_cut_off();
	assert_int_equal(release_start(bed.vm, "root", "fine"), 0);
	vmbed_settle();
	vm_on_tamper(bed.vm, &text);
	assert_int_equal(bed.vm->row.state, VM_HELD);
	/* Findings beyond those told one by one, and a guest that never answers a challenge. */
	vm_on_reading(bed.vm, &reading);
	vmbed_settle();
	vmbed_assert_cut_off();
}

static void greet(const char *boot)
{
	struct ipc_hello hello = {0};

	snprintf(hello.boot, sizeof(hello.boot), "%s", boot);
	vm_on_hello(bed.vm, &hello);
}

static void prove(void)
{
	const struct ipc_proof proof = {.records = 10, .golden = 1};

	vm_on_proof(bed.vm, &proof);
}

static void assert_other(void)
{
	assert_int_equal(bed.vm->row.state, VM_UNKNOWN);
	assert_non_null(strstr(bed.vm->row.reason, "another module"));
	assert_int_equal(bed.vm->golden_ms, 0);
}

#define OTHER_BOOT "00000000000000000000000000000001"

/* The list as it was and a TPM that nobody extends any more fit for ever: only the nonce tells. */
static void a_second_module_is_not_believed(void **state)
{
	struct ts_domain dom = {.domid = 6, .name = "patient"};

	(void)state;
	bed.conf.defaults.pack = (char *)(uintptr_t) "/golden";
	for (int i = 0; i < 2; i++) {
		greet(VMBED_BOOT);
		prove();
		assert_int_equal(bed.vm->row.state, VM_TRUSTED);
		vm_on_detached(bed.vm, "the guest closed the channel");
	}
	greet(OTHER_BOOT);
	assert_other();
	prove();
	assert_other();
	/* That the first comes back does not tell what ran meanwhile, and neither do we forget it. */
	greet(VMBED_BOOT);
	prove();
	assert_other();
	vmbed_end();
	vmbed_start();
	greet(VMBED_BOOT);
	prove();
	assert_other();
	vm_gone(bed.vm);
	vm_seen(bed.vm, &dom);
	greet(OTHER_BOOT);
	prove();
	assert_int_equal(bed.vm->row.state, VM_TRUSTED);
}

static void a_second_module_may_be_released(void **state)
{
	(void)state;
	bed.conf.defaults.pack = (char *)(uintptr_t) "/golden";
	greet(VMBED_BOOT);
	greet(OTHER_BOOT);
	vm_danger(bed.vm, "unit", "because");
	vmbed_settle();
	assert_int_equal(release_start(bed.vm, "root", "we loaded it"), 0);
	vmbed_settle();
	prove();
	prove();
	assert_int_equal(bed.vm->row.state, VM_TRUSTED);
}

static void doubt(uint64_t committed, uint64_t records, const char *why, int64_t ago)
{
	struct ipc_doubt out = {.committed = committed, .records = records};

	snprintf(out.why, sizeof(out.why), "%s", why);
	if (bed.vm->doubt.since_ms)
		bed.vm->doubt.since_ms -= ago;
	doubt_heard(bed.vm, &out);
}

/* Each connection ends before the child's patience does. */
static void doubts_add_up(void **state)
{
	const int64_t most = PROVER_PATIENCE_MS * 2 / 3;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bed.vm->row.state, VM_UNKNOWN);
		greet(VMBED_BOOT);
		/* What was explained before is explained again: no progress. */
		doubt(5, i ? 5 : 6, "", 0);
		doubt(5, 6, "never committed", 0);
		doubt(5, 6, "never committed", most);
		vm_on_detached(bed.vm, "the guest closed the channel");
	}
	vmbed_settle();
	vmbed_assert_cut_off();
	assert_non_null(strstr(bed.vm->row.reason, "never committed"));
}

static void doubts_end_with_progress(void **state)
{
	(void)state;
	greet(VMBED_BOOT);
	for (uint64_t i = 0; i < 4; i++)
		doubt(i, 6, "never committed", PROVER_PATIENCE_MS - 1000);
	doubt(6, 6, "", 0);
	assert_int_equal(bed.vm->doubt.spent_ms, 0);
	assert_int_equal(bed.vm->row.state, VM_UNKNOWN);
}

/* A guest may call each connection another boot. */
static void the_journal_is_not_filled(void **state)
{
	struct ipc_finding finding = {.class = "unknown-file"};
	char boot[STORE_BOOT_SIZE];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		snprintf(boot, sizeof(boot), "%032x", i);
		greet(boot);
		for (finding.index = 0; finding.index < SESSION_FINDINGS_MAX; finding.index++) {
			snprintf(finding.path, sizeof(finding.path), "/%u", i / 2);
			vm_on_finding(bed.vm, &finding);
		}
		if (i == 1)
			assert_int_equal(journaled("finding"), SESSION_FINDINGS_MAX);
	}
	greet("x");
	for (unsigned int i = 0; i < 10; i++) {
		snprintf(finding.path, sizeof(finding.path), "/more/%u", i);
		vm_on_finding(bed.vm, &finding);
	}
	assert_int_equal(journaled("finding"), 2 * SESSION_FINDINGS_MAX);
}

static void a_guest_that_accuses_itself(void **state)
{
	const struct ipc_text text = {.text = "nothing is committed"};

	(void)state;
	bed.conf.defaults.pack = (char *)(uintptr_t) "/golden";
	greet(VMBED_BOOT);
	prove();
	vm_on_hint(bed.vm, &text);
	assert_int_equal(bed.vm->row.state, VM_UNKNOWN);
	assert_string_equal(bed.vm->row.reason, text.text);
}

/* Nobody's archive is taken away while he reads it. */
static void evidence_is_made_for_one_at_a_time(void **state)
{
	static const uint8_t nonce[IPC_NONCE_SIZE] = {1}, other[IPC_NONCE_SIZE] = {2};
	struct ipc_tpm_quoted quoted = {.nonce = {2}, .rc = 1};
	json_t *answer;
	const char *why;

	(void)state;
	bed.conf.state_dir = bed.dir;
	assert_int_equal(evidence_ask(bed.vm, nonce, &why), 0);
	assert_int_equal(evidence_ask(bed.vm, other, &why), -1);
	assert_non_null(strstr(why, "somebody else"));
	assert_false(evidence_quoted(bed.vm, &quoted)); /* the other's */
	answer = evidence_read(bed.vm, 0, &why);
	assert_true(json_is_false(json_object_get(answer, "ready")));
	json_decref(answer);
	quoted.nonce[0] = 1;
	assert_true(evidence_quoted(bed.vm, &quoted));
	assert_null(evidence_read(bed.vm, 0, &why));
	assert_non_null(strstr(why, "refused the quote"));
	/* What has failed keeps nobody waiting. */
	assert_int_equal(evidence_ask(bed.vm, other, &why), 0);
	evidence_forget(bed.vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VMBED_TEST(a_release_covers_what_was_there),
		VMBED_TEST(two_domains_are_not_trusted),
		VMBED_TEST(a_name_in_quarantine_stays_in_it),
		VMBED_TEST(the_same_finding_is_journaled_once),
		VMBED_TEST(a_long_name_hides_no_reason),
		VMBED_TEST(a_held_vm_is_watched),
		VMBED_TEST(a_second_module_is_not_believed),
		VMBED_TEST(a_second_module_may_be_released),
		VMBED_TEST(doubts_add_up),
		VMBED_TEST(doubts_end_with_progress),
		VMBED_TEST(the_journal_is_not_filled),
		VMBED_TEST(a_guest_that_accuses_itself),
		VMBED_TEST(evidence_is_made_for_one_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
