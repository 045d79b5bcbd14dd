/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "remedy/remedy.h"
#include "remedy/result.h"
#include "remedy/scanjob.h"
#include "remedy/supply.h"
#include "vm/account.h"
#include "vm/tx.h"

#define NAME	 "scan"
#define FINDINGS 200 /* that are told of; the others are counted */
#define TMPFILE	 (O_TMPFILE | O_RDWR | O_CLOEXEC)

static void close_disks(struct scan *scan)
{
	for (int i = 0; i < DISKS; i++) {
		if (scan->file[i] >= 0)
			close(scan->file[i]);
		if (scan->loop[i] >= 0)
			close(scan->loop[i]);
	}
}

static void scan_free(struct scan *scan)
{
	close_disks(scan);
	json_decref(scan->findings);
	free(scan);
}

static int step_supply(struct tx *tx)
{
	const struct conf_vm *conf = tx->vm->conf;
	struct scan *scan = tx->own;
	const char *dir = scan->host->conf->state_dir;
	const char *argv[] = {"-r",
			      "supply",
			      conf->policy ? conf->policy : "",
			      conf->pack ? conf->pack : "",
			      conf->remedy_signatures ? conf->remedy_signatures : "",
			      NULL};

	if (tx->tries)
		return tx->op_rc ? tx_fail(tx, "%s", tx->note)
				 : tx_ok(tx, "golden values and signatures are on a disk");
	scan->file[DISK_PATIENT] = open(scan->disk, O_RDONLY | O_CLOEXEC);
	if (scan->file[DISK_PATIENT] < 0)
		return tx_fail(tx, "%s: %s", scan->disk, strerror(errno));
	scan->file[DISK_SUPPLY] = open(dir, TMPFILE, 0600);
	scan->file[DISK_RESULT] = open(dir, TMPFILE, 0600);
	if (scan->file[DISK_SUPPLY] < 0 || scan->file[DISK_RESULT] < 0 ||
	    ftruncate(scan->file[DISK_RESULT], RESULT_SIZE) < 0)
		return tx_fail(tx, "%s: %s", dir, strerror(errno));
	return remedy_spawn(tx, argv, scan->file[DISK_SUPPLY], -1);
}

static void set(json_t *row, const char *key, const char *text)
{
	if (*text)
		json_object_set_new(row, key, json_string(text));
}

static void on_finding(struct tx *tx, const struct ipc_finding *f)
{
	struct scan *scan = tx->own;
	json_t *row;

	if (json_array_size(scan->findings) >= FINDINGS)
		return;
	row = json_pack("{s:s,s:s}", "class", f->class, "path", f->path);
	set(row, "rule", f->rule);
	set(row, "found", f->found);
	set(row, "expected", f->expected);
	set(row, "expected_version", f->expected_version);
	set(row, "reason", f->reason);
	json_array_append_new(scan->findings, row);
}

static int step_read(struct tx *tx)
{
	struct scan *scan = tx->own;
	char uid[ACCOUNT_TEXT], gid[ACCOUNT_TEXT];
	const char *argv[] = {"-r", "result", uid, gid, scan->host->conf->chroot_dir, NULL};

	if (tx->tries && tx->op_rc)
		return tx_fail(tx, "%s", tx->note);
	if (tx->tries && json_array_size(scan->findings) > scan->head.findings)
		return tx_fail(tx, "the remedy domain reports more than it counted");
	if (tx->tries)
		return tx_ok(tx, "%" PRIu64 " findings", scan->head.findings);
	if (!account_args(tx->vm, uid, gid))
		return tx_fail(tx, ACCOUNT_NONE);
	tx->heard = on_finding;
	return remedy_spawn(tx, argv, scan->file[DISK_RESULT], -1);
}

static const struct tx_step steps[] = {
	{"supply", step_supply},   {"create", scan_create}, {"scan", scan_look},
	{"destroy", scan_destroy}, {"read", step_read},	    {NULL, NULL},
};

static void on_destroyed(void *arg, int rc, uint32_t domid)
{
	struct scan *scan = arg;

	(void)domid;
	if (rc)
		host_event(scan->host, NULL, "error", "lazaretd",
			   json_pack("{s:s,s:s,s:I}", "transaction", NAME, "reason",
				     "a remedy domain can't be destroyed", "domid",
				     (json_int_t)scan->domid));
	scan_free(scan);
}

