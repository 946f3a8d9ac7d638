// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * x86_64.c - x86-64.
 */
#include "arch.h"

const struct ld_arch ld_arch_x86_64 = {
	.uts_machine = "x86_64",
	.elf_machine = 62,	/* EM_X86_64 */
	.page_shift = 12,
	/* MAX_PHYSMEM_BITS with 4 and with 5 levels of page tables. */
	.phys_bits_min = 46,
	.phys_bits_max = 52,
	.section_bits = 27,	/* arch/x86/include/asm/sparsemem.h; no version has another value */
	/*
	 * Start of the kernel half of the address space with 5 levels, which is
	 * the larger half.
	 */
	.kernel_addr_min = 0xff00000000000000ULL,
	/* <sys/procfs.h>; pr_reg is a struct user_regs_struct. */
	.prstatus = {
		.size = 336,
		.pid = 32,
		.reg = 112,
		.reg_size = 216,
	},
	.qemu_size = 432,	/* target/i386/arch_dump.c of QEMU */
	/* Intel SDM, volume 3, 4.5; image_base is without phys_base. */
	.paging = {
		.image_base = 0xffffffff80000000ULL,
		.levels = 4,
		.index_bits = 9,
		.large_levels = 3,
		.present = 1ULL << 0,
		.large = 1ULL << 7,
		.address = 0x000ffffffffff000ULL,
		.writable = 1ULL << 1,
		.accessed = 1ULL << 5,
		.dirty = 1ULL << 6,
		.no_exec = 1ULL << 63,
	},
};
