/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/mend.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "remedy/mendplan.h"
#include "remedy/remedy.h"
#include "remedy/scanjob.h"
#include "remedy/sickbay.h"

#define NUMBER_TEXT 24

static int refuse(struct tx *tx, const json_t *finding, const char *why)
{
	return tx_fail(tx, "%.120s: %s", json_string_value(json_object_get(finding, "path")), why);
}

static bool does(const json_t *row, const char *what)
{
	return !strcmp(json_string_value(json_object_get(row, "do")), what);
}

int mend_plan(struct tx *tx)
{
	struct scan *scan = tx->own;
	const char *why = NULL;
	size_t i, restored = 0, vaccines = 0;
	json_t *finding, *row;

	if (json_array_size(scan->findings) < scan->head.findings)
		return tx_fail(tx, "%" PRIu64 " findings: more than can be repaired one by one",
			       scan->head.findings);
	json_array_foreach (scan->findings, i, finding)
		if (mendplan_add(scan->plan, finding, &why) < 0)
			return refuse(tx, finding, why);
	json_array_foreach (scan->plan, i, row) {
		restored += does(row, MENDPLAN_RESTORE);
		vaccines += does(row, MENDPLAN_VACCINE);
	}
	host_event(scan->host, tx->vm, "scan", tx->who, scan_tell(tx, 0));
	host_event(scan->host, tx->vm, "repair-plan", tx->who,
		   json_pack("{s:O}", "plan", scan->plan));
	scan_close(scan);
	scan->head = (struct result_head){0};
	scan->mends = true;
	return tx_ok(tx, "%zu files to restore, %zu to remove, %zu for vaccines", restored,
		     json_array_size(scan->plan) - restored - vaccines, vaccines);
}

static bool is_clean(const struct tx *tx)
{
	const struct scan *scan = tx->own;

	return !json_array_size(scan->plan);
}

#define UNLESS_CLEAN(step) (is_clean(tx) ? tx_ok(tx, "nothing to change") : step(tx))

int mend_supply(struct tx *tx)
{
	return UNLESS_CLEAN(scan_supply);
}

int mend_create(struct tx *tx)
{
	return UNLESS_CLEAN(scan_create);
}

int mend_look(struct tx *tx)
{
	return UNLESS_CLEAN(scan_look);
}

int mend_destroy(struct tx *tx)
{
	return UNLESS_CLEAN(scan_destroy);
}

int mend_read(struct tx *tx)
{
	return UNLESS_CLEAN(scan_read);
}

static int keep(struct tx *tx)
{
	struct scan *scan = tx->own;
	char bytes[NUMBER_TEXT];
	const char *argv[] = {"-r",	  "sickbay", scan->host->conf->state_dir,
			      scan->kept, bytes,     NULL};

	if (tx->tries && tx->op_rc)
		return tx_fail(tx, "the sick bay: %s", tx->note);
	if (!tx->tries) {
		snprintf(bytes, sizeof(bytes), "%" PRIu64, scan->head.kept);
		return remedy_spawn(tx, argv, -1, -1);
	}
	host_event(scan->host, tx->vm, "repaired", tx->who,
		   json_pack("{s:O,s:s}", "changes", scan->findings, "sickbay", scan->kept));
	scan_close(scan);
	scan->mended = true;
	return tx_ok(tx, "%zu files changed; what they were is kept as %s",
		     json_array_size(scan->findings), scan->kept);
}

int mend_keep(struct tx *tx)
{
	return UNLESS_CLEAN(keep);
}
