/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/bootid.h"

#include <stdio.h>
#include <string.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

void bootid_get(char out[BOOTID_SIZE])
{
	FILE *f = fopen(BOOT_ID, "re");

	out[0] = '\0';
	if (!f)
		return;
	if (!fgets(out, BOOTID_SIZE, f))
		out[0] = '\0';
	fclose(f);
	out[strcspn(out, "\n")] = '\0';
}
