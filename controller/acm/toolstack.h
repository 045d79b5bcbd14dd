/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seam to whoever runs the domains. Behind it: libxl and libxenctrl (toolstack.c, nic.c,
 * vbd.c, emulated.c, pci.c, caps.c, label.c, config.c, disposable.c). Another toolstack implements the same
 * functions.
 *
 * Everything here is privileged and belongs to the parent alone. Calls with a ts_done run in the
 * event loop and report later, never from inside the call. The others block it: for a hypercall or
 * some of xenstore's answers, but ts_config() for as long as somebody else («xl network-attach») holds
 * libxl's lock of that domain, and it and ts_unpause() for an answer of a device model, if there is one.
 */
#ifndef LAZARET_TOOLSTACK_H
#define LAZARET_TOOLSTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define TS_UUID_SIZE  37
#define TS_NAME_SIZE  128
#define TS_LABEL_SIZE 256
#define TS_NICS_MAX   16
#define TS_DISKS_MAX  32
#define TS_PCIS_MAX   32
#define TS_PEERS_MAX  32

#define TS_VDEV_SIZE   16
#define TS_TARGET_SIZE 256
#define TS_BDF_SIZE    16

struct ts;
struct event_base;

enum ts_shutdown {
	TS_RUNNING,
	TS_REBOOT,
	TS_SUSPENDED, /* being saved or migrated: whoever does that goes on with it, or ends it */
	TS_POWEROFF, /* everything else, a crash as well */
};

struct ts_domain {
	uint32_t domid;
	char uuid[TS_UUID_SIZE];
	char name[TS_NAME_SIZE];
	bool paused;
	bool dying;
	bool idle; /* none of its processors has anything to do */
	uint64_t cpu_ns; /* time of all its processors */
	bool ran; /* one of its processors has had time */
	enum ts_shutdown shutdown;
};

/* Called once when an operation ended: @rc is 0 or negative, @domid that of a created domain. */
typedef void ts_done(void *arg, int rc, uint32_t domid);

/* Return: a connection to the toolstack in @base, NULL after a message. */
struct ts *ts_new(struct event_base *base);
void ts_free(struct ts *ts);

/**
 * ts_list() - all domains but dom0
 * @out:	array for the caller to free()
 *
 * Return: their number, or -1.
 */
int ts_list(struct ts *ts, struct ts_domain **out);

/* Fills @out. Return: 0, or -1 if there is no such domain (any more). */
int ts_info(struct ts *ts, uint32_t domid, struct ts_domain *out);

/* Was its creation completed? One that a crash broke off leaves a domain that can't be started. */
bool ts_made(struct ts *ts, uint32_t domid);

/* Xen counts pauses: each needs its unpause. Return: 0 or -1. */
int ts_pause(struct ts *ts, uint32_t domid);
int ts_unpause(struct ts *ts, uint32_t domid);

/*
 * Ends the pause that a hotplug script gave the domain while we did not run (acm/starthold.h), if it did:
 * to be called when our own is in force, or none is needed.
 */
void ts_hold_release(struct ts *ts, uint32_t domid);

/* Is FLASK there, and does it enforce? Without it labels are not touched. */
bool ts_flask(struct ts *ts);

/* Reads a domain's label into TS_LABEL_SIZE bytes. Return: 0 or -1. */
int ts_label_get(struct ts *ts, uint32_t domid, char *label);
int ts_label_set(struct ts *ts, uint32_t domid, const char *label);

/* Is @label known to the loaded policy? */
bool ts_label_valid(struct ts *ts, const char *label);

/**
 * ts_config() - all that is needed to make the domain again
 *
 * Its network cards are those of its configuration, with all that was set for them (xenstore does
 * not tell rate or model), and they are exactly those that it has: otherwise this fails.
 *
 * Return: a new object {"config":…, "nics":[…]}: the size of «nics» is the number of cards, the rest
 * is for the functions below that take a config. NULL on failure.
 */
json_t *ts_config(struct ts *ts, uint32_t domid);

