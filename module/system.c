// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * system.c - what a dump says about the running kernel: its names, its notes,
 * and where its image is.
 */
#include <linux/cpumask.h>
#include <linux/elf.h>
#include <linux/io.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/utsname.h>

#include "core/format/notes.h"
#include "core/format/vmcoreinfo.h"
#include "module/compat/compat.h"
#include "arch.h"
#include "system.h"

#define NOTE_NAME	"VMCOREINFO"

/* Find the VMCOREINFO note that the kernel has for kdump. It is only read. */
static int system_find_vmcoreinfo(struct vmcoreinfo *vi)
{
	phys_addr_t paddr = paddr_vmcoreinfo_note();
	const struct elf64_note *note;
	size_t head = sizeof(*note) + ALIGN(sizeof(NOTE_NAME), 4);

	if (!paddr)
		return -EOPNOTSUPP;
	note = phys_to_virt(paddr);
	if (note->n_namesz != sizeof(NOTE_NAME) || memcmp(note + 1, NOTE_NAME, sizeof(NOTE_NAME)) ||
	    !note->n_descsz || note->n_descsz > VMCOREINFO_NOTE_SIZE - head)
		return -EOPNOTSUPP;
	vi->text = (const char *)note + head;
	vi->size = strnlen(vi->text, note->n_descsz);
	return 0;
}

int livedump_system_get(struct ld_system *sys, void **notes, bool frozen)
{
	struct vmcoreinfo vi;
	u64 stext;
	int err;

	err = system_find_vmcoreinfo(&vi);
	if (err)
		return err;
	memset(sys, 0, sizeof(*sys));
	memcpy(sys->uts, init_utsname(), sizeof(sys->uts));
	sys->arch = ld_arch_by_elf_machine(ELF_ARCH);
	if (!sys->arch)
		return -EOPNOTSUPP;
	sys->page_offset = PAGE_OFFSET;
	if (!vmcoreinfo_hex(&vi, "SYMBOL(_stext)", &stext))
		stext = 0;
	livedump_arch_locate_kernel(sys, stext);

	/* Processors may come and go later. The notes are for those that are online now. */
	sys->nr_cpus = num_online_cpus();
	*notes = kvzalloc(ld_notes_size(sys->arch, sys->nr_cpus, vi.size),
			  GFP_KERNEL | __GFP_NOWARN);
	if (!*notes)
		return -ENOMEM;
	ld_notes_build(sys, *notes, vi.text, vi.size, frozen);
	return 0;
}
