// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * elf_head.c - what comes before the data in an ELF core.
 */
#include "core/pages/groups.h"
#include "elf_head.h"

#include <linux/elf.h>

/* makedumpfile sets this flag in e_flags of a dump that was cut short. */
#define ELF_FLAG_INCOMPLETE	1U

/* This value in e_phnum means: the number is in sh_info of section 0 (ELF gABI). */
#define ELF_PN_XNUM		0xffffU

#define PHDR_BATCH		256U

/*
 * A page frame that comes to the dump when others are written already has its data apart
 * from those around it: there are two runs more, and as many more in the kernel image if it
 * is there. One that leaves parts a run.
 */
#define PHDRS_PER_SPARE		4U

/* Counts program headers, or writes them in batches. */
struct phdr_writer {
	struct elf *e;
	bool count_only;
	bool most;		/* count as many as there may be when all data is written */
	u64 nr;			/* program headers so far */
	unsigned int batched;
	Elf64_Phdr *batch;
};

/* A run of page frames, and those after it that are not in the dump. */
struct elf_run {
	u64 pfn;
	u64 kept;		/* page frames in the dump */
	u64 frames;		/* all of them */
	u64 place;		/* byte offset of the data in the file */
};

static int elf_flush_phdrs(struct phdr_writer *pw)
{
	u64 first = pw->nr - pw->batched;
	int err;

	if (!pw->batched)
		return 0;
	err = elf_write(pw->e, sizeof(Elf64_Ehdr) + first * sizeof(Elf64_Phdr),
			pw->batch, pw->batched * sizeof(Elf64_Phdr));
	pw->batched = 0;
	return err;
}

static int elf_add_phdr(struct phdr_writer *pw, const Elf64_Phdr *ph)
{
	u64 off = sizeof(Elf64_Ehdr) + pw->nr++ * sizeof(*ph);

	if (pw->count_only)
		return 0;
	ld_seal_meta(pw->e->l.seal, off, ph, sizeof(*ph));
	pw->batch[pw->batched++] = *ph;
	return pw->batched == PHDR_BATCH ? elf_flush_phdrs(pw) : 0;
}

static int elf_add_load(struct phdr_writer *pw, u64 vaddr, const struct elf_run *run)
{
	unsigned int shift = pw->e->l.source->page_shift;
	Elf64_Phdr ph = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = run->place,
		.p_vaddr = vaddr,
		.p_paddr = run->pfn << shift,
		.p_filesz = run->kept << shift,
		.p_memsz = run->frames << shift,
	};

	return elf_add_phdr(pw, &ph);
}

/* Add a PT_LOAD for the part of a run that lies in the kernel image. */
static int elf_add_image_load(struct phdr_writer *pw, struct elf_run run)
{
	const struct ld_source *src = pw->e->l.source;
	const struct ld_system *sys = &src->system;
	u64 first = sys->kernel_paddr >> src->page_shift;
	u64 last = (sys->kernel_paddr + sys->kernel_size) >> src->page_shift;
	u64 skip = run.pfn < first ? first - run.pfn : 0;
	u64 end = run.pfn + run.frames < last ? run.pfn + run.frames : last;

	if (run.pfn + skip >= end)
		return 0;
	run.pfn += skip;
	run.frames = end - run.pfn;
	skip = skip < run.kept ? skip : run.kept;
	run.place += skip << src->page_shift;
	run.kept -= skip;
	if (run.kept > run.frames)
		run.kept = run.frames;
	return elf_add_load(pw, sys->kernel_vaddr + ((run.pfn - first) << src->page_shift), &run);
}

/*
 * Add PT_LOADs for page frames @pfn .. @end - 1. Those before @dropped are in the dump,
 * and @rank others come before them.
 */
static int elf_add_runs(struct phdr_writer *pw, bool image, u64 pfn, u64 dropped, u64 end, u64 rank)
{
	const struct ld_source *src = pw->e->l.source;
	int err = 0;

	do {
		struct elf_run run = { .pfn = pfn };

		run.kept = elf_places_run(&pw->e->places, pfn, dropped, rank, pw->most,
					  &run.place);
		run.frames = pfn + run.kept < dropped ? run.kept : end - pfn;
		err = image ? elf_add_image_load(pw, run) :
			      elf_add_load(pw, src->system.page_offset + (pfn << src->page_shift),
					   &run);
		pfn += run.frames;
		rank += run.kept;
	} while (pfn < end && !err);
	return err;
}

