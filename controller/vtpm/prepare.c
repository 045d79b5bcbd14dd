/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vtpm/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "common/log.h"
#include "vtpm/akpub.h"
#include "vtpm/ca.h"
#include "vtpm/endorse.h"
#include "vtpm/keys.h"
#include "vtpm/mark.h"
#include "vtpm/owner.h"
#include "vtpm/start.h"
#include "vtpm/tpmmsg.h"

#define PATH_SIZE (IPC_PATH + 64)

/*
 * The folder of a VM, root's alone: «extends», «start» (what was measured), «ek.crt» once the TPM
 * is as it should be, marks (mark.h), and swtpm's own folder «state», which is where it is started.
 */
struct paths {
	char dir[PATH_SIZE];
	char state[PATH_SIZE];
	char made[PATH_SIZE];
	char extends[PATH_SIZE];
	char start[PATH_SIZE];
};

static void name_paths(const struct ipc_tpm_spec *spec, struct paths *p)
{
	snprintf(p->dir, sizeof(p->dir), "%s/%s", spec->state_dir, spec->uuid);
	snprintf(p->state, sizeof(p->state), "%.*s/state", IPC_PATH + 40, p->dir);
	snprintf(p->made, sizeof(p->made), "%.*s/ek.crt", IPC_PATH + 40, p->dir);
	snprintf(p->extends, sizeof(p->extends), "%.*s/extends", IPC_PATH + 40, p->dir);
	snprintf(p->start, sizeof(p->start), "%.*s/start", IPC_PATH + 40, p->dir);
}

static bool start_tpm(const struct ipc_tpm_spec *spec, const struct paths *p, struct swtpm *tpm)
{
	uint8_t key[SWTPM_KEY_SIZE];
	bool ok = keys_for_vm(spec->state_dir, spec->uuid, key) == 0 &&
		  swtpm_start(tpm, p->state, key, spec->uid, spec->gid) == 0;

	OPENSSL_cleanse(key, sizeof(key));
	return ok;
}

