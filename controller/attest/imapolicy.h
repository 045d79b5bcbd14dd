/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Did the guest load the measurement policy that its golden policy demands?
 *
 * A kernel that is booted with ima_policy=tcb measures what systemd hands it by name (func
 * POLICY_CHECK), before it takes it: then the file is a record like any other, and its digest must be
 * golden. systemd does so before it reads anything else: a record that comes later may be of
 * somebody who reads the file after another policy was loaded unseen.
 */
#ifndef LAZARET_IMAPOLICY_H
#define LAZARET_IMAPOLICY_H

#include <stdbool.h>

#include "attest/verify.h"

/* Records of initramfs and systemd that may come before it. */
#define IMAPOLICY_RECORDS_MAX 256

/**
 * struct imapolicy - what is demanded, and whether it was seen
 * @path:	as IMA writes it; NULL: nothing is demanded
 * @seen:	in the records so far
 */
struct imapolicy {
	const char *path;
	bool seen;
};

/** imapolicy_record() - the next record was judged so */
void imapolicy_record(struct imapolicy *p, const struct finding *f);

/** imapolicy_loaded() - Return: true if what is demanded was loaded, or nothing is */
bool imapolicy_loaded(const struct imapolicy *p);

#endif
