/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/incarnation.h"
#include "fake_ts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

struct fake_ts fake;

struct later {
	ts_done *done;
	void *arg;
	int rc;
};

void fake_reset(struct event_base *base, int nics)
{
	fake = (struct fake_ts){
		.exists = true, .flask = true, .domid = 5, .nics = nics, .base = base};
	snprintf(fake.label, sizeof(fake.label), "x:x:guest_t");
	fake_disk("xvda", true, "/dev/null");
}

int fake_call(const char *name, bool logged)
{
	size_t n = strlen(fake.log);

	if (fake.vanish && !strcmp(fake.vanish, name))
		fake.exists = false;
	if (!fake.exists)
		return -1;
	if (logged)
		snprintf(fake.log + n, sizeof(fake.log) - n, "%s ", name);
	return fake.fail && !strcmp(fake.fail, name) ? -1 : 0;
}

static void run_later(evutil_socket_t fd, short what, void *arg)
{
	struct later *l = arg;

	(void)fd;
	(void)what;
	l->done(l->arg, l->rc, fake.domid);
	free(l);
}

void fake_later(ts_done *done, void *arg, int rc)
{
	static const struct timeval now = {0, 0};
	struct later *l = malloc(sizeof(*l));

	*l = (struct later){done, arg, rc};
	event_base_once(fake.base, -1, EV_TIMEOUT, run_later, l, &now);
}

int ts_list(struct ts *ts, struct ts_domain **out)
{
	*out = calloc(2, sizeof(**out));
	return fake.exists && ts_info(ts, fake.domid, *out) == 0 ? 1 : 0;
}

int ts_info(struct ts *ts, uint32_t domid, struct ts_domain *out)
{
	(void)ts;
	*out = (struct ts_domain){.domid = fake.domid, .paused = fake.paused > 0, .idle = true};
	snprintf(out->uuid, sizeof(out->uuid), "%s", fake.uuid);
	return fake_call("info", false) < 0 || domid != fake.domid ? -1 : 0;
}

bool ts_made(struct ts *ts, uint32_t domid)
{
	(void)ts;
	(void)domid;
	return fake.exists;
}

int ts_pause(struct ts *ts, uint32_t domid)
{
	(void)ts;
	(void)domid;
	if (fake_call("pause", true) < 0)
		return -1;
	fake.paused++;
	return 0;
}

void ts_hold_release(struct ts *ts, uint32_t domid)
{
	(void)ts;
	(void)domid;
	fake.script_holds = false;
}

int ts_unpause(struct ts *ts, uint32_t domid)
{
	(void)ts;
	(void)domid;
	if (fake_call("unpause", true) < 0)
		return -1;
	fake.paused -= fake.paused > 0;
	return 0;
}

bool ts_flask(struct ts *ts)
{
	(void)ts;
	return fake.flask;
}

bool ts_label_valid(struct ts *ts, const char *label)
{
	(void)ts;
	return label[0] != '\0';
}

int ts_label_get(struct ts *ts, uint32_t domid, char *label)
{
	(void)ts;
	(void)domid;
	snprintf(label, TS_LABEL_SIZE, "%s", fake.label);
	return fake_call("label-get", false);
}

int ts_label_set(struct ts *ts, uint32_t domid, const char *label)
{
	(void)ts;
	(void)domid;
	if (fake_call("relabel", true) < 0)
		return -1;
	snprintf(fake.label, sizeof(fake.label), "%s", label);
	return 0;
}

static json_t *config_disks(void)
{
	json_t *list = json_array();

	for (int i = 0; i < fake.disk_count; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:b}", "vdev", fake.disks[i].vdev,
						      "pdev_path", fake.disks[i].target,
						      "readwrite", fake.disks[i].writable));
	return list;
}

static json_t *config_pcis(void)
{
	json_t *list = json_array();

	for (int i = 0; i < fake.pcis; i++)
		json_array_append_new(list, json_pack("{s:i,s:i}", "bus", 3, "dev", i));
	return list;
}

json_t *ts_config(struct ts *ts, uint32_t domid)
{
	json_t *nics = json_array();

	(void)ts;
	(void)domid;
	for (int i = 0; i < fake.nics; i++)
		json_array_append_new(nics, json_pack("{s:i}", "devid", i));
	if (fake_call("config", true) < 0) {
		json_decref(nics);
		return NULL;
	}
	return json_pack("{s:{s:o,s:o},s:o}", "config", "disks", config_disks(), "pcidevs",
			 config_pcis(), "nics", nics);
}

void ts_hypervisor(struct ts *ts, char *out, size_t size)
{
	(void)ts;
	snprintf(out, size, "Xen of the tests");
}

void ts_create(struct ts *ts, const json_t *config, const char *label, bool nics, ts_done *done,
	       void *arg)
{
	(void)ts;
	(void)config;
	(void)label;
	(void)nics;
	fake_later(done, arg, fake_call("create", true));
}

