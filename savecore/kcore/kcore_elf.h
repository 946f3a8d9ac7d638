/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_elf.h - the ELF headers of /proc/kcore: where in the file memory is.
 */
#ifndef LIVEDUMP_KCORE_ELF_H
#define LIVEDUMP_KCORE_ELF_H

#include "arch/arch.h"
#include "base/error.h"
#include "core/format/vmcoreinfo.h"
#include "port/port.h"

#define KCORE_NO_PADDR	UINT64_MAX	/* vmalloc, vmemmap, vsyscall */

/* A PT_LOAD segment. It does not wrap around, in memory or in the file. */
struct kcore_segment {
	u64 vaddr;
	u64 paddr;
	u64 size;
	u64 offset;	/* in the file, in bytes */
};

struct kcore_elf {
	struct kcore_segment *seg;	/* ascending by vaddr */
	unsigned int nr;
	const struct ld_arch *arch;
	char *vmcoreinfo;
	size_t vmcoreinfo_size;
	port_atomic64_t shift;	/* bytes that all segments have moved in the file since */
};

/*
 * Read the headers and the VMCOREINFO note from @fd. The architecture must be
 * a known one, and no segment may end beyond byte @file_size of the file. On
 * failure returns a negative errno with @err set. @name is the file's name in
 * messages.
 */
int kcore_elf_read(struct kcore_elf *elf, int fd, u64 file_size, const char *name,
		   struct error *err);
void kcore_elf_free(struct kcore_elf *elf);

/* The segment that holds @vaddr, or NULL. */
const struct kcore_segment *kcore_elf_find(const struct kcore_elf *elf, u64 vaddr);

/*
 * When memory is plugged in or out, /proc/kcore gets other headers as soon as anyone
 * opens it. If they are a page longer or shorter, all that follows moves, for files
 * that are open already, too, and what is read is what was a page away.
 *
 * So whoever reads notes elf->shift before, and asks afterwards whether it still was
 * so. Returns 0, 1 if the segments have moved since @shift was noted: what was read has
 * to be read again, or a negative errno.
 */
int kcore_elf_moved(struct kcore_elf *elf, int fd, s64 shift);

/*
 * Copy @len bytes of kernel memory at @vaddr. Returns 0 or a negative errno:
 * -EFAULT if there is no segment or no memory.
 */
int kcore_elf_vread(const struct kcore_elf *elf, int fd, u64 vaddr, void *buf, size_t len);

#endif
