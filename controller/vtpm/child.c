/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/child.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/sandbox.h"
#include "vtpm/relay.h"
#include "vtpm/ring.h"

#define CHILD_MEMORY (64UL << 20)
#define NICENESS     5 /* as swtpm's */
#define POLL_MS	     200 /* a contained guest may be unable to notify us */

#define HEARD_END    (-1) /* the parent is gone, or wants us to end */
#define HEARD_NO_TPM (-2) /* swtpm is of no use any more */

struct server {
	struct prepared p;
	struct ipc_tpm_spec spec;
	void *page;
	xengnttab_handle *gnttab; /* until the ring is mapped */
	xenevtchn_handle *evtchn;
	evtchn_port_t port;
};

/* Return: 0 or HEARD_NO_TPM. */
static int hear_quote(struct server *s, const struct ipc_tpm_quote *want)
{
	struct ipc_tpm_quoted out = {0};
	struct tpm_quote quote;
	int rc = tpm_read_pcrs(&s->p.tpm, out.pcr);

	if (!rc)
		rc = tpm_quote(&s->p.tpm, &s->p.key, want->nonce, &quote);
	if (rc < 0 ||
	    (!rc && (quote.attest_len > sizeof(out.attest) || quote.sig_len > sizeof(out.sig))))
		return HEARD_NO_TPM;
	memcpy(out.nonce, want->nonce, sizeof(out.nonce));
	out.rc = (uint32_t)rc;
	if (!rc) {
		out.attest_len = (uint32_t)quote.attest_len;
		out.sig_len = (uint32_t)quote.sig_len;
		memcpy(out.attest, quote.attest, quote.attest_len);
		memcpy(out.sig, quote.sig, quote.sig_len);
	}
	ipc_send(IPC_FD, IPC_TPM_QUOTED, &out, sizeof(out));
	return 0;
}

/* Return: type of the message; 0: none that matters; or one of HEARD_…. */
static int hear_parent(struct server *s, struct ipc_tpm_ring *ring)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	uint32_t type;
	ssize_t n = ipc_recv(IPC_FD, &type, data);

	if (n < 0)
		return HEARD_END;
	if (type == IPC_TPM_QUOTE && n == (ssize_t)sizeof(struct ipc_tpm_quote))
		return hear_quote(s, (const struct ipc_tpm_quote *)data);
	if (type == IPC_TPM_RING && ring && n == (ssize_t)sizeof(*ring)) {
		memcpy(ring, data, sizeof(*ring));
		return IPC_TPM_RING;
	}
	return 0;
}

static int open_xen(struct server *s)
{
	s->gnttab = xengnttab_open(NULL, 0);
	s->evtchn = xenevtchn_open(NULL, 0);
	if (!s->gnttab || !s->evtchn)
		return -1;
	/* Only channels of this domain, from now on; for grants there is nothing of the kind. */
	return xenevtchn_restrict(s->evtchn, (domid_t)s->spec.domid);
}

/* Afterwards no other grant can be mapped: the mapping stays without the file, and no file can be opened. */
static int map_ring(struct server *s, const struct ipc_tpm_ring *ring)
{
	int port;

	s->page = xengnttab_map_grant_ref(s->gnttab, s->spec.domid, ring->ref,
					  PROT_READ | PROT_WRITE);
	xengnttab_close(s->gnttab);
	s->gnttab = NULL;
	if (!s->page)
		return -1;
	port = xenevtchn_bind_interdomain(s->evtchn, s->spec.domid, ring->port);
	if (port < 0)
		return -1;
	s->port = (evtchn_port_t)port;
	return 0;
}

static void drop_privileges(const struct server *s)
{
	static const unsigned long for_the_ring[] = {IOCTL_GNTDEV_MAP_GRANT_REF,
						     IOCTL_GNTDEV_UNMAP_GRANT_REF,
						     IOCTL_EVTCHN_BIND_INTERDOMAIN, 0};
	const struct sandbox box = {.uid = s->spec.uid,
				    .gid = s->spec.gid,
				    .root = s->spec.chroot_dir,
				    .memory = CHILD_MEMORY,
				    .ioctl_request = IOCTL_EVTCHN_NOTIFY,
				    .more_ioctls = for_the_ring};

	setpriority(PRIO_PROCESS, 0, NICENESS);
	sandbox_enter(&box);
}