/* Add all PT_LOADs: for the direct map, or for the kernel image if @image. */
static int elf_add_loads(struct phdr_writer *pw, bool image)
{
	const struct ld_source *src = pw->e->l.source;
	const struct ld_map *keep = pw->e->l.keep;
	u64 rank = 0;
	int err = 0;

	for (unsigned int r = 0; r < src->nr_ranges; r++) {
		u64 pfn = src->ranges[r].start, end = src->ranges[r].end;

		while (pfn < end && !err) {
			u64 dropped = ld_map_next(keep, pfn, end, false);
			u64 next = ld_map_next(keep, dropped, end, true);

			err = elf_add_runs(pw, image, pfn, dropped, next, rank);
			rank += dropped - pfn;
			pfn = next;
		}
	}
	return err;
}

static int elf_add_phdrs(struct phdr_writer *pw)
{
	const struct ld_system *sys = &pw->e->l.source->system;
	Elf64_Phdr note = {
		.p_type = PT_NOTE,
		.p_offset = pw->e->notes_off,
		.p_filesz = sys->notes_size,
		.p_memsz = sys->notes_size,
	};
	int err;

	err = elf_add_phdr(pw, &note);
	if (!err)
		err = elf_add_loads(pw, false);
	if (!err)
		err = elf_add_loads(pw, true);
	if (!err && !pw->count_only)
		err = elf_flush_phdrs(pw);
	return err;
}

int elf_write_ehdr(struct elf *e, bool incomplete, bool seal)
{
	bool extended = e->nr_phdr >= ELF_PN_XNUM;
	u64 shdr_off = sizeof(Elf64_Ehdr) + e->nr_phdr * sizeof(Elf64_Phdr);
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
			     ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = e->l.source->system.arch->elf_machine,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_flags = incomplete ? ELF_FLAG_INCOMPLETE : 0,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = extended ? ELF_PN_XNUM : (u16)e->nr_phdr,
	};
	int err;

	if (extended) {
		Elf64_Shdr sh = { .sh_size = 1, .sh_info = (u32)e->nr_phdr };

		eh.e_shoff = shdr_off;
		eh.e_shentsize = sizeof(sh);
		eh.e_shnum = 1;
		if (seal)
			ld_seal_meta(e->l.seal, shdr_off, &sh, sizeof(sh));
		err = elf_write(e, shdr_off, &sh, sizeof(sh));
		if (err)
			return err;
	}
	if (seal)
		ld_seal_meta(e->l.seal, 0, &eh, sizeof(eh));
	return elf_write(e, 0, &eh, sizeof(eh));
}

/* Count the program headers. With early: as many as there may be when all is written. */
static int elf_count_phdrs(struct elf *e)
{
	struct phdr_writer pw = { .e = e, .count_only = true, .most = true };
	int err;

	err = elf_add_phdrs(&pw);
	if (err)
		return err;
	/* sh_info has 32 bits. Every other page frame of 32 TB would be a run. */
	if (pw.nr > 0xffffffffU)
		return -EOVERFLOW;
	e->nr_phdr = pw.nr;
	return 0;
}

int elf_place_parts(struct elf *e)
{
	int err;

	err = elf_count_phdrs(e);
	if (err)
		return err;
	/* One of them stays unused. By this, readers see that data is not in order. */
	e->max_phdr = e->nr_phdr + (e->l.early ? 1 + e->l.spare * PHDRS_PER_SPARE : 0);
	e->notes_off = sizeof(Elf64_Ehdr) + e->max_phdr * sizeof(Elf64_Phdr) + sizeof(Elf64_Shdr);
	e->places.data_off = (e->notes_off + e->l.source->system.notes_size + e->page - 1) /
			     e->page * e->page;
	return 0;
}

int elf_check_phdrs(struct elf *e)
{
	int err = elf_count_phdrs(e);

	if (err)
		return err;
	return e->nr_phdr < e->max_phdr ? 0 : -EOVERFLOW;
}

u64 elf_spared(const struct elf *e)
{
	return (e->max_phdr - e->nr_phdr) * sizeof(Elf64_Phdr);
}

int elf_write_phdrs(struct elf *e)
{
	struct phdr_writer pw = { .e = e };
	int err;

	pw.batch = port_alloc(PHDR_BATCH * sizeof(*pw.batch));
	if (!pw.batch)
		return -ENOMEM;
	err = elf_add_phdrs(&pw);
	port_free(pw.batch, PHDR_BATCH * sizeof(*pw.batch));
	e->nr_phdr = pw.nr;
	return err;
}

int elf_write_notes(struct elf *e)
{
	const struct ld_system *sys = &e->l.source->system;

	ld_seal_meta(e->l.seal, e->notes_off, sys->notes, sys->notes_size);
	return elf_write(e, e->notes_off, sys->notes, sys->notes_size);
}
