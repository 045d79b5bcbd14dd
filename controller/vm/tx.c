/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/tx.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/timefmt.h"
#include "vm/crash.h"

#define AGAIN_MS 100

static void run(struct tx *tx);

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct tx *tx = arg;

	(void)fd;
	(void)what;
	event_free(tx->event);
	tx->event = NULL;
	run(tx);
}

static void run_later(struct tx *tx, int ms)
{
	struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	tx->event = evtimer_new(tx->vm->host->base, on_timer, tx);
	if (!tx->event || evtimer_add(tx->event, &tv) < 0)
		fatalx("no memory for a timer");
}

static const struct tx_step *step_of(const struct tx *tx)
{
	return &tx->kind->steps[tx->at];
}

static void journal_step(struct tx *tx, const char *result)
{
	host_save(tx->vm, "step", tx->who,
		  json_pack("{s:s,s:s,s:s,s:s,s:I}", "transaction", tx->kind->name, "step",
			    step_of(tx)->name, "result", result, "detail", tx->detail, "ms",
			    (json_int_t)tx_step_age(tx)));
}

static void finish(struct tx *tx, int rc)
{
	struct vm *vm = tx->vm;

	log_info("%s: %s: %s%s%s", vm->row.name, tx->kind->name, rc ? "failed" : "done",
		 tx->detail[0] ? ": " : "", tx->detail);
	vm->tx = NULL;
	tx->kind->end(tx, rc);
	free(tx);
}

static void next_step(struct tx *tx)
{
	tx->at++;
	tx->tries = 0;
	tx->op_rc = 0;
	tx->step_ms = time_mono_ms();
}

/* Return: 0, or TX_FAILED with the reason why it can't go on, or succeed. */
static int check(struct tx *tx)
{
	const char *step = step_of(tx)->name;

	if (tx->cancelled)
		return tx_fail(tx, "broken off before «%s»: %s", step ? step : "the end", tx->why);
	if (tx->domid != TX_NO_DOMAIN && tx->vm->domid != tx->domid)
		return tx_fail(tx, "its domain was %" PRId64 ", and is not any more", tx->domid);
	return 0;
}

/* Steps that are done at once follow each other without the loop: containment must not wait. */
static void run(struct tx *tx)
{
	while (step_of(tx)->name) {
		int rc;

		if (check(tx)) {
			finish(tx, TX_FAILED);
			return;
		}
		tx->detail[0] = '\0';
		rc = step_of(tx)->run(tx);
		tx->tries++;
		if (rc == TX_WAIT) {
			crash_point(tx->kind, tx->at, CRASH_UNDER_WAY);
			return;
		}
		if (rc == TX_AGAIN) {
			run_later(tx, AGAIN_MS);
			return;
		}
		crash_point(tx->kind, tx->at, CRASH_DONE);
		journal_step(tx, rc ? "failed" : "ok");
		crash_point(tx->kind, tx->at, CRASH_RECORDED);
		if (rc) {
			finish(tx, TX_FAILED);
			return;
		}
		next_step(tx);
	}
	finish(tx, check(tx));
}

int tx_start(struct vm *vm, const struct tx_kind *kind, const char *who)
{
	return tx_start_with(vm, kind, who, NULL);
}

int tx_start_with(struct vm *vm, const struct tx_kind *kind, const char *who, void *own)
{
	struct tx *tx;

	if (vm->tx)
		return -1;
	tx = calloc(1, sizeof(*tx));
	if (!tx)
		fatalx("no memory for a transaction");
	tx->vm = vm;
	tx->kind = kind;
	snprintf(tx->who, sizeof(tx->who), "%s", who);
	tx->domid = vm->domid;
	tx->own = own;
	tx->step_ms = time_mono_ms();
	vm->tx = tx;
	crash_begin(kind);
	run(tx);
	return 0;
}

void tx_cancel(struct vm *vm, const char *why)
{
	struct tx *tx = vm->tx;

	if (!tx || tx->cancelled)
		return;
	tx->cancelled = true;
	snprintf(tx->why, sizeof(tx->why), "%s", why);
}

void tx_op_done(void *arg, int rc, uint32_t domid)
{
	struct tx *tx = arg;

	tx->op_rc = rc;
	tx->op_domid = domid;
	run(tx);
}

json_t *tx_steps(const struct tx *tx)
{
	json_t *names = json_array();

	for (const struct tx_step *step = step_of(tx); step->name; step++)
		json_array_append_new(names, json_string(step->name));
	return names;
}

int64_t tx_step_age(const struct tx *tx)
{
	return time_mono_ms() - tx->step_ms;
}

static void set_detail(struct tx *tx, const char *fmt, va_list ap)
{
	vsnprintf(tx->detail, sizeof(tx->detail), fmt, ap);
}

int tx_fail(struct tx *tx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_detail(tx, fmt, ap);
	va_end(ap);
	return TX_FAILED;
}

int tx_ok(struct tx *tx, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_detail(tx, fmt, ap);
	va_end(ap);
	return TX_DONE;
}

void tx_progress(struct tx *tx, uint64_t done, uint64_t total)
{
	host_tell(tx->vm->host, tx->vm, "progress",
		  json_pack("{s:s,s:s,s:I,s:I}", "transaction", tx->kind->name, "step",
			    step_of(tx)->name, "done", (json_int_t)done, "total",
			    (json_int_t)total));
}
