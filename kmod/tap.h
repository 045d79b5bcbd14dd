/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tap: IMA's own measurement list, read through IMA's own iterator.
 *
 * IMA appends to its list and never takes away from it; while our file is
 * open, a kernel that could trim the list refuses to.  So a cursor is a
 * pointer into that list and stays good for ever, and the list itself is the
 * buffer from which anything can be sent again.
 */
#ifndef LZ_TAP_H
#define LZ_TAP_H

#include <linux/types.h>
#include <uapi/lazaret.h>

/**
 * struct lz_cursor - a place in IMA's list
 * @last:	IMA's iterator token of the record before the place, NULL at the
 *		head; IMA owns it and never frees it
 * @next:	index of the record at the place, from 0
 *
 * A cursor belongs to one task; the tap does not lock it.
 */
struct lz_cursor {
	void *last;
	u64 next;
};

/**
 * lz_tap_open() - open IMA's list for good and count what is in it
 *
 * Records that are there already count as early.  Process context.
 *
 * Return: 0; -ENODEV if this kernel has no IMA list; another negative errno.
 */
int lz_tap_open(void);

/**
 * lz_tap_close() - undo lz_tap_open(); no cursor may be used after it
 */
void lz_tap_close(void);

/**
 * lz_tap_scan() - walk to the end of the list, note when new records came
 * @time_ns:	CLOCK_REALTIME of the doorbell in ns, 0 if none rang
 *
 * Allocates nothing, opens nothing, waits only for another scan.
 *
 * Return: how many records were new.
 */
u64 lz_tap_scan(u64 time_ns);

/**
 * lz_tap_records() - records known to be in the list: grows, never shrinks
 */
u64 lz_tap_records(void);

/**
 * lz_tap_early() - records that were in the list when the tap was opened
 */
u64 lz_tap_early(void);

/**
 * lz_tap_lost() - records that IMA could not render or that are too large
 */
u64 lz_tap_lost(void);

/**
 * lz_tap_ima_mode() - who extends PCR 10, from the first record's evidence
 */
enum lz_ima_mode lz_tap_ima_mode(void);

/**
 * lz_cursor_seek() - set a cursor
 * @c:		the cursor, owned by the caller
 * @index:	index of the record to read next, at most lz_tap_records()
 *
 * Takes time in proportion to @index.
 *
 * Return: 0, or -ERANGE if the list is not that long.
 */
int lz_cursor_seek(struct lz_cursor *c, u64 index);

/**
 * lz_cursor_read() - render the cursor's record and step over it
 * @c:		the cursor
 * @buf:	gets the record as binary_runtime_measurements has it
 * @size:	bytes of @buf, more than LZ_RECORD_MAX
 * @time_ns:	gets the time its doorbell rang, 0 if none did
 *
 * A record that cannot be rendered is counted as lost and stepped over.
 *
 * Return: bytes of the record; 0 if it is lost; -EAGAIN at the end.
 */
ssize_t lz_cursor_read(struct lz_cursor *c, void *buf, size_t size, u64 *time_ns);

#endif /* LZ_TAP_H */
