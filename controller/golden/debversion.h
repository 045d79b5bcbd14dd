/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of two versions of a Debian package is the later one. */
#ifndef LAZARET_DEBVERSION_H
#define LAZARET_DEBVERSION_H

/**
 * debversion_compare() - order versions as dpkg does (deb-version(7), «Sorting algorithm»)
 * @a, @b:	any text; what is no version has some place in the order as well
 *
 * Return: below 0, 0 or above 0 as @a is earlier than, equal to or later than @b.
 */
int debversion_compare(const char *a, const char *b);

#endif