/* Return: 0; -1: swtpm is of no use any more. */
static int serve_one(struct server *s)
{
	static uint8_t cmd[RING_DATA_MAX], rsp[SWTPM_BUFFER_SIZE];
	size_t len = 0;
	ssize_t n;

	switch (ring_take(s->page, cmd, &len)) {
	case RING_NOTHING:
		return 0;
	case RING_COMMAND:
		n = relay_command(&s->p, cmd, len, rsp);
		if (n < 0)
			return -1;
		ring_answer(s->page, rsp, (size_t)n);
		break;
	case RING_REFUSED:
		break;
	}
	xenevtchn_notify(s->evtchn, s->port);
	return 0;
}

static void rang(struct server *s)
{
	int port = xenevtchn_pending(s->evtchn);

	if (port >= 0)
		xenevtchn_unmask(s->evtchn, (evtchn_port_t)port);
}

/* What the parent's silence, or what it asked for, ends with. Return: exit status. */
static int end(struct server *s, int heard)
{
	if (heard != HEARD_END)
		return ipc_fail("swtpm does not answer as it should");
	tpm_shutdown(&s->p.tpm);
	swtpm_leave(&s->p.tpm);
	return 0;
}

static int serve(struct server *s)
{
	for (;;) {
		int heard = 0;
		struct pollfd fds[3] = {{.fd = IPC_FD, .events = POLLIN},
					{.fd = xenevtchn_fd(s->evtchn), .events = POLLIN},
					{.fd = s->p.tpm.fd, .events = POLLIN}};

		poll(fds, 3, POLL_MS);
		if (fds[0].revents)
			heard = hear_parent(s, NULL);
		if (heard < 0)
			return end(s, heard);
		if (fds[1].revents & POLLIN)
			rang(s);
		/* Nothing was asked: it can only have ended. */
		if (fds[2].revents)
			return ipc_fail("swtpm ended");
		if (serve_one(s) < 0)
			return ipc_fail("swtpm does not answer, or the list of its extends "
					"can't be written");
	}
}

/* Waits for the ring, which may come long after the TPM is up. Return: 0 or one of HEARD_…. */
static int wait_for_ring(struct server *s, struct ipc_tpm_ring *ring)
{
	for (;;) {
		struct pollfd fds[2] = {{.fd = IPC_FD, .events = POLLIN},
					{.fd = s->p.tpm.fd, .events = POLLIN}};
		int type = 0;

		poll(fds, 2, -1);
		if (fds[0].revents)
			type = hear_parent(s, ring);
		if (type == IPC_TPM_RING)
			return 0;
		if (type < 0)
			return type;
		if (fds[1].revents)
			return HEARD_NO_TPM;
	}
}

static int receive_spec(struct ipc_tpm_spec *spec)
{
	static _Alignas(8) uint8_t data[IPC_DATA_MAX];
	uint32_t type;

	if (ipc_recv(IPC_FD, &type, data) != (ssize_t)sizeof(*spec) || type != IPC_TPM_SPEC)
		return -1;
	memcpy(spec, data, sizeof(*spec));
	return spec->uid && spec->gid ? 0 : -1;
}

int vtpm_child(void)
{
	static struct server s;
	struct ipc_tpm_ready ready;
	struct ipc_tpm_ring ring;
	const char *why;
	int heard;

	if (receive_spec(&s.spec) < 0)
		fatalx("vtpm: not started by lazaretd");
	if (prepare(&s.spec, &s.p, &ready, &why) < 0)
		return ipc_fail(why);
	if (open_xen(&s) < 0)
		return ipc_fail("Xen's devices in /dev/xen can't be used");
	drop_privileges(&s);
	ipc_send(IPC_FD, IPC_TPM_READY, &ready, sizeof(ready));
	heard = wait_for_ring(&s, &ring);
	if (heard < 0)
		return end(&s, heard);
	if (map_ring(&s, &ring) < 0)
		return ipc_fail("the guest's ring can't be mapped");
	if (ring_abandon(s.page))
		xenevtchn_notify(s.evtchn, s.port);
	ipc_send(IPC_FD, IPC_TPM_SERVING, NULL, 0);
	return serve(&s);
}
