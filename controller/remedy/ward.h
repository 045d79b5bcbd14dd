/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ward: which VM in danger is cured when. So many cures at once as the configuration says, the others
 * wait in line; one that failed is tried again after a while, or as soon as there are other supplies; after
 * some rounds an operator has to look.
 */
#ifndef LAZARET_WARD_H
#define LAZARET_WARD_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#define WARD_WHO 96
#define WARD_WHY 256

struct host;
struct vm;

/**
 * struct ward - what is known of one VM in danger
 * @known:	the rounds of before our start are counted
 * @destroyed:	the last cure has destroyed its domain, and failed
 * @rounds:	cures that have failed in this incident since there were other supplies
 * @retry_ms:	monotonic: no cure begins by itself before
 * @turn:	number in line; 0: it does not wait
 * @who:	who asked for it; «lazaretd»: nobody
 * @why:	why the last cure could not even begin; "": it could
 * @stock, @stock_seen: supplies (remedy/stock.h) that were there at the last cure, and when we looked last
 * @looked_ms:	when that was
 */
struct ward {
	bool known;
	bool destroyed;
	unsigned int rounds;
	int64_t retry_ms;
	uint64_t turn;
	char who[WARD_WHO];
	char why[WARD_WHY];
	uint64_t stock, stock_seen;
	int64_t looked_ms;
};

/**
 * ward_ask() - an operator wants a VM to be cured
 * @why:	set on -1: why not, and what to do
 *
 * Return: 0 if the cure has begun; its place in line, from 1 on; or -1.
 */
int ward_ask(struct vm *vm, const char *who, const char **why);

/** ward_tick() - once a second for each VM: is it to be cured now? */
void ward_tick(struct vm *vm);

/** ward_failed() - a cure has */
void ward_failed(struct vm *vm);

/** ward_full() - are as many cures and scans under way as may be? */
bool ward_full(struct host *host);

/** ward_view() - what show tells of a VM's cures; null if it is not in danger. A new reference. */
json_t *ward_view(const struct vm *vm);

/** ward_list() - names of VMs that are being cured, and that wait, in their order. A new reference. */
json_t *ward_list(struct host *host);

#endif