/* What boots a domain; texts of the configuration it is read from, "" for what it does not have. */
struct ts_boot {
	const char *type; /* «pv», «pvh» or «hvm» */
	const char *kernel;
	const char *ramdisk;
	const char *cmdline;
};

void ts_config_boot(const json_t *config, struct ts_boot *out);

/* What of a configuration matters for integrity and stays as it is over an incident, as text. */
void ts_config_text(const json_t *config, char *out, size_t size);

/* The hypervisor's name and version. */
void ts_hypervisor(struct ts *ts, char *out, size_t size);

/* Path of the raw image or device behind virtual disk @vdev («xvda») of a config; borrowed; NULL. */
const char *ts_config_disk(const json_t *config, const char *vdev);

/* How a config wants the time stamp counter; borrowed; NULL: as the host has it. */
const char *ts_config_tsc(const json_t *config);

struct ts_disposable_disk {
	const char *path; /* block device of dom0 */
	const char *vdev;
	bool writable;
};

/* A domain of our own: one processor, no network card, and nothing but these disks. */
struct ts_disposable {
	bool pv; /* else PVH, which not every host can run */
	const char *name;
	const char *uuid;
	const char *kernel;
	const char *ramdisk;
	const char *cmdline;
	const char *tsc_mode; /* NULL: as the host has it */
	unsigned int memory; /* MiB */
	const struct ts_disposable_disk *disks;
	size_t disk_count;
};

/* Can this host run PVH domains? */
bool ts_pvh(struct ts *ts);

/* Return: a new config for ts_create(). */
json_t *ts_disposable(const struct ts_disposable *d);

/**
 * ts_create() - make a domain of a config, paused
 * @label:	the label that it runs under; NULL, or without FLASK: the config's own
 * @whole:	with its network cards and passthrough devices, or without
 */
void ts_create(struct ts *ts, const json_t *config, const char *label, bool whole, ts_done *done,
	       void *arg);
void ts_destroy(struct ts *ts, uint32_t domid, ts_done *done, void *arg);

/* The same, and waits for it: for our own start and end. Return: 0 or -1. */
int ts_destroy_now(struct ts *ts, uint32_t domid);

/**
 * ts_nics() - the network cards that a domain has, from the backend's side
 * @devids:	filled with their numbers, TS_NICS_MAX at most
 *
 * Return: how many were filled in; 0 if it has none, or does not exist; -1 if xenstore can't be
 * read: then nothing is known.
 */
int ts_nics(struct ts *ts, uint32_t domid, int devids[TS_NICS_MAX]);

/* Destroys a network card from the backend's side: the guest is not asked. */
void ts_nic_detach(struct ts *ts, uint32_t domid, int devid, ts_done *done, void *arg);

/* Attaches network card number @at of a config. */
void ts_nic_attach(struct ts *ts, uint32_t domid, const json_t *config, size_t at, ts_done *done,
		   void *arg);

/**
 * ts_nic_same() - is card number @at of a config there as it was?
 *
 * What the config sets of address, bridge, interface name, gateway, IP address and rate must be what
 * the live card of the same number has in xenstore, on the backend's side.
 *
 * Return: 1; 0 if it differs, or there is no such card; -1 if that can't be read.
 */
int ts_nic_same(struct ts *ts, uint32_t domid, const json_t *config, size_t at);

/*
 * Has its hotplug script been through, so that it can work? For one whose making a crash broke off that
 * never comes. Return: 1; 0; -1 if that can't be read.
 */
int ts_nic_made(struct ts *ts, uint32_t domid, int devid);
int ts_disk_made(struct ts *ts, uint32_t domid, int devid);

/*
 * Network cards and disks, with a backend in dom0, that the guest has not connected to (yet). A guest that
 * is connected to none has no drivers for them, and none are counted.
 */
int ts_unconnected(struct ts *ts, uint32_t domid);

/**
 * ts_remind() - let a guest see that it has no such device any more
 * @type:	«vif» or «vbd»
 *
 * A device that went while the guest was saved is still known to its kernel: that hears of what changes in
 * xenstore, not of what is missing when it wakes (Linux: drivers/xen/xenbus, xenbus_dev_changed()). Such a guest
 * would never connect to a new device of the same number. Nothing is done if the device is there.
 */
