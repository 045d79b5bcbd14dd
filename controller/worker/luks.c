/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker/luks.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker/program.h"
#include "worker/supplies.h"

#define NAME_SIZE 32

/* As device-mapper calls it. */
static const char *name_of(char out[NAME_SIZE], unsigned int number)
{
	snprintf(out, NAME_SIZE, "%s%u", strrchr(LUKS_MAPPED, '/') + 1, number);
	return out;
}

/* The header is the guest's: how much memory and time its key takes is its word. Return: 0, or -1. */
static int unlock(const char *device, const char *name)
{
	const char *modules[] = {"modprobe", "-a", "dm-crypt", "xts", "algif_skcipher", NULL};
	const char *argv[] = {"cryptsetup",
			      "open",
			      "--type",
			      "luks",
			      "--key-file",
			      SUPPLIES_KEY,
			      "--disable-keyring",
			      "--batch-mode",
			      "--tries=1",
			      "--disable-locks",
			      device,
			      name,
			      NULL};

	return program_run(modules) < 0 ? -1 : program_run(argv);
}

void luks_open(struct volume *v, unsigned int number, struct unread *unread)
{
	char name[NAME_SIZE];

	v->kind = VOLUME_NOTHING;
	if (access(SUPPLIES_KEY, F_OK) < 0) {
		unread_tell(unread, v->name, "it is encrypted (LUKS), and no remedy-key is set");
		return;
	}
	if (unlock(v->device, name_of(name, number)) < 0) {
		unread_tell(unread, v->name,
			    "it is encrypted (LUKS), and remedy-key does not open it, "
			    "or its key takes more memory than there is");
		return;
	}
	snprintf(v->device, sizeof(v->device), LUKS_MAPPED "%u", number);
	volume_probe(v, unread);
	if (v->kind != VOLUME_ENCRYPTED)
		return;
	v->kind = VOLUME_NOTHING;
	unread_tell(unread, v->name, "it is encrypted (LUKS) twice");
}

int luks_close(unsigned int number)
{
	char name[NAME_SIZE];
	const char *argv[] = {"cryptsetup", "close", name_of(name, number), NULL};

	return program_run(argv);
}
