// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * system.c - what a dump says of the kernel that runs: names, notes, where
 * its image is.
 */
#include <linux/cpumask.h>
#include <linux/elf.h>
#include <linux/io.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>

#include "core/format/notes.h"
#include "core/format/vmcoreinfo.h"
#include "module/compat/compat.h"
#include "livedump.h"

#define NOTE_NAME	"VMCOREINFO"

/* The VMCOREINFO note as the kernel keeps it for kdump; nothing is changed. */
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

#ifdef CONFIG_X86_64
/*
 * The end of the image is no symbol a module can have; but nothing else is
 * mapped up to the end of the room for it.
 */
static void locate(struct ld_system *sys, const struct vmcoreinfo *vi)
{
	u64 stext, start, end = 0;
	u64 word;

	sys->phys_base = phys_base;
	sys->page_offset = PAGE_OFFSET;
	if (!vmcoreinfo_hex(vi, "SYMBOL(_stext)", &stext) || stext < __START_KERNEL_map)
		return;
	start = round_down(stext, PMD_SIZE);
	for (u64 at = start; at < __START_KERNEL_map + KERNEL_IMAGE_SIZE; at += PMD_SIZE)
		if (!copy_from_kernel_nofault(&word, (const void *)(unsigned long)at, sizeof(word)))
			end = at + PMD_SIZE;
	if (!end)
		return;
	sys->kernel_vaddr = start;
	sys->kernel_paddr = start - __START_KERNEL_map + phys_base;
	sys->kernel_size = end - start;
}
#else
static void locate(struct ld_system *sys, const struct vmcoreinfo *vi)
{
	sys->page_offset = PAGE_OFFSET;
}
#endif

int livedump_system_get(struct ld_system *sys, void **notes, bool frozen)
{
	struct vmcoreinfo vi;
	int err;

	err = system_find_vmcoreinfo(&vi);
	if (err)
		return err;
	memset(sys, 0, sizeof(*sys));
	memcpy(sys->uts, init_utsname(), sizeof(sys->uts));
	sys->arch = ld_arch_by_elf_machine(ELF_ARCH);
	if (!sys->arch)
		return -EOPNOTSUPP;
	locate(sys, &vi);

	/* CPUs may come and go: the notes are of those that were there now. */
	sys->nr_cpus = num_online_cpus();
	*notes = kvzalloc(ld_notes_size(sys->arch, sys->nr_cpus, vi.size),
			  GFP_KERNEL | __GFP_NOWARN);
	if (!*notes)
		return -ENOMEM;
	ld_notes_build(sys, *notes, vi.text, vi.size, frozen);
	return 0;
}
