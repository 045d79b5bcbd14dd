/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that were cut at a number of bytes. */
#ifndef LAZARET_UTF8_H
#define LAZARET_UTF8_H

/* Takes away the rest of a character that was cut at the end of @text: JSON takes no such text. */
void utf8_trim(char *text);

#endif
