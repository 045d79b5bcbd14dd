/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stands between the call site in integrity_audit_msg() and its body.
 *
 * On entry: the registers of the call to integrity_audit_msg(); on top of the
 * stack the return into its body, below that the return to its caller.  Six
 * arguments are in registers and must survive, the seventh is on the stack
 * and is not touched.  Anything but IMA's own message goes straight back.
 *
 * No running task may lose this text: the module is never unloaded.
 */
#include <linux/linkage.h>
#include <asm/asm-offsets.h>
#include <asm/nospec-branch.h>

/* linux/audit.h; the header is not for assembly. */
#define AUDIT_INTEGRITY_PCR	1804

	.text

/* Newer kernels' SYM_FUNC_START() leaves out the ENDBR, older ones' has one: so neither. */
SYM_START(lz_hooks_trampoline, SYM_L_GLOBAL, SYM_A_ALIGN)
	ENDBR
	cmpl	$AUDIT_INTEGRITY_PCR, %edi
	jne	.Lback

	pushq	%rbp
	movq	%rsp, %rbp
#ifdef CONFIG_CALL_DEPTH_TRACKING
	CALL_DEPTH_ACCOUNT
#endif
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%r8
	pushq	%r9
	/* 16-byte alignment: one pushed address, rbp, six registers, this. */
	subq	$8, %rsp

	call	lz_doorbell_ring

	addq	$8, %rsp
	popq	%r9
	popq	%r8
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rbp
.Lback:
	RET
SYM_FUNC_END(lz_hooks_trampoline)

	.section .note.GNU-stack, "", @progbits
