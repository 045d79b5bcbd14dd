/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests: the controller ends, as by «kill -9», at a place in a transaction that it is told.
 *
 * The environment of the parent tells it, once, when it starts: who can set that can kill it as well.
 * Nothing that a guest or a client says comes near. Without the variable all of this does nothing.
 */
#ifndef LAZARET_CRASH_H
#define LAZARET_CRASH_H

struct tx_kind;

/*
 * Its value is «TRANSACTION:begin» or «TRANSACTION:STEP:PLACE», or «list»: all of them are printed.
 * A place is one of:
 *
 *	under-way	an operation was started, and its end is awaited; steps without one have no such place
 *	done		the step is through, and that is not in the journal yet
 *	recorded	it is in the journal
 */
#define CRASH_VAR	"LAZARET_CRASH_AFTER"
#define CRASH_LIST	"list"
#define CRASH_UNDER_WAY "under-way"
#define CRASH_DONE	"done"
#define CRASH_RECORDED	"recorded"

/**
 * crash_init() - read the variable and take it out of the environment
 *
 * Before threads and children are made. Ends the program with 0 after a list, and with 2 and a message if
 * there is no such place.
 */
void crash_init(void);

/* A transaction begins. If this is the place, it does not return; neither does the next. */
void crash_begin(const struct tx_kind *kind);

/* It is at this place of its step number @at. */
void crash_point(const struct tx_kind *kind, unsigned int at, const char *place);

#endif