/* The endorsement key's certificate, in the TPM and as a file, which comes last. */
static bool endorse(const struct ipc_tpm_spec *spec, const struct paths *p, const struct swtpm *tpm)
{
	struct ca *ca = ca_open(spec->ca_dir);
	uint8_t der[CA_PEM_MAX];
	char pem[CA_PEM_MAX];
	TPMT_PUBLIC key;
	uint32_t len;
	int fd = -1, n;
	bool ok = ca && endorse_key(tpm, &key) == 0 &&
		  akpub_der(&key, der, sizeof(der), &len) == 0 &&
		  ca_issue(ca, CA_ENDORSEMENT_KEY, der, len, spec->uuid, pem) == 0;

	n = ok ? ca_der(pem, der) : -1;
	ok = n > 0 && endorse_store(tpm, der, (size_t)n) == 0;
	if (ok)
		fd = open(p->made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ok = fd >= 0 && write(fd, pem, strlen(pem)) == (ssize_t)strlen(pem);
	if (fd >= 0)
		close(fd);
	ca_close(ca);
	return ok;
}

/* Half made before: from the beginning. */
static void remove_state(const struct paths *p)
{
	char path[PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s/tpm2-00.permall", p->state);
	unlink(path);
}

/* Banks change with the next start only. */
static bool make_tpm(const struct ipc_tpm_spec *spec, const struct paths *p)
{
	struct swtpm tpm;
	bool ok;

	remove_state(p);
	if (!start_tpm(spec, p, &tpm))
		return false;
	ok = tpm_allocate(&tpm) == 0 && endorse(spec, p, &tpm);
	tpm_shutdown(&tpm);
	swtpm_stop(&tpm);
	if (!ok)
		unlink(p->made);
	return ok;
}

/* Return: as tpm_extend(); EXTENDS_DAMAGED for what no TPM has ever taken. */
static int again(void *arg, const struct extends_entry *e)
{
	const struct swtpm *tpm = arg;
	TPML_DIGEST_VALUES digests = {0};
	size_t at = 0;

	if (e->type == EXTENDS_RESET)
		return tpm_reset(tpm, e->pcr);
	if (Tss2_MU_TPML_DIGEST_VALUES_Unmarshal(e->digests, e->len, &at, &digests))
		return EXTENDS_DAMAGED;
	return tpm_extend(tpm, e->pcr, &digests);
}

static int lost(const char **why)
{
	*why = "it lost what was extended into it: only a new start of the VM helps";
	return -1;
}

static int open_extends(const struct ipc_tpm_spec *spec, const struct paths *p,
			struct prepared *out, enum extends_found *found, const char **why)
{
	char saved[MARK_SIZE];
	const struct extends_domain dom = {.generation = spec->generation,
					   .incarnation = spec->incarnation,
					   .measure = spec->measure,
					   .saved = saved};

	mark_get(p->dir, MARK_SAVED, saved);
	*why = "the list of its extends can't be opened";
	out->extends = extends_open(p->extends, &dom, found);
	if (!out->extends)
		return -1;
	return *found == EXTENDS_LOST ? lost(why) : 0;
}

static int fill_fresh(const struct ipc_tpm_spec *spec, const struct paths *p, struct prepared *out,
		      struct ipc_tpm_ready *ready, const char **why)
{
	unlink(p->start);
	if (!spec->measure)
		return 0;
	if (start_measure(spec, &out->tpm, out->extends, p->start, ready, why) < 0)
		return -1;
	ready->measured = true;
	return extends_set_measured(out->extends);
}

/* What fails here leaves the list as it is, but for a list that can't be read at any time. */
static int fill_again(const struct paths *p, struct prepared *out, struct ipc_tpm_ready *ready,
		      const char **why)
{
	int rc = extends_each(out->extends, again, &out->tpm);

	ready->rebuilt = true;
	if (rc == EXTENDS_DAMAGED) {
		extends_lose(out->extends);
		return lost(why);
	}
	*why = "what was in it can't be extended again";
	if (rc)
		return -1;
	if (!extends_measured(out->extends))
		return 0;
	*why = "what was measured can't be read";
	rc = start_load(p->start, ready);
	ready->measured = rc == 0;
	return rc == START_DAMAGED ? 0 : rc;
}

static int take_key(struct prepared *out, struct ipc_tpm_ready *ready)
{
	TPMT_PUBLIC public;
	TPMS_TIME_INFO info;

	if (tpm_attestation_key(&out->tpm, &public, &out->key) ||
	    tpm_commands(&out->tpm, &out->commands) || tpm_clock(&out->tpm, &info))
		return -1;
	ready->clock_ms = info.clockInfo.clock;
	ready->reset_count = info.clockInfo.resetCount;
	ready->restart_count = info.clockInfo.restartCount;
	return akpub_der(&public, ready->ak, sizeof(ready->ak), &ready->ak_len);
}

/* What is on record of an earlier domain has been made use of, or is of none any more. */
static void forget_saved(const struct ipc_tpm_spec *spec, const struct paths *p)
{
	char saved[MARK_SIZE];

	if (mark_get(p->dir, MARK_SAVED, saved) &&
	    strncmp(saved, spec->generation, strlen(spec->generation)))
		mark_clear(p->dir, MARK_SAVED);
}

static int bring_up(const struct ipc_tpm_spec *spec, const struct paths *p, struct prepared *out,
		    struct ipc_tpm_ready *ready, const char **why)
{
	*why = "swtpm does not work: is the package swtpm installed?";
	if (access(p->made, F_OK) < 0 && !make_tpm(spec, p))
		return -1;
	return start_tpm(spec, p, &out->tpm) ? take_key(out, ready) : -1;
}

int prepare(const struct ipc_tpm_spec *spec, struct prepared *out, struct ipc_tpm_ready *ready,
	    const char **why)
{
	enum extends_found found;
	char moved[MARK_SIZE];
	struct paths p = {0};
	int rc;

	name_paths(spec, &p);
	memset(ready, 0, sizeof(*ready));
	*why = "it was handed out for another host: «lazaretctl vtpm import» brings it back, "
	       "«vtpm remove» ends it";
	if (mark_get(p.dir, MARK_MOVED, moved))
		return -1;
	*why = "its folder can't be made";
	if (owner_make(p.dir, 0, 0) < 0 || owner_make(p.state, spec->uid, spec->gid) < 0)
		return -1;
	/* First: a TPM that is not to be had back is not started either. */
	if (open_extends(spec, &p, out, &found, why) < 0 || bring_up(spec, &p, out, ready, why) < 0)
		return -1;
	rc = found == EXTENDS_FRESH ? fill_fresh(spec, &p, out, ready, why)
				    : fill_again(&p, out, ready, why);
	if (!rc)
		forget_saved(spec, &p);
	return rc;
}
