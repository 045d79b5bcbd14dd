/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/utf8.h"

#include <string.h>

/* Bytes of the character that begins so (RFC 3629, section 3). */
static size_t char_size(unsigned char lead)
{
	return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
}

void utf8_trim(char *text)
{
	size_t len = strlen(text), at = len;

	while (at && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (at && len - (at - 1) < char_size((unsigned char)text[at - 1]))
		text[at - 1] = '\0';
}
