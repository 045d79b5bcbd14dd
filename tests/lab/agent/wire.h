/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How dom0's tests have commands run in a guest: nodes of xenstore below data/lab of the guest's
 * own directory, so that it works without a network and under any label that leaves the guest its
 * xenstore. ID is dom0's choice.
 *
 *	in/ID/N		dom0 to guest	the command, a line for bash, in chunks
 *	req/ID		dom0 to guest	"CHUNKS SECONDS": go
 *	out/ID/N	guest to dom0	its stdout in chunks; err/ID/N its stderr
 *	rsp/ID		guest to dom0	"CODE OUT_CHUNKS ERR_CHUNKS": done
 *	ready		guest to dom0	the agent runs
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

/* A node holds 2048 bytes (XENSTORE_PAYLOAD_MAX is 4096, xenstored's default quota is less). */
#define LAB_CHUNK 1900
/* A guest may own 1000 nodes; both outputs and a few calls at once must fit. */
#define LAB_CHUNKS_MAX 70
/* Exit codes that are not the command's, as of timeout(1) and env(1). */
#define LAB_TIMED_OUT 124
#define LAB_NO_GUEST  125
/* Longest path of a node that is used here. */
#define LAB_PATH 256

#endif
