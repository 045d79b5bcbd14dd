/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as lower-case hexadecimal digits, and back. */
#ifndef LAZARET_HEX_H
#define LAZARET_HEX_H

#include <stddef.h>
#include <stdint.h>

/**
 * hex_encode() - write bytes as hexadecimal digits
 * @out:	room for 2 * len + 1 characters; NUL-terminated on return
 */
void hex_encode(char *out, const uint8_t *in, size_t len);

/**
 * hex_decode() - read hexadecimal digits of either case
 * @out:	room for @max bytes
 * @in:		NUL-terminated digits, an even number of them
 *
 * Return: number of bytes, or -1 if @in is not hexadecimal or too long.
 */
int hex_decode(uint8_t *out, size_t max, const char *in);

#endif
