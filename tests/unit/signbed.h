/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys, certificates and signatures, made by openssl and evmctl in packbed's folder. */
#ifndef LAZARET_SIGNBED_H
#define LAZARET_SIGNBED_H

#include "packbed.h"

#include "attest/template.h"

/** signbed_setup() - of a group, packbed_teardown() ends it */
int signbed_setup(void **state);

/** signbed_measured() - a measurement of «content» with this signature; overwritten by the next */
struct ima_entry *signbed_measured(const char *sig);

#endif
