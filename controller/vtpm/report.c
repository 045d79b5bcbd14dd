/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the child of a VM's TPM reports. */
#include <stdio.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "attest/attest.h"
#include "common/timefmt.h"
#include "evidence/make.h"
#include "vtpm/enrol.h"
#include "vtpm/hold.h"
#include "vtpm/inside.h"

static bool hex_ok(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	return len < size && strspn(text, "0123456789abcdef") == len;
}

static bool ready_ok(const struct ipc_tpm_ready *r, ssize_t len)
{
	return len == (ssize_t)sizeof(*r) && r->ak_len <= sizeof(r->ak) &&
	       r->log_len <= sizeof(r->log) && hex_ok(r->kernel, sizeof(r->kernel)) &&
	       hex_ok(r->ramdisk, sizeof(r->ramdisk)) && hex_ok(r->cmdline, sizeof(r->cmdline)) &&
	       hex_ok(r->config, sizeof(r->config)) && hex_ok(r->hypervisor, sizeof(r->hypervisor));
}

void vtpm_serve(struct vtpm *tpm)
{
	struct ipc_tpm_ring ring;
	int state = nodes_frontend_state(tpm->domid);

	if (!tpm->up || tpm->serving || tpm->ring.port ||
	    (state != XenbusStateInitialised && state != XenbusStateConnected) ||
	    nodes_ring(tpm->domid, &tpm->ring) < 0)
		return;
	ring = (struct ipc_tpm_ring){tpm->ring.ref, tpm->ring.port};
	ipc_send(tpm->sock, IPC_TPM_RING, &ring, sizeof(ring));
}

/* Another than the one that the journal knows of? Counters and keys are looked at elsewhere. */
static bool ready_is_news(const struct vtpm *tpm, const struct ipc_tpm_ready *ready)
{
	const struct ipc_tpm_ready *old = &tpm->ready;

	return !tpm->ready_told || old->measured != ready->measured ||
	       strcmp(old->kernel, ready->kernel) || strcmp(old->ramdisk, ready->ramdisk) ||
	       strcmp(old->cmdline, ready->cmdline) || strcmp(old->config, ready->config) ||
	       strcmp(old->hypervisor, ready->hypervisor);
}

static void tell_ready(struct vtpm *tpm, const struct ipc_tpm_ready *ready)
{
	vtpm_tell(tpm, ready_is_news(tpm, ready),
		  json_pack("{s:s,s:b,s:b,s:I,s:s,s:s,s:s,s:s,s:s}", "what", "up", "measured",
			    (int)ready->measured, "rebuilt", (int)ready->rebuilt, "resets",
			    (json_int_t)ready->reset_count, "kernel", ready->kernel, "ramdisk",
			    ready->ramdisk, "cmdline", ready->cmdline, "config", ready->config,
			    "hypervisor", ready->hypervisor));
	tpm->ready_told = true;
}

static void on_ready(struct vtpm *tpm, const struct ipc_tpm_ready *ready)
{
	struct vm *vm = tpm->vm;

	tell_ready(tpm, ready);
	tpm->ready = *ready;
	tpm->up = true;
	tpm->ring = (struct nodes_ring){0};
	enrol_check(vm, ready);
	if (nodes_create(tpm->domid, ready->log, ready->log_len) < 0) {
		vtpm_failed(tpm, "the device can't be made in xenstore");
		return;
	}
	hold_release(tpm);
	attest_tpm(vm);
	vtpm_serve(tpm);
}

bool vtpm_on_message(struct vtpm *tpm, uint32_t type, const void *data, ssize_t len)
{
	const struct ipc_text *text = data;

	switch (type) {
	case IPC_TPM_READY:
		if (tpm->up || !ready_ok(data, len))
			return false;
		on_ready(tpm, data);
		return true;
	case IPC_TPM_SERVING:
		tpm->serving = true;
		tpm->serving_ms = time_mono_ms();
		nodes_set_backend_state(tpm->domid, XenbusStateConnected);
		return true;
	case IPC_TPM_QUOTED:
		if (len != (ssize_t)sizeof(struct ipc_tpm_quoted))
			return false;
		if (!evidence_quoted(tpm->vm, data))
			attest_quoted(tpm->vm, data);
		return true;
	case IPC_FAILED:
		if (len == (ssize_t)sizeof(*text) && ipc_text_ok(text->text, sizeof(text->text)))
			vtpm_failed(tpm, text->text);
		else
			vtpm_failed(tpm, "the vtpm process failed");
		return true;
	default:
		return false;
	}
}
