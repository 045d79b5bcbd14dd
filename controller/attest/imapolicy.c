/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attest/imapolicy.h"

#include <string.h>

void imapolicy_record(struct imapolicy *p, const struct finding *f)
{
	if (!p->path || p->seen || f->index >= IMAPOLICY_RECORDS_MAX ||
	    (f->class != FINDING_GOOD && f->class != FINDING_SIGNED))
		return;
	p->seen = f->path_len == strlen(p->path) && !memcmp(f->path, p->path, f->path_len);
}

bool imapolicy_loaded(const struct imapolicy *p)
{
	return !p->path || p->seen;
}
