/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec_load(2) starts a kernel that IMA does not measure: it would find the
 * TPM as this one left it, and could speak for this guest.
 */
#ifndef LZ_KEXEC_H
#define LZ_KEXEC_H

/**
 * lz_kexec_refuse() - let no other kernel be loaded until the next boot
 *
 * Unless kexec=1 says otherwise.  Process context, as root.
 */
void lz_kexec_refuse(void);

/**
 * lz_kexec_going_down() - the guest goes down
 * @cmd:	what the kernel's reboot notifiers are told
 *
 * If it is for another kernel, which may have been loaded before us, PCR 10
 * says so for good.
 */
void lz_kexec_going_down(const char *cmd);

#endif /* LZ_KEXEC_H */
