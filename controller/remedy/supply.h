/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a remedy domain needs and only dom0 has, on a disk: the golden policy or pack of a VM, and the
 * signatures of ClamAV. The disk is a tar archive and nothing else:
 *
 *	.policy, or .pack	the VM's own, if it has one
 *	PATH			each file that the policy names, where it is in dom0
 *	.signatures/NAME	each file of the operator's folder
 */
#ifndef LAZARET_SUPPLY_H
#define LAZARET_SUPPLY_H

#include <stddef.h>

#define SUPPLY_POLICY	  ".policy"
#define SUPPLY_PACK	  ".pack"
#define SUPPLY_SIGNATURES ".signatures"

/**
 * supply_child() - the role that writes such a disk; it reads nothing but the operator's files
 * @argv:	policy, pack, folder of signatures; «» for what there is not
 *
 * IPC_FD is the socket to the parent, IPC_FD_A the file to be written. Return: exit status.
 */
int supply_child(int argc, char **argv);

/**
 * supply_write() - write one
 * @policy, @pack, @signatures: paths; NULL or «»: none
 * @fd:		an empty file, open for reading and writing
 * @error:	@size bytes, written if -1 is returned
 *
 * Return: 0, or -1.
 */
int supply_write(const char *policy, const char *pack, const char *signatures, int fd, char *error,
		 size_t size);

#endif
