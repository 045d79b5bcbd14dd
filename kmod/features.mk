# SPDX-License-Identifier: GPL-2.0-only
#
# What this kernel has, by its headers: version numbers do not tell, because
# distributions carry changes back.  All of it is here, and nothing else is.

lz-has = $(if $(shell grep -s $(1) $(srctree)/include/linux/$(2)),y)

lz-features-$(if $(wildcard $(srctree)/include/linux/hex.h),y) += HEX_H
# send() is told how large the buffer is.
lz-features-$(call lz-has,'send.*size_t bufsiz',tpm.h) += TPM_SEND_SIZED
lz-features-$(call lz-has,TPM_CHIP_FLAG_HWRNG_DISABLED,tpm.h) += TPM_HWRNG_DISABLED
# A direct call is registered by a struct ftrace_ops, where older kernels took the address.
lz-features-$(call lz-has,'register_ftrace_direct.struct ftrace_ops',ftrace.h) += FTRACE_DIRECT_BY_OPS
# scripts/integrate-kernel was here.
lz-features-$(if $(CONFIG_IMA_MEASUREMENT_NOTIFIER),y) += IMA_NOTIFIER

# A direct call needs assembly, and a kernel that has them.
ifeq ($(CONFIG_X86_64)$(CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)$(CONFIG_KPROBES),yyy)
lz-features-y += FTRACE_DIRECT
endif
ifeq ($(CONFIG_DYNAMIC_FTRACE)$(CONFIG_KPROBES),yy)
lz-features-y += HOOKS
endif

ccflags-y += $(addprefix -DLZ_,$(lz-features-y))
