/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request on the control socket; private to commands.c and commands_tpm.c. */
#ifndef LAZARET_CALL_H
#define LAZARET_CALL_H

#include <jansson.h>

#define CALL_WHO_SIZE 96

struct host;
struct vm;

struct call {
	struct host *host;
	struct vm *vm; /* NULL if the request names none */
	const json_t *request;
	const char *reason; /* "" if none was given */
	char who[CALL_WHO_SIZE];
};

/* The answer to what was done and has nothing more to tell. */
json_t *call_ok(void);

/* Each returns an answer, a new reference. */
json_t *cmd_enrol(struct call *call);
json_t *cmd_evidence(struct call *call);
json_t *cmd_evidence_read(struct call *call);
json_t *cmd_prove(struct call *call);
json_t *cmd_tpms(struct call *call);
json_t *cmd_tpm_remove(struct call *call);
json_t *cmd_tpm_export(struct call *call);
json_t *cmd_tpm_import(struct call *call);

#endif
