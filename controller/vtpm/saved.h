/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM that is saved to a file, or migrated, comes back as another domain with the memory that it
 * had: its PCRs must come back, too, and nobody may take that for a start.
 *
 * While a domain is suspended, a mark says what the list of its extends is. The domain that is its
 * next incarnation goes on with that list (extends_open()).
 */
#ifndef LAZARET_SAVED_H
#define LAZARET_SAVED_H

struct vtpm;

/* Is there such a mark of this very domain, from an earlier run of ours? */
void saved_attach(struct vtpm *tpm);

/* Some domain has stopped, or a second has passed: sets the mark, or takes it away from one that runs. */
void saved_look(struct vtpm *tpm);

/* The domain is gone: if it was suspended when it was seen last, its mark is that of its end. */
void saved_detach(struct vtpm *tpm);

#endif
