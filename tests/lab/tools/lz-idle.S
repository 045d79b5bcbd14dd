/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole PVH guest that needs no memory to speak of and does nothing: fifty of them fit into the lab.
 * Xen enters it in protected mode, at the address in the ELF note (xen/include/public/elfnote.h).
 */
#define XEN_ELFNOTE_PHYS32_ENTRY 18

	.section .note.Xen, "a", @note
	.long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long _start

	.text
	.globl _start
_start:
	sti /* nothing ever interrupts it; with interrupts off, Xen takes «hlt» for a shutdown */
1:	hlt
	jmp 1b