void ts_destroy(struct ts *ts, uint32_t domid, ts_done *done, void *arg)
{
	int rc = fake_call("destroy", true);

	(void)ts;
	(void)domid;
	fake.exists = rc < 0 && fake.exists;
	fake_later(done, arg, rc);
}

int ts_nics(struct ts *ts, uint32_t domid, int devids[TS_NICS_MAX])
{
	(void)ts;
	(void)domid;
	if (fake_call("nics", false) < 0)
		return fake.exists ? -1 : 0;
	for (int i = 0; i < fake.nics; i++)
		devids[i] = i;
	return fake.nics;
}

int ts_nic_same(struct ts *ts, uint32_t domid, const json_t *config, size_t at)
{
	(void)ts;
	(void)domid;
	(void)config;
	if (fake_call("nic-same", false) < 0)
		return -1;
	return (int)at < fake.nics - fake.half_nics && !fake.other_nic;
}

int ts_nic_made(struct ts *ts, uint32_t domid, int devid)
{
	(void)ts;
	(void)domid;
	return devid < fake.nics - fake.half_nics;
}

int ts_emulated_cards(struct ts *ts, uint32_t domid, bool take_down)
{
	(void)ts;
	(void)domid;
	if (take_down && fake_call("emulated-down", false) == 0)
		fake.emulated_cards = 0;
	return fake.emulated_cards;
}

bool ts_emulated_disk(struct ts *ts, uint32_t domid, const char *target)
{
	(void)ts;
	(void)domid;
	(void)target;
	return fake.emulated_disks && fake.emulated_disks--;
}

int incarnation_get(struct ts *ts, uint32_t domid)
{
	(void)ts;
	(void)domid;
	return INCARNATION_STARTED;
}

void ts_remind(struct ts *ts, uint32_t domid, const char *type, int devid)
{
	(void)ts;
	(void)domid;
	(void)type;
	(void)devid;
}

int ts_unconnected(struct ts *ts, uint32_t domid)
{
	(void)ts;
	(void)domid;
	return fake.unconnected;
}

void ts_nic_detach(struct ts *ts, uint32_t domid, int devid, ts_done *done, void *arg)
{
	int rc = fake_call("detach", true);

	(void)ts;
	(void)domid;
	(void)devid;
	fake.half_nics -= rc == 0 && fake.half_nics;
	fake.nics -= rc == 0;
	fake_later(done, arg, rc);
}

void ts_nic_attach(struct ts *ts, uint32_t domid, const json_t *config, size_t at, ts_done *done,
		   void *arg)
{
	int rc = fake_call("attach", true);

	(void)ts;
	(void)domid;
	(void)config;
	(void)at;
	fake.nics += rc == 0;
	fake_later(done, arg, rc);
}

int ts_pcis(struct ts *ts, uint32_t domid, ts_bdf bdfs[TS_PCIS_MAX])
{
	(void)ts;
	(void)domid;
	if (fake_call("pcis", false) < 0)
		return fake.exists ? -1 : 0;
	for (int i = 0; i < fake.pcis; i++)
		snprintf(bdfs[i], TS_BDF_SIZE, "0000:03:%02x.0", i);
	return fake.pcis;
}

void ts_pci_detach(struct ts *ts, uint32_t domid, const char *bdf, ts_done *done, void *arg)
{
	int rc = fake_call("pci-detach", true);

	(void)ts;
	(void)domid;
	(void)bdf;
	fake.pcis -= rc == 0;
	fake_later(done, arg, rc);
}

void ts_pci_attach(struct ts *ts, uint32_t domid, const json_t *config, size_t at, ts_done *done,
		   void *arg)
{
	int rc = fake_call("pci-attach", true);

	(void)ts;
	(void)domid;
	(void)config;
	(void)at;
	fake.pcis += rc == 0;
	fake_later(done, arg, rc);
}

int ts_caps_get(struct ts *ts, uint32_t domid, struct ts_caps *out)
{
	(void)ts;
	(void)domid;
	*out = fake.caps;
	return fake_call("caps-get", false);
}

int ts_caps_set(struct ts *ts, uint32_t domid, const struct ts_caps *caps)
{
	(void)ts;
	(void)domid;
	if (fake_call("caps-set", true) < 0)
		return -1;
	fake.caps.cpu_cap = caps->cpu_cap;
	return 0;
}

int ts_peers(struct ts *ts, uint32_t domid, uint32_t domids[TS_PEERS_MAX])
{
	(void)ts;
	(void)domid;
	for (int i = 0; i < fake.peers; i++)
		domids[i] = 20 + (uint32_t)i;
	return fake_call("peers", false) < 0 ? -1 : fake.peers;
}
