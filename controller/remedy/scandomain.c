/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domain of a scan. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/log.h"
#include "common/loopdev.h"
#include "common/timefmt.h"
#include "remedy/image.h"
#include "remedy/scan.h"
#include "remedy/scanjob.h"

/* A UUID of version 8 (RFC 9562): ours by its first half, which says so, and random in its second. */
#define UUID_OURS "6c7a7265-6d65-8479-"
#define TELL_MS	  2000 /* between two words of how far it is */
#define LOOK_MS	  1000 /* between two looks at the domain */
#define GONE_MS	  60000 /* a destroyed domain lingers until its last page is given back */
#define CMDLINE	  "console=hvc0 quiet panic=1 oops=panic rdinit=/init"

static void make_uuid(char *out)
{
	uint8_t r[8];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		fatal("getrandom");
	snprintf(out, TS_UUID_SIZE, UUID_OURS "%02x%02x-%02x%02x%02x%02x%02x%02x",
		 (r[0] & 0x3f) | 0x80, r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
}

static bool is_written(const struct scan *scan, int disk)
{
	return disk >= DISK_RESULT || (disk == DISK_PATIENT && scan->mends);
}

/* The patient's is read past dom0's cache: the guest wrote past that, too. */
static int make_loops(struct scan *scan, char path[DISKS][LOOPDEV_PATH_SIZE])
{
	for (int i = 0; i < DISKS && scan->file[i] >= 0; i++) {
		scan->loop[i] = loopdev_open(scan->file[i], is_written(scan, i), i == DISK_PATIENT,
					     path[i]);
		if (scan->loop[i] < 0)
			return -1;
	}
	return 0;
}

static json_t *make_config(const struct tx *tx, char path[DISKS][LOOPDEV_PATH_SIZE])
{
	const struct scan *scan = tx->own;
	static const char *const names[DISKS] = {"xvda", "xvdb", "xvdc", "xvdd"};
	struct ts_disposable_disk disks[DISKS];
	size_t n = 0;
	char name[TS_NAME_SIZE], uuid[TS_UUID_SIZE], kernel[PATH_SIZE], initrd[PATH_SIZE];
	struct ts_disposable domain = {.pv = !ts_pvh(scan->host->ts),
				       .name = name,
				       .uuid = uuid,
				       .kernel = kernel,
				       .ramdisk = initrd,
				       .cmdline = CMDLINE,
				       .tsc_mode = scan->tsc_mode[0] ? scan->tsc_mode : NULL,
				       .memory = tx->vm->conf->remedy_memory,
				       .disks = disks};

	for (; n < DISKS && scan->loop[n] >= 0; n++)
		disks[n] = (struct ts_disposable_disk){path[n], names[n], is_written(scan, (int)n)};
	domain.disk_count = n;
	make_uuid(uuid);
	snprintf(name, sizeof(name), "lazaret-remedy-%.8s", uuid + sizeof(UUID_OURS) - 1 + 5);
	snprintf(kernel, sizeof(kernel), "%s/" IMAGE_KERNEL, scan->host->conf->remedy_image);
	snprintf(initrd, sizeof(initrd), "%s/" IMAGE_RAMDISK, scan->host->conf->remedy_image);
	return ts_disposable(&domain);
}

int scan_create(struct tx *tx)
{
	char path[DISKS][LOOPDEV_PATH_SIZE];
	struct scan *scan = tx->own;
	json_t *config;

	if (tx->tries && tx->op_rc)
		return tx_fail(tx, "the remedy domain can't be created (%d): see the daemon's log",
			       tx->op_rc);
	if (tx->tries) {
		scan->domid = tx->op_domid;
		return tx_ok(tx, "domain %u, %u MiB, no network card", scan->domid,
			     tx->vm->conf->remedy_memory);
	}
	if (make_loops(scan, path) < 0)
		return tx_fail(tx, "no loop device: %s: is the module loop loaded?",
			       strerror(errno));
	config = make_config(tx, path);
	ts_create(scan->host->ts, config, scan->host->conf->remedy_label, false, tx_op_done, tx);
	json_decref(config);
	return TX_WAIT;
}

bool scan_stands_still(const struct vm *vm, uint64_t *cpu_ns)
{
	struct ts_domain dom;

	*cpu_ns = 0;
	if (vm->twin >= 0)
		return false;
	if (vm->domid < 0)
		return true;
	if (ts_info(vm->host->ts, (uint32_t)vm->domid, &dom) < 0 || !dom.paused)
		return false;
	*cpu_ns = dom.cpu_ns;
	return true;
}

static void tell_progress(struct tx *tx, struct scan *scan, int64_t now)
{
	if (now - scan->told_ms < TELL_MS)
		return;
	scan->told_ms = now;
	tx_progress(tx, scan->head.done, scan->head.total);
}

/* The domain is not asked, only looked at: its last word may be written just before it ends. */
static int look(struct tx *tx, struct scan *scan)
{
	struct ts_domain dom;
	uint64_t cpu_ns;
	bool runs = ts_info(scan->host->ts, scan->domid, &dom) == 0 && dom.shutdown == TS_RUNNING;

	if (!scan->snapshot && (!scan_stands_still(tx->vm, &cpu_ns) || cpu_ns != scan->cpu_ns))
		return tx_fail(tx, "the VM was let run meanwhile");
	if (result_head(scan->file[DISK_RESULT], &scan->head) == 0) {
		if (scan->head.state == RESULT_FAILED)
			return tx_fail(tx, "%s", scan->head.error);
		if (scan->head.state == RESULT_DONE)
			return tx_ok(tx, "%" PRIu64 " files, %" PRIu64 " MiB", scan->head.done,
				     scan->head.bytes >> 20);
	}
	if (!runs)
		return tx_fail(tx, "the remedy domain ended without a result: its console is in "
				   "/var/log/xen/console, if xenconsoled keeps logs of guests");
	if (tx_step_age(tx) > (int64_t)tx->vm->conf->remedy_limit * 1000)
		return tx_fail(tx, "not through within remedy-limit, %u s",
			       tx->vm->conf->remedy_limit);
	return TX_AGAIN;
}

int scan_look(struct tx *tx)
{
	struct scan *scan = tx->own;
	int64_t now = time_mono_ms();

	if (!tx->tries && ts_unpause(scan->host->ts, scan->domid) < 0)
		return tx_fail(tx, "Xen refused to start the remedy domain");
	tell_progress(tx, scan, now);
	if (now - scan->looked_ms < LOOK_MS)
		return TX_AGAIN;
	scan->looked_ms = now;
	return look(tx, scan);
}

int scan_destroy(struct tx *tx)
{
	struct scan *scan = tx->own;

	if (!tx->tries) {
		ts_destroy(scan->host->ts, scan->domid, tx_op_done, tx);
		return TX_WAIT;
	}
	if (tx->op_rc)
		return tx_fail(tx, "the remedy domain can't be destroyed (%d)", tx->op_rc);
	if (scan_is_there(scan->host->ts, scan->domid))
		return tx_step_age(tx) < GONE_MS
			       ? TX_AGAIN
			       : tx_fail(tx, "the remedy domain does not go away");
	scan->domid = 0;
	return tx_ok(tx, "the remedy domain is gone");
}

bool scan_is_domain(const char *uuid)
{
	return !strncmp(uuid, UUID_OURS, sizeof(UUID_OURS) - 1);
}

bool scan_is_there(struct ts *ts, uint32_t domid)
{
	struct ts_domain dom;

	return ts_info(ts, domid, &dom) == 0 && scan_is_domain(dom.uuid);
}

void scan_sweep(struct host *host)
{
	struct ts_domain *list = NULL;
	int n = ts_list(host->ts, &list);

	for (int i = 0; i < n; i++)
		if (scan_is_domain(list[i].uuid) && !list[i].dying) {
			log_info("remedy domain %u is destroyed", list[i].domid);
			ts_destroy_now(host->ts, list[i].domid);
		}
	free(list);
}
