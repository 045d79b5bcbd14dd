/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a remedy domain needs and only dom0 has, on a disk: the golden policy or pack of a VM, and the
 * signatures of ClamAV. The disk is a tar archive and nothing else:
 *
 *	.policy, or .pack	the VM's own, if it has one
 *	PATH			each file that the policy names, where it is in dom0
 *	.signatures/		there if the operator has named such a folder, and
 *	.signatures/NAME	each file of it
 *	.vaccines/NAME		each file of the folder of vaccines (lazaret-vaccine(7)), runnable if it is
 *	.key			unlocks what is encrypted on the disk (LUKS)
 *	.plan			what is to be changed (remedy/mendplan.h), in a repair, and then
 *	.packages/NAME		each package that the plan wants something of, and each tar archive
 */
#ifndef LAZARET_SUPPLY_H
#define LAZARET_SUPPLY_H

#include <stddef.h>

#define SUPPLY_POLICY	  ".policy"
#define SUPPLY_PACK	  ".pack"
#define SUPPLY_SIGNATURES ".signatures"
#define SUPPLY_VACCINES	  ".vaccines"
#define SUPPLY_KEY	  ".key"
#define SUPPLY_PLAN	  ".plan"
#define SUPPLY_PACKAGES	  ".packages"

/**
 * struct supply_from - paths in dom0; NULL or «»: none
 * @policy, @pack: golden values
 * @signatures:	folder of ClamAV's databases
 * @packages:	folder of Debian packages, named NAME_VERSION_ARCHITECTURE.deb as apt does, and of tar
 *		archives (.tar, .tar.gz …) of what no package has
 * @vaccines:	folder of programs of others; it may be missing
 * @key:	file that unlocks the disk's LUKS volumes
 * @plan:	file of a plan, open for reading; -1: nothing is to be changed
 */
struct supply_from {
	const char *policy;
	const char *pack;
	const char *signatures;
	const char *packages;
	const char *vaccines;
	const char *key;
	int plan;
};

/**
 * supply_child() - the role that writes such a disk; it reads nothing but the operator's files
 * @argv:	folder of the remedy image, then policy, pack, folders of signatures, packages and vaccines, key;
 *		«» for what there is not
 *
 * It checks the image, too (remedy/image.h), since that takes a while.
 *
 * IPC_FD is the socket to the parent, IPC_FD_A the file to be written, IPC_FD_B that of the plan, if there
 * is one. Return: exit status.
 */
int supply_child(int argc, char **argv);

/**
 * supply_write() - write one
 * @fd:		an empty file, open for reading and writing
 * @error:	@size bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int supply_write(const struct supply_from *from, int fd, char *error, size_t size);

#endif
