/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - what the module asks of the kernel's architecture.
 *
 * One of module/arch_*.c has it; Kbuild chooses which. The numbers that are
 * the same for all hosts are in arch/.
 */
#ifndef LIVEDUMP_MODULE_ARCH_H
#define LIVEDUMP_MODULE_ARCH_H

#include <linux/mm_types.h>
#include <linux/ptrace.h>

#include "core/source.h"

/*
 * Whether livedump_arch_copy_mc() survives a page that is not mapped, and one
 * with a memory error that nobody has met yet, on this processor. May be called
 * at any time; the answer stays the same.
 */
bool livedump_arch_survives_mc(void);

/*
 * Copy a page. Called only if the above is true, also with interrupts disabled.
 * False if the page could not be read.
 */
bool livedump_arch_copy_mc(void *to, const void *from);

/*
 * Set *@regs, which is zero, to the registers as they will be when a function
 * has returned to @caller. @frame is its __builtin_frame_address(0), @caller
 * its __builtin_return_address(0). Returns how many bytes from the beginning
 * of *@regs are laid out as pr_reg of struct elf_prstatus.
 */
size_t livedump_arch_registers(struct pt_regs *regs, const unsigned long *frame, void *caller);

/* The page frame that holds @page itself, an element of vmemmap. */
unsigned long livedump_arch_vmemmap_pfn(const struct page *page);

/*
 * Set phys_base of @sys and, if it is found, where the kernel image is:
 * kernel_vaddr, kernel_paddr and kernel_size. @stext is the address of _stext.
 */
void livedump_arch_locate_kernel(struct ld_system *sys, u64 stext);

#endif
