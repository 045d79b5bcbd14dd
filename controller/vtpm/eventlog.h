/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event log of a measured start: TCG PC Client Platform Firmware Profile, 10.2: one TCG_PCR_EVENT
 * that says which banks there are (Spec ID Event03), then TCG_PCR_EVENT2s. Little-endian.
 */
#ifndef LAZARET_EVENTLOG_H
#define LAZARET_EVENTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vtpm/tpm.h"

#define EVENTLOG_MAX 4096
/* Bytes of one event's data; more is cut off: digests tell all. A whole start has room then. */
#define EVENTLOG_DATA_MAX 512
#define EVENTLOG_READ_MAX 1024 /* that a log of others may have */

enum eventlog_type {
	EV_NO_ACTION = 3,
	EV_SEPARATOR = 4,
	EV_S_CRTM_VERSION = 8,
	EV_PLATFORM_CONFIG_FLAGS = 10,
	EV_IPL = 13,
};

/* What is extended into each bank for one event. */
typedef uint8_t eventlog_digests[TPM_BANKS][TPM_DIGEST_MAX];

struct eventlog {
	size_t len;
	uint8_t data[EVENTLOG_MAX];
};

/* Begins a log for TPM_BANKS. */
void eventlog_begin(struct eventlog *log);

/* Adds an event. Return: 0; -1 if there is no room. */
int eventlog_add(struct eventlog *log, uint32_t pcr, enum eventlog_type type,
		 const eventlog_digests digests, const void *data, size_t len);

/**
 * eventlog_replay() - the PCRs that a log leads to
 * @untrusted_log: the log
 * @pcrs:	values of a TPM just started, if every event of the log is extended
 *
 * Return: 0; -1 with @why: unknown types of events and other banks than ours fail.
 */
int eventlog_replay(const uint8_t *untrusted_log, size_t len, tpm_pcrs pcrs, const char **why);

#endif
