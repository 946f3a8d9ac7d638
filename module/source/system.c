// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * system.c - what a dump says about the running kernel: its names, its notes,
 * and where its image is.
 */
#include <linux/cpumask.h>
#include <linux/elf.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/utsname.h>

#include "arch.h"
#include "core/format/notes.h"
#include "core/format/vmcoreinfo.h"
#include "module/compat/compat.h"
#include "module/limits/cgroup.h"
#include "system.h"
#include "unaccepted.h"

#define NOTE_NAME	"VMCOREINFO"

/*
 * Copy the VMCOREINFO note that the kernel has for kdump to @note, of
 * VMCOREINFO_NOTE_SIZE bytes. Its address is meant for kexec: it is not certain
 * that the kernel has memory there.
 */
static int system_copy_note(void *note)
{
	phys_addr_t paddr = paddr_vmcoreinfo_note();

	if (!paddr || !pfn_valid(PHYS_PFN(paddr)) ||
	    !pfn_valid(PHYS_PFN(paddr + VMCOREINFO_NOTE_SIZE - 1)) ||
	    copy_from_kernel_nofault(note, __va(paddr), VMCOREINFO_NOTE_SIZE))
		return -EOPNOTSUPP;
	return 0;
}

/* Find the text of VMCOREINFO. @note, of VMCOREINFO_NOTE_SIZE bytes, will hold it. */
static int system_find_vmcoreinfo(struct vmcoreinfo *vi, struct elf64_note *note)
{
	size_t head = sizeof(*note) + ALIGN(sizeof(NOTE_NAME), 4);

	if (system_copy_note(note) ||
	    note->n_namesz != sizeof(NOTE_NAME) || memcmp(note + 1, NOTE_NAME, sizeof(NOTE_NAME)) ||
	    !note->n_descsz || note->n_descsz > VMCOREINFO_NOTE_SIZE - head)
		return -EOPNOTSUPP;
	vi->text = (const char *)note + head;
	vi->size = strnlen(vi->text, note->n_descsz);
	return 0;
}

int livedump_system_check(const char **why)
{
	struct elf64_note *note;
	struct vmcoreinfo vi;
	int err;

	*why = livedump_arch_find_obstacle();
	if (*why)
		return -EOPNOTSUPP;
	err = livedump_unaccepted_check(why);
	if (err)
		return err;
	note = kvmalloc(VMCOREINFO_NOTE_SIZE, LIVEDUMP_GFP);
	if (!note)
		return -ENOMEM;
	err = system_find_vmcoreinfo(&vi, note);
	kvfree(note);
	if (err)
		*why = "the kernel has no VMCOREINFO, which programs need to read a dump";
	return err;
}

static int system_fill(struct ld_system *sys, void **notes, bool frozen,
		       const struct vmcoreinfo *vi)
{
	u64 stext;

	memset(sys, 0, sizeof(*sys));
	memcpy(sys->uts, init_utsname(), sizeof(sys->uts));
	sys->arch = ld_arch_by_elf_machine(ELF_ARCH);
	if (!sys->arch)
		return -EOPNOTSUPP;
	sys->page_offset = PAGE_OFFSET;
	if (!vmcoreinfo_hex(vi, "SYMBOL(_stext)", &stext))
		stext = 0;
	livedump_arch_locate_kernel(sys, stext);

	/* Processors may come and go later. The notes are for those that are present now. */
	sys->nr_cpus = num_online_cpus();
	sys->cpus_end = cpumask_last(cpu_present_mask) + 1;
	*notes = kvzalloc(ld_notes_size(sys, vi->size), LIVEDUMP_GFP);
	if (!*notes)
		return -ENOMEM;
	ld_notes_build(sys, *notes, vi->text, vi->size, frozen);
	return 0;
}

int livedump_system_get(struct ld_system *sys, void **notes, bool frozen)
{
	struct elf64_note *note = kvmalloc(VMCOREINFO_NOTE_SIZE, LIVEDUMP_GFP);
	struct vmcoreinfo vi;
	int err;

	if (!note)
		return -ENOMEM;
	err = system_find_vmcoreinfo(&vi, note);
	if (!err)
		err = system_fill(sys, notes, frozen, &vi);
	kvfree(note);
	return err;
}
