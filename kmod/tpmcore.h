/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's TPM core exports for drivers, which live in its own
 * drivers/char/tpm: the header there is not among those for modules.
 */
#ifndef LZ_TPMCORE_H
#define LZ_TPMCORE_H

#include <linux/tpm.h>

struct tpm_chip *tpm_chip_alloc(struct device *pdev, const struct tpm_class_ops *ops);
int tpm_chip_register(struct tpm_chip *chip);

#endif /* LZ_TPMCORE_H */
