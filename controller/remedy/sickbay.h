/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sick bay: what cures removed or replaced, kept for people who want to know what it was.
 *
 * In a folder of the state directory, one file for each repair: NAME.kept, NAME being the VM's UUID and
 * the time. Its content is a tar archive that the remedy domain's worker wrote, and that nothing of ours
 * in dom0 reads: compressed (zstd) and encrypted under a key of this host, so that no scanner trips
 * over it and nobody runs it by mistake. While a domain writes it, it is NAME.spool, a plain disk.
 *
 * The file: SICKBAY_MAGIC, then chunks: length (4 bytes, little-endian), and that many bytes that are
 * sealed (common/seal.h): number of the chunk (8 bytes), 1 in the last one (1 byte), data.
 */
#ifndef LAZARET_SICKBAY_H
#define LAZARET_SICKBAY_H

#include <stddef.h>
#include <stdint.h>

#define SICKBAY_MAGIC "LZSICK01"
#define SICKBAY_SIZE  (INT64_C(4) << 30) /* bytes of a spool at most; it takes up what is written */
#define SICKBAY_NAME  64 /* bytes of a name, with NUL */

struct conf;

/**
 * sickbay_spool() - a disk for a domain to write to
 * @state_dir:	of the configuration
 * @name:	@size bytes, filled: what the sick bay calls it
 *
 * Return: a file, close-on-exec; -1 with errno.
 */
int sickbay_spool(const char *state_dir, const char *uuid, char *name, size_t size);

/**
 * sickbay_seal() - make a spool what is kept; the spool is gone afterwards
 * @bytes:	that are of worth; 0: it was empty, and nothing is kept
 *
 * Return: 0, or -1 with errno: then the spool is still there.
 */
int sickbay_seal(const char *state_dir, const char *name, uint64_t bytes);

/** sickbay_abandon() - no domain writes to a spool any more: an empty one is taken away */
void sickbay_abandon(const char *state_dir, const char *name);

/** sickbay_recover() - at the start: seal what a repair that was broken off has left */
void sickbay_recover(const char *state_dir);

/**
 * sickbay_get() - the tar archive again
 * @out:	where to
 *
 * Return: 0; -1 with errno: EBADMSG if it is damaged, or of another host.
 */
int sickbay_get(const char *state_dir, const char *name, int out);

/** sickbay_purge() - for good. Return: 0, or -1 with errno. */
int sickbay_purge(const char *state_dir, const char *name);

/** sickbay_each() - name and size of each that is kept, by name. Return: how many, or -1 with errno. */
int sickbay_each(const char *state_dir,
		 void (*each)(void *arg, const char *name, uint64_t bytes, int64_t kept_ns),
		 void *arg);

/**
 * sickbay_child() - the role that seals: it takes long, and the parent may not wait
 * @argv:	state directory, name, bytes
 *
 * Return: exit status.
 */
int sickbay_child(int argc, char **argv);

#endif
