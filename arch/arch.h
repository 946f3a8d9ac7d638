/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - the description of a CPU architecture.
 *
 * The core, savecore and the readers of dumps know an architecture only by its
 * struct ld_arch. To add an architecture, define a struct ld_arch in a file of
 * its own, declare it at the end of this file and list it in arch.c.
 * module/source/arch.h has what the module needs of the kernel for an architecture.
 *
 * These files are compiled for all hosts, like the core: see port/port.h. Only
 * 64-bit little-endian architectures can be described.
 */
#ifndef LIVEDUMP_ARCH_H
#define LIVEDUMP_ARCH_H

#include "port/port.h"

/* struct elf_prstatus, the description of an NT_PRSTATUS note. All values are in bytes. */
struct ld_arch_prstatus {
	u32 size;
	u32 pid;	/* offset of pr_pid */
	u32 reg;	/* offset of pr_reg, the registers */
	u32 reg_size;	/* size of pr_reg */
};

/* The page tables of the kernel. An entry is 8 bytes, a table one page. */
struct ld_arch_paging {
	u64 image_base;		/* virtual address of the kernel image minus its physical one */
	unsigned int levels;	/* at least; one more if the kernel says so */
	unsigned int index_bits;	/* log2 of the entries of a table */
	unsigned int large_levels;	/* up to this level an entry may map a large page */
	u64 present;		/* bits of an entry */
	u64 large;
	u64 address;
	u64 writable;
	u64 accessed;
	u64 dirty;
	u64 no_exec;
};

struct ld_arch {
	const char *uts_machine;	/* as in the output of uname -m */
	u16 elf_machine;		/* e_machine in the header of an ELF file */
	unsigned int page_shift;	/* log2 of the bytes of a page */
	unsigned int phys_bits_min;	/* minimum bits of a physical address */
	unsigned int phys_bits_max;	/* maximum bits of a physical address */
	unsigned int section_bits;	/* log2 of a memory section, SECTION_SIZE_BITS */
	u64 kernel_addr_min;		/* lower addresses are user addresses or list poison */
	struct ld_arch_prstatus prstatus;
	u32 qemu_size;			/* bytes of QEMU's struct QEMUCPUState */
	struct ld_arch_paging paging;
};

/* The architecture with index @i, or NULL after the last one. */
const struct ld_arch *ld_arch_at(unsigned int i);

/* The architecture with this e_machine in ELF files, or NULL if it is not supported. */
const struct ld_arch *ld_arch_by_elf_machine(u16 elf_machine);

/*
 * For files that do not name their architecture: the maximum phys_bits_max of
 * all architectures, and whether any architecture has a struct elf_prstatus of
 * @size bytes.
 */
unsigned int ld_arch_phys_bits_max(void);
bool ld_arch_is_prstatus_size(size_t size);

/* The architectures, each in its own file. */
extern const struct ld_arch ld_arch_x86_64;

#endif
