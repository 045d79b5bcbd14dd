/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LZ_VERSION_H
#define LZ_VERSION_H

/* PACKAGE_VERSION in dkms.conf must be the same. */
#define LZ_MODULE_VERSION "0.1.0"

#endif /* LZ_VERSION_H */