static void scan_end(struct tx *tx, int rc)
{
	struct scan *scan = tx->own;
	const struct result_head *head = &scan->head;
	const char *result = rc ? "failed" : head->findings ? "findings" : "clean";
	uint32_t domid = scan->domid ? scan->domid : tx->op_domid;
	json_t *data = json_pack("{s:s,s:I,s:I,s:I,s:I}", "result", result, "files",
				 (json_int_t)head->done, "bytes", (json_int_t)head->bytes,
				 "signatures", (json_int_t)head->signatures, "found",
				 (json_int_t)(rc ? 0 : head->findings));

	if (rc)
		set(data, "reason", tx->detail);
	else
		json_object_set(data, "findings", scan->findings);
	scan->domid = domid;
	host_event(scan->host, tx->vm, NAME, tx->who, data);
	/* Not gone yet: it broke off between its creation and its end. */
	if (domid && scan_is_there(scan->host->ts, domid))
		ts_destroy(scan->host->ts, domid, on_destroyed, scan);
	else
		scan_free(scan);
}

const struct tx_kind scan_kind = {.name = NAME, .steps = steps, .end = scan_end};

static bool is_scanning(const struct vm *vm)
{
	return vm->tx && vm->tx->kind == &scan_kind;
}

static const char *host_refuses(struct host *host)
{
	char path[PATH_SIZE];
	struct vm *vm;

	LIST_FOREACH (vm, &host->vms, entry)
		if (is_scanning(vm))
			return "another scan is under way: try again when that is over";
	snprintf(path, sizeof(path), "%s/initrd", host->conf->remedy_image);
	if (access(path, R_OK) < 0)
		return "there is no remedy image: make it with lazaret-remedy-image(8), and set "
		       "remedy-image "
		       "in lazaretd.conf if it is elsewhere";
	if (!ts_pvh(host->ts))
		return "a remedy domain is a PVH domain, which this host's processor can't run";
	if (ts_flask(host->ts) && !ts_label_valid(host->ts, host->conf->remedy_label))
		return "the loaded FLASK policy does not know remedy-label: load Lazaret's policy "
		       "first";
	return NULL;
}

/* Takes what it needs of what the VM is made of. Return: why that can't be done, or NULL. */
static const char *take_config(struct vm *vm, struct scan *scan)
{
	json_t *config = vm->domid >= 0 ? ts_config(vm->host->ts, (uint32_t)vm->domid)
					: json_incref(vm->row.plan);
	const char *disk = config ? ts_config_disk(config, vm->conf->disk) : NULL;
	const char *tsc = config ? ts_config_tsc(config) : NULL;

	snprintf(scan->disk, sizeof(scan->disk), "%s", disk ? disk : "");
	snprintf(scan->tsc_mode, sizeof(scan->tsc_mode), "%s", tsc ? tsc : "");
	json_decref(config);
	if (!config)
		return vm->domid >= 0 ? "its configuration can't be read"
				      : "it does not run, and which disk it has is not known: "
					"start it paused (xl create -p)";
	return disk ? NULL : "it has no raw disk of the name that «disk» in lazaretd.conf says";
}

int scan_start(struct vm *vm, const char *who, const char **why)
{
	struct scan *scan;

	*why = "something else is being done to it: try again when that is over";
	if (vm->tx)
		return -1;
	*why = host_refuses(vm->host);
	if (*why)
		return -1;
	*why = "it runs: pause it first (xl pause), or quarantine it with --level=freeze";
	if (!scan_stands_still(vm))
		return -1;
	scan = calloc(1, sizeof(*scan));
	if (!scan)
		fatalx("no memory for a scan");
	scan->host = vm->host;
	for (int i = 0; i < DISKS; i++)
		scan->file[i] = scan->loop[i] = -1;
	scan->findings = json_array();
	*why = take_config(vm, scan);
	if (*why) {
		scan_free(scan);
		return -1;
	}
	return tx_start_with(vm, &scan_kind, who, scan);
}
