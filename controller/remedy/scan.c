/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "remedy/ward.h"
#include "remedy/image.h"
#include "remedy/scanjob.h"
#include "remedy/sickbay.h"

#define NAME	 "scan"
#define FINDINGS 200 /* that are told of; the others are counted */

/* Whoever asked must be told that it has begun before it can be over. */
static int begin(struct tx *tx)
{
	return tx->tries ? tx_ok(tx, "of %s", ((struct scan *)tx->own)->disk) : TX_AGAIN;
}

static const struct tx_step steps[] = {
	{"begin", begin},    {"supply", scan_supply},	{"create", scan_create},
	{"scan", scan_look}, {"destroy", scan_destroy}, {"read", scan_read},
	{NULL, NULL},
};

void scan_free(struct scan *scan)
{
	if (!scan)
		return;
	scan_close(scan);
	if (scan->kept[0] && !scan->mended)
		sickbay_abandon(scan->host->conf->state_dir, scan->kept);
	json_decref(scan->findings);
	json_decref(scan->plan);
	free(scan);
}

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

void scan_drop(struct tx *tx)
{
	struct scan *scan = tx->own;

	/* Made, and not noted: it broke off in between. If that is another domain's number, it shows. */
	if (!scan->domid)
		scan->domid = tx->op_domid;
	if (scan->domid && scan_is_there(scan->host->ts, scan->domid))
		ts_destroy(scan->host->ts, scan->domid, on_destroyed, scan);
	else
		scan_free(scan);
}

static void set(json_t *row, const char *key, const char *text)
{
	if (*text)
		json_object_set_new(row, key, json_string(text));
}

json_t *scan_tell(const struct tx *tx, int rc)
{
	const struct scan *scan = tx->own;
	const struct result_head *head = &scan->head;
	const char *result = rc ? "failed" : head->findings ? "findings" : "clean";
	json_t *data =
		json_pack("{s:s,s:I,s:I,s:I,s:I,s:I}", "result", result, "files",
			  (json_int_t)head->done, "bytes", (json_int_t)head->bytes, "signatures",
			  (json_int_t)head->signatures, "vaccines", (json_int_t)head->vaccines,
			  "found", (json_int_t)(rc ? 0 : head->findings));

	if (rc)
		set(data, "reason", tx->detail);
	else
		json_object_set(data, "findings", scan->findings);
	return data;
}

static void scan_end(struct tx *tx, int rc)
{
	host_event(tx->vm->host, tx->vm, NAME, tx->who, scan_tell(tx, rc));
	scan_drop(tx);
}

const struct tx_kind scan_kind = {.name = NAME, .steps = steps, .end = scan_end};

static const char *host_refuses(struct host *host)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/" IMAGE_RAMDISK, host->conf->remedy_image);
	if (access(path, R_OK) < 0)
		return "there is no remedy image: make it with lazaret-remedy-image(8), and set "
		       "remedy-image "
		       "in lazaretd.conf if it is elsewhere";
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

struct scan *scan_new(struct vm *vm, const char **why)
{
	struct scan *scan;

	*why = host_refuses(vm->host);
	if (!*why && !conf_vm_golden(vm->conf) && !vm->conf->remedy_signatures)
		*why = "there is nothing to compare with: set policy, pack or remedy-signatures "
		       "for "
		       "it in lazaretd.conf";
	if (*why)
		return NULL;
	scan = calloc(1, sizeof(*scan));
	if (!scan)
		fatalx("no memory for a scan");
	scan->host = vm->host;
	for (int i = 0; i < DISKS; i++)
		scan->file[i] = scan->loop[i] = -1;
	scan->findings = json_array();
	scan->plan = json_array();
	scan->told_max = FINDINGS;
	*why = take_config(vm, scan);
	if (!*why)
		return scan;
	scan_free(scan);
	return NULL;
}

/* Do both paths lead to one file or block device? */
static bool is_same(const char *a, const char *b)
{
	struct stat sa, sb;

	if (stat(a, &sa) < 0 || stat(b, &sb) < 0)
		return false;
	return (sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino) ||
	       (S_ISBLK(sa.st_mode) && S_ISBLK(sb.st_mode) && sa.st_rdev == sb.st_rdev);
}

/* Return: why it can't be scanned in place of the VM's disk, or NULL. */
static const char *take_snapshot(struct scan *scan, const char *path)
{
	struct stat st;

	if (path[0] != '/' || stat(path, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return "the snapshot must be a file or block device in dom0, with an absolute path";
	if (is_same(path, scan->disk))
		return "that is its disk itself, and no snapshot: pause it, and leave --disk out";
	snprintf(scan->disk, sizeof(scan->disk), "%s", path);
	scan->snapshot = true;
	return NULL;
}

static const char *refusal(struct vm *vm, const char *snapshot, uint64_t *cpu_ns)
{
	if (vm->tx)
		return "something else is being done to it: try again when that is over";
	if (!snapshot && !scan_stands_still(vm, cpu_ns))
		return "it runs: pause it first (xl pause), quarantine it with --level=freeze, or "
		       "name a snapshot of its disk with --disk";
	if (ward_full(vm->host))
		return "as many scans and cures are under way as cures-at-once in lazaretd.conf "
		       "allows: try again when one is over";
	return NULL;
}

int scan_start(struct vm *vm, const char *who, const char *snapshot, const char **why)
{
	struct scan *scan;
	uint64_t cpu_ns = 0;

	*why = refusal(vm, snapshot, &cpu_ns);
	scan = *why ? NULL : scan_new(vm, why);
	if (!scan)
		return -1;
	scan->cpu_ns = cpu_ns;
	*why = snapshot ? take_snapshot(scan, snapshot) : NULL;
	if (!*why)
		return tx_start_with(vm, &scan_kind, who, scan);
	scan_free(scan);
	return -1;
}
