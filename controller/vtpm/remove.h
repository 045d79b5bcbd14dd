/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM that is gone for good, or to another host: what its TPM left here. */
#ifndef LAZARET_REMOVE_H
#define LAZARET_REMOVE_H

struct vm;

/**
 * vtpm_remove() - forget a VM's TPM
 * @who:	the operator on whose word this is done: keys and sealed data in it are lost for ever
 *
 * Its folder, the list of its last boot and all that is known of it, enrolled starts as well. A VM
 * of this UUID gets another TPM when it starts next.
 *
 * Return: 0; -1 with @why: nothing has been removed, or not all of it, and it may be tried again.
 */
int vtpm_remove(struct vm *vm, const char *who, const char **why);

/* Removes a folder of files and folders, if it is there. Return: 0; -1 after a message. */
int vtpm_remove_folder(const char *path);

#endif
