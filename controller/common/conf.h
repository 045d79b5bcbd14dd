/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lazaretd.conf: an INI file, read whole and checked before anything uses it. */
#ifndef LAZARET_CONF_H
#define LAZARET_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "vm/level.h"

#define CONF_WORKLOADS SYSCONFDIR "/lazaret/workloads.conf" /* the usual file of workloads */

struct workloads;

#define CONF_VMS_MAX	1024
#define CONF_DISKS_SIZE 256 /* of «keep-disks», with the NUL */

/* What a cure does to the disk. */
enum conf_cure { CURE_ROLLBACK, CURE_REPAIR };

/* What follows from the policy for one VM, or ([defaults]) for those without a section. */
struct conf_vm {
	char *name; /* name or UUID as written after «vm »; NULL in defaults */
	char *pack; /* golden pack, absolute path, or ... */
	char *policy; /* ... golden policy; both NULL: the VM stays unknown */
	enum conf_cure cure;
	char *golden_image; /* image or block device the disk is rolled back to; NULL: it can't be */
	char *disk; /* virtual device that is rolled back, default xvda */
	enum vm_level level; /* how far it is cut off in danger */
	enum vm_disks disks; /* which disks it loses in danger */
	char *keep_disks; /* names of those that stay in any case, with blanks between; NULL: the root disk */
	bool keep_passthrough; /* its passthrough devices stay */
	bool keep_peers; /* it runs on in danger though it shares memory with other guests */
	unsigned int cpu_cap; /* per cent of one processor in danger; 0: as before */
	bool vtpm; /* it gets a TPM of its own, and «trusted» needs its quotes */
	bool auto_cure; /* cure without being asked */
	unsigned int cure_interval; /* seconds from a cure that failed to the next one */
	unsigned int
		cure_rounds; /* that begin by themselves; then an operator has to look; 0: no end */
	char *remedy_packages; /* folder of what files are restored from; NULL: none are */
	char *remedy_key; /* file that unlocks what is encrypted on its disk; NULL: none */
	char *remedy_vaccines; /* folder of programs that look for what they know; may be missing */
	char *remedy_signatures; /* folder of ClamAV's databases; NULL: none */
	unsigned int remedy_memory; /* MiB that a remedy domain gets */
	unsigned int remedy_limit; /* seconds that it may take */
	unsigned int challenge; /* seconds between two challenges */
	unsigned int stale; /* seconds without a proof until trusted becomes stale */
	unsigned int lost; /* seconds without a proof until stale becomes unknown */
	unsigned int settle; /* seconds a fresh log must be golden and complete to be a proof */
	unsigned int probation; /* seconds of probation before label and devices come back */
	unsigned int boot_limit; /* seconds a cured VM has for its fresh proof */
};

/* Accounts that nobody has; both ends are among them. */
struct conf_uids {
	unsigned int first;
	unsigned int last;
};

struct conf {
	struct conf_uids vm_uids; /* the children of each VM run as one of these; zeros: as ... */
	char *user; /* ... this account, all of them */
	char *group; /* whose members may use the control socket */
	char *state_dir; /* journal; default /var/lib/lazaret */
	char *run_dir; /* control socket; default /run/lazaret */
	char *chroot_dir; /* where children are locked in; default run_dir/empty */
	char *events_file; /* NDJSON copy of the event stream; NULL: none */
	char *workloads_file; /* NULL: the usual one, if it is there */
	struct workloads *workloads; /* what it says; NULL: there is none */
	char *danger_label; /* FLASK context of a VM in danger */
	char *remedy_label; /* FLASK context of a remedy domain */
	unsigned int cures_at_once;
	char *remedy_image; /* folder that lazaret-remedy-image(8) made */
	bool syslog; /* messages to syslog instead of stderr */
	bool verbose;
	struct conf_vm defaults;
	struct conf_vm *vms;
	size_t vm_count;
};

/**
 * conf_load() - read and check a configuration
 * @path:	the file; a missing one is an error
 * @errors:	where each error goes, as «path:line: text» on a line of its own;
 *		all of them, not the first alone
 *
 * Return: the configuration, to be given to conf_free(); NULL if there was an error.
 */
struct conf *conf_load(const char *path, FILE *errors);
void conf_free(struct conf *conf);

/** conf_vm_golden() - Return: path of the VM's golden policy or pack, or NULL */
const char *conf_vm_golden(const struct conf_vm *vm);

/**
 * conf_vm_find() - what applies to a VM
 * @uuid:	canonical, lower case
 * @name:	its present name, may be NULL
 *
 * A section with the UUID wins over one with the name, and that over [defaults].
 * Return: a pointer into @conf; never NULL.
 */
const struct conf_vm *conf_vm_find(const struct conf *conf, const char *uuid, const char *name);

#endif
