/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/toolstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "acm/libxl_ctx.h"
#include "acm/starthold.h"
#include "common/log.h"

#define UUID_FORMAT_ARGS(b)                                                                      \
	(b)[0], (b)[1], (b)[2], (b)[3], (b)[4], (b)[5], (b)[6], (b)[7], (b)[8], (b)[9], (b)[10], \
		(b)[11], (b)[12], (b)[13], (b)[14], (b)[15]

struct ts *ts_new(struct event_base *base)
{
	struct ts *ts = calloc(1, sizeof(*ts));

	if (!ts)
		return NULL;
	ts->base = base;
	ts->logger = (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_WARN, 0);
	ts->xc = xc_interface_open(NULL, NULL, 0);
	ts->xs = xs_open(0);
	if (!ts->xc || !ts->xs || libxl_ctx_alloc(&ts->ctx, LIBXL_VERSION, 0, ts->logger)) {
		log_warnx("no access to Xen: is this dom0, and is xenstored running?");
		ts_free(ts);
		return NULL;
	}
	libxl_ctx_register(ts);
	ts->flask = xc_flask_getenforce(ts->xc) == 1;
	return ts;
}

void ts_free(struct ts *ts)
{
	if (!ts)
		return;
	if (ts->ctx)
		libxl_ctx_free(ts->ctx);
	if (ts->xs)
		xs_close(ts->xs);
	if (ts->xc)
		xc_interface_close(ts->xc);
	if (ts->logger)
		xtl_logger_destroy(ts->logger);
	free(ts);
}

void ts_hypervisor(struct ts *ts, char *out, size_t size)
{
	const libxl_version_info *info = libxl_get_version_info(ts->ctx);

	if (info)
		snprintf(out, size, "Xen %d.%d%s", info->xen_version_major, info->xen_version_minor,
			 info->xen_version_extra);
	else
		snprintf(out, size, "Xen");
}

static enum ts_shutdown shutdown_of(const libxl_dominfo *info)
{
	if (!info->shutdown)
		return TS_RUNNING;
	switch (info->shutdown_reason) {
	case LIBXL_SHUTDOWN_REASON_REBOOT:
		return TS_REBOOT;
	case LIBXL_SHUTDOWN_REASON_SUSPEND:
		return TS_SUSPENDED;
	default:
		return TS_POWEROFF;
	}
}

static void fill(struct ts *ts, struct ts_domain *out, const libxl_dominfo *info)
{
	const uint8_t *b = libxl_uuid_bytearray_const(&info->uuid);
	char *name = libxl_domid_to_name(ts->ctx, info->domid);

	memset(out, 0, sizeof(*out));
	out->domid = info->domid;
	snprintf(out->uuid, sizeof(out->uuid), LIBXL_UUID_FMT, UUID_FORMAT_ARGS(b));
	snprintf(out->name, sizeof(out->name), "%s", name ? name : "");
	out->paused = info->paused;
	out->dying = info->dying;
	out->idle = info->blocked;
	out->shutdown = shutdown_of(info);
	out->cpu_ns = info->cpu_time;
	out->ran = info->cpu_time > 0;
	free(name);
}

int ts_list(struct ts *ts, struct ts_domain **out)
{
	int total = 0, n = 0;
	libxl_dominfo *list = libxl_list_domain(ts->ctx, &total);

	*out = list ? calloc((size_t)total + 1, sizeof(**out)) : NULL;
	for (int i = 0; *out && i < total; i++)
		if (list[i].domid != 0)
			fill(ts, *out + n++, &list[i]);
	if (list)
		libxl_dominfo_list_free(list, total);
	return *out ? n : -1;
}

int ts_info(struct ts *ts, uint32_t domid, struct ts_domain *out)
{
	libxl_dominfo info;
	int rc;

	libxl_dominfo_init(&info);
	rc = libxl_domain_info(ts->ctx, &info, domid);
	if (!rc)
		fill(ts, out, &info);
	libxl_dominfo_dispose(&info);
	return rc || out->dying ? -1 : 0;
}

