/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VM's cures are made with, as far as it can be seen from outside whether it has changed. */
#ifndef LAZARET_STOCK_H
#define LAZARET_STOCK_H

#include <stdint.h>

struct conf_vm;

/**
 * stock_of() - a number that is another one when a file was changed, added or taken away
 *
 * By name, size, time and inode of the golden policy and all that it names, or of the pack; of the golden
 * image; and of all files in the folders of signatures, packages and vaccines. Contents are not read.
 *
 * Return: never 0.
 */
uint64_t stock_of(const struct conf_vm *conf);

#endif
