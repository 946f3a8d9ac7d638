/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - what the module needs from the kernel's architecture.
 *
 * One of module/source/arch_*.c implements it; Kbuild chooses which. The constants
 * that do not depend on the host are in arch/.
 */
#ifndef LIVEDUMP_MODULE_ARCH_H
#define LIVEDUMP_MODULE_ARCH_H

#include <linux/mm_types.h>
#include <linux/ptrace.h>

#include "core/source.h"

/* Why this system cannot be dumped, or NULL. */
const char *livedump_arch_find_obstacle(void);

/*
 * Whether livedump_arch_copy_mc() on this processor survives a page that is not
 * mapped, and one with a memory error that has not been found yet. May be called
 * at any time; the answer does not change.
 */
bool livedump_arch_survives_mc(void);

/*
 * Copy a page. False if the page could not be read. May be called with
 * interrupts disabled, and only if livedump_arch_survives_mc() is true.
 */
bool livedump_arch_copy_mc(void *to, const void *from);

/*
 * Set *@regs, which the caller has zeroed, to the registers as they are after a
 * function has returned to @caller. @frame is the function's
 * __builtin_frame_address(0), @caller its __builtin_return_address(0). Returns
 * how many bytes of *@regs, from its beginning, have the layout of pr_reg in
 * struct elf_prstatus.
 */
size_t livedump_arch_registers(struct pt_regs *regs, const unsigned long *frame, void *caller);

/* The page frame that holds @page itself, an element of vmemmap. */
unsigned long livedump_arch_vmemmap_pfn(const struct page *page);

/*
 * Set phys_base of @sys and, if the kernel image is found, kernel_vaddr,
 * kernel_paddr and kernel_size. @stext is the address of _stext, or 0.
 */
void livedump_arch_locate_kernel(struct ld_system *sys, u64 stext);

#endif
