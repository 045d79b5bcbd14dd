/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks of a scan's domain: what it is given, and what it tells. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "remedy/mendplan.h"
#include "remedy/remedy.h"
#include "remedy/scanjob.h"
#include "remedy/sickbay.h"
#include "vm/account.h"

#define TMPFILE (O_TMPFILE | O_RDWR | O_CLOEXEC)

void scan_close(struct scan *scan)
{
	for (int i = 0; i < DISKS; i++) {
		if (scan->file[i] >= 0)
			close(scan->file[i]);
		if (scan->loop[i] >= 0)
			close(scan->loop[i]);
		scan->file[i] = scan->loop[i] = -1;
	}
}

static int open_patient(struct tx *tx, struct scan *scan)
{
	int how = scan->mends ? O_RDWR | O_EXCL : O_RDONLY;

	scan->file[DISK_PATIENT] = open(scan->disk, how | O_CLOEXEC);
	return scan->file[DISK_PATIENT] < 0 ? tx_fail(tx, "%s: %s", scan->disk, strerror(errno))
					    : 0;
}

static int open_ours(struct tx *tx, struct scan *scan)
{
	const char *dir = scan->host->conf->state_dir;

	scan->file[DISK_SUPPLY] = open(dir, TMPFILE, 0600);
	scan->file[DISK_RESULT] = open(dir, TMPFILE, 0600);
	if (scan->file[DISK_SUPPLY] < 0 || scan->file[DISK_RESULT] < 0 ||
	    ftruncate(scan->file[DISK_RESULT], RESULT_SIZE) < 0)
		return tx_fail(tx, "%s: %s", dir, strerror(errno));
	if (!scan->mends)
		return 0;
	scan->file[DISK_KEPT] =
		sickbay_spool(dir, tx->vm->row.uuid, scan->kept, sizeof(scan->kept));
	return scan->file[DISK_KEPT] < 0 ? tx_fail(tx, "the sick bay: %s", strerror(errno)) : 0;
}

/* Return: a file with the plan, to be read; -1: none can be made, with errno. */
static int write_plan(const struct scan *scan)
{
	int fd = open(scan->host->conf->state_dir, TMPFILE, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");
	int rc = out ? mendplan_write(scan->plan, out) : -1;

	if (out)
		fclose(out);
	if (fd >= 0 && (rc < 0 || lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

int scan_supply(struct tx *tx)
{
	const struct conf_vm *conf = tx->vm->conf;
	struct scan *scan = tx->own;
	const char *argv[] = {"-r",
			      "supply",
			      scan->host->conf->remedy_image,
			      or_nothing(conf->policy),
			      or_nothing(conf->pack),
			      or_nothing(conf->remedy_signatures),
			      scan->mends ? or_nothing(conf->remedy_packages) : "",
			      or_nothing(conf->remedy_vaccines),
			      or_nothing(conf->remedy_key),
			      NULL};
	int plan = -1, rc;

	if (tx->tries)
		return tx->op_rc
			       ? tx_fail(tx, "%s", tx->note)
			       : tx_ok(tx,
				       "the image is whole, and what to compare with is on a disk");
	if (open_patient(tx, scan) || open_ours(tx, scan))
		return TX_FAILED;
	if (scan->mends) {
		plan = write_plan(scan);
		if (plan < 0)
			return tx_fail(tx, "the plan can't be written: %s", strerror(errno));
	}
	rc = remedy_spawn(tx, argv, scan->file[DISK_SUPPLY], plan);
	if (plan >= 0)
		close(plan);
	return rc;
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

	if (json_array_size(scan->findings) >= scan->told_max)
		return;
	row = json_pack("{s:s,s:s}", "class", f->class, "path", f->path);
	set(row, "rule", f->rule);
	set(row, "found", f->found);
	set(row, "expected", f->expected);
	set(row, "expected_version", f->expected_version);
	set(row, "reason", f->reason);
	json_array_append_new(scan->findings, row);
}

int scan_read(struct tx *tx)
{
	struct scan *scan = tx->own;
	char uid[ACCOUNT_TEXT], gid[ACCOUNT_TEXT];
	const char *argv[] = {"-r", "result", uid, gid, scan->host->conf->chroot_dir, NULL};

	if (tx->tries && tx->op_rc)
		return tx_fail(tx, "%s", tx->note);
	if (tx->tries && json_array_size(scan->findings) > scan->head.findings)
		return tx_fail(tx, "the remedy domain reports more than it counted");
	if (tx->tries)
		return tx_ok(tx, "%" PRIu64 " %s", scan->head.findings,
			     scan->mends ? "changes" : "findings");
	if (!account_args(tx->vm, uid, gid))
		return tx_fail(tx, ACCOUNT_NONE);
	json_array_clear(scan->findings);
	tx->heard = on_finding;
	return remedy_spawn(tx, argv, scan->file[DISK_RESULT], -1);
}