void ts_remind(struct ts *ts, uint32_t domid, const char *type, int devid);

/**
 * ts_emulated_cards() - the device model's end of an HVM guest's emulated network cards
 * @take_down:	sets the interfaces down, so that no frame passes; an attach sets them up again
 *
 * Return: how many are up (still); -1 if that can't be seen.
 */
int ts_emulated_cards(struct ts *ts, uint32_t domid, bool take_down);

/* Does the domain's device model, if it has one, have the file or device @target open? In doubt: yes. */
bool ts_emulated_disk(struct ts *ts, uint32_t domid, const char *target);

/* A virtual disk that a domain has, as its backend knows it. */
struct ts_disk {
	int devid;
	char vdev[TS_VDEV_SIZE]; /* «xvda» */
	bool writable;
	char target[TS_TARGET_SIZE]; /* path of the file or device behind it */
};

/**
 * ts_disks() - the disks that a domain has, from the backend's side
 * @disks:	filled, TS_DISKS_MAX at most
 *
 * Return: how many; -1 if xenstore can't be read, or there are more: then not all is known.
 */
int ts_disks(struct ts *ts, uint32_t domid, struct ts_disk disks[TS_DISKS_MAX]);

/* Does another domain have a disk on the file or device @target? In doubt: yes. */
bool ts_disk_shared(struct ts *ts, uint32_t domid, const char *target);

/* Destroys a disk from the backend's side: the guest is not asked. */
void ts_disk_detach(struct ts *ts, uint32_t domid, const char *vdev, ts_done *done, void *arg);

/* Attaches the disk @vdev of a config. */
void ts_disk_attach(struct ts *ts, uint32_t domid, const json_t *config, const char *vdev,
		    ts_done *done, void *arg);

/* Is the disk @vdev there as a config has it: target, mode, script? Return: 1; 0; -1 if that can't be read. */
int ts_disk_same(struct ts *ts, uint32_t domid, const json_t *config, const char *vdev);

/* An address on the PCI bus, «0000:03:00.0». */
typedef char ts_bdf[TS_BDF_SIZE];

/* The physical devices that a domain has. Return: how many, or -1. */
int ts_pcis(struct ts *ts, uint32_t domid, ts_bdf bdfs[TS_PCIS_MAX]);

/* Writes such an address. */
void ts_bdf_put(ts_bdf out, unsigned int domain, unsigned int bus, unsigned int dev,
		unsigned int func);

/* Those of a config. Return: how many; -1: more than TS_PCIS_MAX. */
int ts_config_pcis(const json_t *config, ts_bdf bdfs[TS_PCIS_MAX]);

/* Takes a physical device away: the guest is not asked. */
void ts_pci_detach(struct ts *ts, uint32_t domid, const char *bdf, ts_done *done, void *arg);

/* Attaches physical device number @at of a config. */
void ts_pci_attach(struct ts *ts, uint32_t domid, const json_t *config, size_t at, ts_done *done,
		   void *arg);

/* What a domain may use of the machine. */
struct ts_caps {
	int cpu_cap; /* per cent of one processor; 0: no cap */
	int cpu_weight;
	uint64_t memory_kib; /* its target */
};

/* Return: 0 or -1. Of the second, the CPU's cap alone is set. */
int ts_caps_get(struct ts *ts, uint32_t domid, struct ts_caps *out);
int ts_caps_set(struct ts *ts, uint32_t domid, const struct ts_caps *caps);

/**
 * ts_peers() - the guests that a domain shares event channels with, as Xen knows them
 * @domids:	filled, TS_PEERS_MAX at most; dom0 is none of them
 *
 * A vchan is one such channel and shared memory.
 * Return: how many; -1 if Xen does not tell, or the domain has more channels than are looked at.
 */
int ts_peers(struct ts *ts, uint32_t domid, uint32_t domids[TS_PEERS_MAX]);

#endif
