/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - what has to be known of a machine's architecture.
 *
 * This is all that the core, savecore and the readers of dumps know of one.
 * A new architecture is a struct ld_arch in a file of its own, declared at the
 * end of this file and listed in arch.c. What the module needs of the kernel's
 * own code for it is in module/arch.h.
 *
 * The files here are compiled for all hosts, as the core is: see port/port.h.
 * Only 64-bit little-endian architectures can be described.
 */
#ifndef LIVEDUMP_ARCH_H
#define LIVEDUMP_ARCH_H

#include "port/port.h"

/* struct elf_prstatus, the description of a note NT_PRSTATUS. All in bytes. */
struct ld_arch_prstatus {
	u32 size;
	u32 pid;	/* offset of pr_pid */
	u32 reg;	/* offset of pr_reg, the registers, */
	u32 reg_size;	/* and their size */
};

struct ld_arch {
	const char *uts_machine;	/* as uname -m has it */
	u16 elf_machine;		/* e_machine in the header of an ELF file */
	unsigned int page_shift;	/* log2 of the bytes of a page */
	unsigned int phys_bits_min;	/* bits of the shortest and of the longest */
	unsigned int phys_bits_max;	/* physical address that a kernel may have */
	u64 kernel_addr_min;		/* below are user addresses and list poison */
	struct ld_arch_prstatus prstatus;
};

/* The architecture number @i, from 0 on; NULL after the last one. */
const struct ld_arch *ld_arch_at(unsigned int i);

/* The architecture of ELF files with this e_machine; NULL if it is not known. */
const struct ld_arch *ld_arch_by_elf_machine(u16 elf_machine);

/* For files that do not say what architecture they are of: what any one has. */
unsigned int ld_arch_phys_bits_max(void);
bool ld_arch_is_prstatus_size(size_t size);

/* The architectures, each in its own file. */
extern const struct ld_arch ld_arch_x86_64;

#endif