/* By hypercall: libxl would wait for a device model first, and this must not wait. */
int ts_pause(struct ts *ts, uint32_t domid)
{
	return xc_domain_pause(ts->xc, domid) < 0 ? -1 : 0;
}

int ts_unpause(struct ts *ts, uint32_t domid)
{
	return libxl_domain_unpause(ts->ctx, domid, NULL) ? -1 : 0;
}

void ts_hold_release(struct ts *ts, uint32_t domid)
{
	starthold_release(ts->xs, ts->xc, domid);
}

void ts_destroy(struct ts *ts, uint32_t domid, ts_done *done, void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);

	ts_op_started(op, libxl_domain_destroy(ts->ctx, domid, &op->how));
}

/* libxl writes the configuration when all else of the domain is made. */
bool ts_made(struct ts *ts, uint32_t domid)
{
	uint8_t *data = NULL;
	int len = 0;
	int rc = libxl_userdata_retrieve(ts->ctx, domid, "libxl-json", &data, &len);

	free(data);
	return !rc && len > 0;
}

/* libxl complains aloud of a configuration that is not there yet: ts_made() is asked first. */
static json_t *retrieve(struct ts *ts, uint32_t domid)
{
	libxl_domain_config config;
	char *text = NULL;
	json_t *out;

	libxl_domain_config_init(&config);
	if (ts_made(ts, domid) &&
	    libxl_retrieve_domain_configuration(ts->ctx, domid, &config, NULL) == 0)
		text = libxl_domain_config_to_json(ts->ctx, &config);
	out = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	libxl_domain_config_dispose(&config);
	return out;
}

/* The cards come from the configuration: libxl_device_nic_list() does not know all of a card. */
json_t *ts_config(struct ts *ts, uint32_t domid)
{
	json_t *config = retrieve(ts, domid), *nics;

	if (!config)
		return NULL;
	nics = json_deep_copy(json_object_get(config, "nics"));
	if (!nics)
		nics = json_array();
	if (!nics_are(ts, domid, nics)) {
		log_debug("domain %u: its configuration tells of other cards than it has", domid);
		json_decref(nics);
		json_decref(config);
		return NULL;
	}
	return json_pack("{s:o, s:o}", "config", config, "nics", nics);
}

/*
 * A domain may be built under one label («init_seclabel») and get another when it is complete
 * («seclabel», exec_ssid_label): it is made in these two steps again if the second is @label. Else
 * the second must not happen: it would take the danger label away again.
 */
static void put_label(json_t *config, const char *label)
{
	json_t *create = json_object_get(config, "c_info");
	json_t *build = json_object_get(config, "b_info");
	const char *last = json_string_value(json_object_get(build, "exec_ssid_label"));

	/* Numbers of labels change with the policy. */
	json_object_del(create, "ssidref");
	json_object_del(build, "exec_ssidref");
	if (last && !strcmp(last, label))
		return;
	json_object_del(build, "exec_ssid_label");
	json_object_set_new(create, "ssid_label", json_string(label));
}

static int load_config(struct ts_op *op, const json_t *config, const char *label, bool whole)
{
	json_t *copy = json_deep_copy(json_object_get(config, "config"));
	char *text;
	int rc;

	if (!whole) {
		json_object_del(copy, "nics");
		json_object_del(copy, "pcidevs");
	}
	if (label)
		put_label(copy, label);
	text = json_dumps(copy, JSON_COMPACT);
	rc = text ? libxl_domain_config_from_json(op->ts->ctx, &op->config, text) : ERROR_NOMEM;
	free(text);
	json_decref(copy);
	return rc;
}

void ts_create(struct ts *ts, const json_t *config, const char *label, bool whole, ts_done *done,
	       void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	int rc = load_config(op, config, ts_flask(ts) ? label : NULL, whole);

	if (!rc)
		rc = libxl_domain_create_new(ts->ctx, &op->config, &op->domid, &op->how, NULL);
	ts_op_started(op, rc);
}
