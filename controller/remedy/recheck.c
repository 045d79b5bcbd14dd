/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/recheck.h"

#include "remedy/scanjob.h"

static bool is_needed(const struct tx *tx)
{
	const struct scan *scan = tx->own;

	return scan->mended;
}

#define IF_MENDED(step) (is_needed(tx) ? step(tx) : tx_ok(tx, "nothing was changed"))

static int supply(struct tx *tx)
{
	struct scan *scan = tx->own;

	if (!tx->tries) {
		scan->mends = false;
		scan->head = (struct result_head){0};
		json_array_clear(scan->findings);
	}
	return scan_supply(tx);
}

int recheck_supply(struct tx *tx)
{
	return IF_MENDED(supply);
}

int recheck_create(struct tx *tx)
{
	return IF_MENDED(scan_create);
}

int recheck_look(struct tx *tx)
{
	return IF_MENDED(scan_look);
}

int recheck_destroy(struct tx *tx)
{
	return IF_MENDED(scan_destroy);
}

static const char *text_of(const json_t *finding, const char *key)
{
	const char *text = json_string_value(json_object_get(finding, key));

	return text ? text : "?";
}

static int read_clean(struct tx *tx)
{
	struct scan *scan = tx->own;
	const json_t *first;
	int rc = scan_read(tx);

	if (rc)
		return rc;
	host_event(scan->host, tx->vm, "scan", tx->who, scan_tell(tx, 0));
	scan_close(scan);
	if (!scan->head.findings)
		return tx_ok(tx, "clean");
	first = json_array_get(scan->findings, 0);
	return tx_fail(tx, "after the repair there is still %.60s: %.120s", text_of(first, "class"),
		       text_of(first, "path"));
}

int recheck_read(struct tx *tx)
{
	return IF_MENDED(read_clean);
}
