/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acm/toolstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxl_utils.h>

#include "acm/libxl_ctx.h"
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
	return info->shutdown_reason == LIBXL_SHUTDOWN_REASON_REBOOT ? TS_REBOOT : TS_POWEROFF;
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
	out->shutdown = shutdown_of(info);
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

void ts_destroy(struct ts *ts, uint32_t domid, ts_done *done, void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);

	ts_op_started(op, libxl_domain_destroy(ts->ctx, domid, &op->how));
}

static json_t *nics_to_json(struct ts *ts, uint32_t domid)
{
	json_t *nics = json_array();
	int n = 0;
	libxl_device_nic *list = libxl_device_nic_list(ts->ctx, domid, &n);

	for (int i = 0; list && i < n; i++) {
		char *text = libxl_device_nic_to_json(ts->ctx, &list[i]);

		json_array_append_new(nics, text ? json_loads(text, 0, NULL) : json_null());
		free(text);
	}
	if (list)
		libxl_device_nic_list_free(list, n);
	return nics;
}

/* Asked for first, since libxl complains aloud of a configuration that is not there yet. */
static bool config_there(struct ts *ts, uint32_t domid)
{
	uint8_t *data = NULL;
	int len = 0;
	int rc = libxl_userdata_retrieve(ts->ctx, domid, "libxl-json", &data, &len);

	free(data);
	return !rc && len > 0;
}

json_t *ts_config(struct ts *ts, uint32_t domid)
{
	libxl_domain_config config;
	json_t *out = NULL, *parsed = NULL;
	char *text = NULL;

	libxl_domain_config_init(&config);
	if (config_there(ts, domid) &&
	    libxl_retrieve_domain_configuration(ts->ctx, domid, &config, NULL) == 0)
		text = libxl_domain_config_to_json(ts->ctx, &config);
	if (text)
		parsed = json_loads(text, 0, NULL);
	if (parsed)
		out = json_pack("{s:o, s:o}", "config", parsed, "nics", nics_to_json(ts, domid));
	free(text);
	libxl_domain_config_dispose(&config);
	return out;
}

static int load_config(struct ts_op *op, const json_t *config, const char *label, bool nics)
{
	json_t *copy = json_deep_copy(json_object_get(config, "config"));
	char *text;
	int rc;

	if (!nics)
		json_object_del(copy, "nics");
	if (label) {
		json_object_set_new(json_object_get(copy, "c_info"), "ssid_label",
				    json_string(label));
		json_object_del(json_object_get(copy, "c_info"), "ssidref");
	}
	text = json_dumps(copy, JSON_COMPACT);
	rc = text ? libxl_domain_config_from_json(op->ts->ctx, &op->config, text) : ERROR_NOMEM;
	free(text);
	json_decref(copy);
	return rc;
}

void ts_create(struct ts *ts, const json_t *config, const char *label, bool nics, ts_done *done,
	       void *arg)
{
	struct ts_op *op = ts_op_new(ts, done, arg);
	int rc = load_config(op, config, ts->flask ? label : NULL, nics);

	if (!rc)
		rc = libxl_domain_create_new(ts->ctx, &op->config, &op->domid, &op->how, NULL);
	ts_op_started(op, rc);
}
