/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the controller must remember: one SQLite database in WAL mode, every commit synced.
 *
 * A full disk must not make a quarantine forgotten: a reserve file is given up for it, step by
 * step, and for nothing else. It is made again when there is room (see store_reserve_used()).
 */
#ifndef LAZARET_STORE_H
#define LAZARET_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "vm/level.h"
#include "vm/state.h"

#define STORE_UUID_SIZE	      37
#define STORE_NAME_SIZE	      128
#define STORE_REASON_SIZE     512
#define STORE_BOOT_SIZE	      33 /* boot nonce in hexadecimal, with NUL */
#define STORE_RESERVE_BYTES   (4L << 20)
#define STORE_JOURNAL_MAX_OUT 1000 /* rows given out at once */
#define STORE_FILE	      "journal.sqlite" /* below the folder */
#define STORE_HASH_SIZE	      32 /* SHA-256 */
#define STORE_ERROR_SIZE      256

struct store;

/* What is known of a VM over restarts; the row of table «vm». */
struct store_vm {
	char uuid[STORE_UUID_SIZE];
	char name[STORE_NAME_SIZE];
	enum vm_state state;
	char reason[STORE_REASON_SIZE];
	int64_t since_ns;
	bool contained; /* carried out and verified from outside */
	bool paused_by_us; /* our pause is (about to be) in force */
	bool paused_before; /* it was paused when we came: it stays so afterwards */
	int64_t domid; /* the domain that the two lines above speak of; -1: none */
	enum vm_level level; /* of this incident, as an operator wants it */
	bool kept; /* we created the domain: we restart it when it reboots */
	json_t *plan; /* what was there before it was withdrawn; NULL: no incident */
	char accepted_boot[STORE_BOOT_SIZE]; /* findings of this boot ... */
	int64_t accepted_records; /* ... before this record are accepted ... */
	int64_t accepted_until_ns; /* ... until then */
	json_t *tpm; /* its TPM and what may boot it: see vtpm/enrol.h; NULL: nothing known */
};

/**
 * store_open() - open or make the database
 * @dir:	folder, made with mode 0700 if missing
 *
 * Return: the store, or NULL after a message.
 */
struct store *store_open(const char *dir);
void store_close(struct store *store);

/**
 * store_save() - write a VM's row and, in the same commit, a row of the journal
 * @vm:		the row
 * @kind:	what happened, e.g. «state» or «step»
 * @who:	the program's part or the user that caused it
 * @data:	details, borrowed; may be NULL
 *
 * Of a VM that must be cut off it is written on a full disk, too: with room from the reserve.
 * Return: the journal row's number, or -1 after a message; then nothing was written.
 */
int64_t store_save(struct store *store, const struct store_vm *vm, const char *kind,
		   const char *who, json_t *data);

/**
 * store_journal() - add a row to the journal alone
 * @uuid:	VM it is about, or "" for the host
 *
 * Each row holds SHA-256 of the row before it and of itself, so that a changed or lost row shows.
 * Return: its number, or -1 after a message.
 */
int64_t store_journal(struct store *store, const char *uuid, const char *kind, const char *who,
		      json_t *data);

/**
 * store_journal_list() - rows of the journal as JSON objects {seq,time,vm,event,who,…data}
 * @uuid:	of this VM alone, or NULL
 * @kind:	of this kind alone, or NULL
 * @after:	rows with a greater number
 * @limit:	the last so many of them, at most STORE_JOURNAL_MAX_OUT
 *
 * It reads no more rows than it returns, but for @kind without @uuid.
 * Return: a new array, oldest first; empty on error.
 */
json_t *store_journal_list(struct store *store, const char *uuid, const char *kind, int64_t after,
			   int limit);

/* What the check of a journal found. */
struct store_chain {
	int64_t rows; /* that follow from each other, from the first on */
	unsigned char head[STORE_HASH_SIZE]; /* hash of the last of them; zeros if there is none */
	int64_t bad; /* number of the first row that is not what it was, or is lost; 0: none */
	int64_t noted; /* number of the row whose hash was looked for; 0: there is none */
	char error[STORE_ERROR_SIZE]; /* why it could not be read */
};

/**
 * store_journal_verify() - check the chain of hashes
 * @noted:	hash of a row to look for, or NULL: rows cut off at the end show in no other way
 * @out:	written
 *
 * Return: 0 if every row follows from the one before it; 1 if not; -1 if it can't be read.
 */
int store_journal_verify(struct store *store, const unsigned char *noted, struct store_chain *out);

/* The same of a database that may be in use; nothing is written to it. */
int store_verify_file(const char *path, const unsigned char *noted, struct store_chain *out);

/**
 * store_contained_file() - must a VM be cut off, as a database that may be in use says?
 * @path:	of the database; nothing is written to it
 * @name:	a VM in danger may have no UUID of its own, and another one with each start
 *
 * Return: 1; 0; -1 if it can't be read.
 */
int store_contained_file(const char *path, const char *uuid, const char *name);

/**
 * store_each_vm() - call @fn for each known VM, by UUID
 *
 * @fn may save rows: no statement is open while it runs. The objects in @vm are its own from then on.
 * Return: 0; -1 after a message, then it was not called.
 */
int store_each_vm(struct store *store, void (*fn)(void *arg, struct store_vm *vm), void *arg);

/* NULL while every write succeeded, else what is wrong and what to do. */
const char *store_trouble(const struct store *store);

/* True while the reserve file is not whole, because something was recorded with room from it. */
bool store_reserve_used(const struct store *store);

#endif
