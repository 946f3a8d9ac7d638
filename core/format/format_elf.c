// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * format_elf.c - an ELF core file: one PT_NOTE, a PT_LOAD for each run of page
 * frames in the dump, and the page frames one after the other.
 *
 * The PT_LOAD of a run also covers, in memory but not in the file, the dropped
 * page frames after the run: p_filesz < p_memsz. The kernel image is mapped a
 * second time, at the virtual addresses where the kernel runs, as in
 * /proc/vmcore: gdb needs that. A page of zeros is a hole in the file.
 */
#include "core/pages/groups.h"
#include "format.h"

#include <linux/elf.h>

/* makedumpfile sets this flag in e_flags of a dump that was cut short. */
#define ELF_FLAG_INCOMPLETE	1U

/* This value in e_phnum means: the number is in sh_info of section 0 (ELF gABI). */
#define ELF_PN_XNUM		0xffffU

#define PHDR_BATCH		256U

struct elf {
	struct ld_layout l;
	size_t page;
	u64 nr_phdr;
	u64 notes_off;
	u64 data_off;		/* file offset of the first page frame */
};

/* Counts program headers, or writes them in batches. */
struct phdr_writer {
	struct elf *e;
	bool count_only;
	u64 nr;			/* program headers so far */
	unsigned int batched;
	Elf64_Phdr *batch;
	u64 rank;		/* number of kept page frames before the next run */
};

static int elf_write(struct elf *e, u64 off, const void *buf, size_t len)
{
	return e->l.sink->ops->write(e->l.sink, off, buf, len);
}

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

static int elf_add_load(struct phdr_writer *pw, u64 vaddr, u64 pfn, u64 kept, u64 frames,
			u64 rank)
{
	unsigned int shift = pw->e->l.source->page_shift;
	Elf64_Phdr ph = {
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = pw->e->data_off + (rank << shift),
		.p_vaddr = vaddr,
		.p_paddr = pfn << shift,
		.p_filesz = kept << shift,
		.p_memsz = frames << shift,
	};

	return elf_add_phdr(pw, &ph);
}

/*
 * Add a PT_LOAD for the part of a run that lies in the kernel image. The run
 * has @frames page frames. The first @kept of them are in the dump.
 */
static int elf_add_image_load(struct phdr_writer *pw, u64 pfn, u64 kept, u64 frames, u64 rank)
{
	const struct ld_source *src = pw->e->l.source;
	const struct ld_system *sys = &src->system;
	u64 first = sys->kernel_paddr >> src->page_shift;
	u64 last = (sys->kernel_paddr + sys->kernel_size) >> src->page_shift;
	u64 skip = pfn < first ? first - pfn : 0;
	u64 end = pfn + frames < last ? pfn + frames : last;

	if (pfn + skip >= end)
		return 0;
	frames = end - pfn - skip;
	rank += skip < kept ? skip : kept;
	kept = skip < kept ? kept - skip : 0;
	if (kept > frames)
		kept = frames;
	return elf_add_load(pw, sys->kernel_vaddr + ((pfn + skip - first) << src->page_shift),
			    pfn + skip, kept, frames, rank);
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
			u64 vaddr = src->system.page_offset + (pfn << src->page_shift);

			if (image)
				err = elf_add_image_load(pw, pfn, dropped - pfn, next - pfn, rank);
			else
				err = elf_add_load(pw, vaddr, pfn, dropped - pfn, next - pfn, rank);
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

/* @seal: the header is final, so add it to the checksum in the seal. */
static int elf_write_ehdr(struct elf *e, bool incomplete, bool seal)
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

static u64 elf_bytes(const struct elf *e)
{
	return e->data_off + e->l.kept * e->page;
}

static void elf_close(void *state)
{
	struct elf *e = state;

	port_free(e, sizeof(*e));
}

/* Count the program headers, and compute the offsets of all parts. */
static int elf_place_parts(struct elf *e)
{
	struct phdr_writer pw = { .e = e, .count_only = true };
	int err;

	err = elf_add_phdrs(&pw);
	if (err)
		return err;
	/* sh_info has 32 bits. Every other page frame of 32 TB would be a run. */
	if (pw.nr > 0xffffffffU)
		return -EOVERFLOW;
	e->nr_phdr = pw.nr;
	e->notes_off = sizeof(Elf64_Ehdr) + e->nr_phdr * sizeof(Elf64_Phdr) + sizeof(Elf64_Shdr);
	e->data_off = (e->notes_off + e->l.source->system.notes_size + e->page - 1) /
		      e->page * e->page;
	return 0;
}

static u64 elf_overhead(const struct ld_layout *layout, size_t zero, u64 *holes)
{
	struct elf e = { .l = *layout, .page = ld_page_size(layout->source) };

	(void)zero;
	*holes = 0;
	/* A dump with too many program headers is as good as too long. */
	return elf_place_parts(&e) ? 1ULL << 62 : e.data_off;
}

static int elf_write_headers(struct elf *e)
{
	const struct ld_system *sys = &e->l.source->system;
	struct phdr_writer pw = { .e = e };
	int err;

	err = elf_place_parts(e);
	if (err)
		return err;
	pw.batch = port_alloc(PHDR_BATCH * sizeof(*pw.batch));
	if (!pw.batch)
		return -ENOMEM;
	err = elf_add_phdrs(&pw);
	port_free(pw.batch, PHDR_BATCH * sizeof(*pw.batch));
	if (err)
		return err;
	ld_seal_meta(e->l.seal, e->notes_off, sys->notes, sys->notes_size);
	return elf_write(e, e->notes_off, sys->notes, sys->notes_size);
}

static int elf_open(void **state, const struct ld_layout *layout)
{
	struct elf *e;
	int err;

	e = port_alloc(sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->l = *layout;
	e->page = ld_page_size(layout->source);
	err = elf_write_headers(e);
	if (err)
		goto err_close;
	/* The length is known now. Fail before any page is written, not after some. */
	if (layout->max_bytes && elf_bytes(e) > layout->max_bytes) {
		err = -EFBIG;
		goto err_close;
	}
	if (layout->sink->ops->rewrites) {
		err = elf_write_ehdr(e, true, false);
		if (err)
			goto err_close;
	}
	*state = e;
	return 0;

err_close:
	elf_close(e);
	return err;
}

static int elf_write_chunk(void *state, unsigned int worker, const struct ld_chunk *c, u64 *bytes)
{
	struct elf *e = state;
	u64 off = e->data_off + c->rank * e->page;

	(void)worker;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		const u8 *page = c->page[i];
		size_t len = e->page;
		u64 next;
		int err;

		if (!page) {
			off += e->page;
			continue;
		}
		/* Pages that follow each other in the dump often do so in memory, too. */
		while ((next = ld_bit_next(c->keep, i + 1, LD_CHUNK, true)) < LD_CHUNK &&
		       c->page[next] == page + len) {
			len += e->page;
			i = next;
		}
		err = elf_write(e, off, page, len);
		if (err)
			return err;
		off += len;
		*bytes += len;
	}
	return 0;
}

/*
 * A full disk may have taken some of the page frames, and cut one of them. Those
 * beyond are tried, too: what a full disk takes need not be in order.
 */
static int elf_erase_chunk(void *state, unsigned int worker, const struct ld_chunk *c)
{
	struct elf *e = state;
	u64 off = e->data_off + c->rank * e->page;
	u8 *zeros = port_alloc(e->page);
	int err = 0;

	(void)worker;
	if (!zeros)
		return -ENOMEM;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (c->page[i])
			err = elf_write(e, off, zeros, e->page);
		if (err && !ld_sink_is_full(err))
			break;
		err = 0;
		off += e->page;
	}
	port_free(zeros, e->page);
	return err;
}

static int elf_finish(void *state, bool incomplete, u64 *size)
{
	struct elf *e = state;

	struct ld_seal *seal = e->l.seal;
	u64 off = e->notes_off + e->l.source->system.seal_off;
	int err;

	*size = elf_bytes(e);
	seal->file_bytes = *size;
	err = elf_write_ehdr(e, incomplete, true);
	if (err)
		return err;
	ld_seal_close(seal, off);
	return elf_write(e, off, seal, sizeof(*seal));
}

const struct ld_format_ops ld_format_elf = {
	.name = "elf",
	.abi = LIVEDUMP_FORMAT_ELF,
	.holes = true,
	.overhead = elf_overhead,
	.open = elf_open,
	.put = elf_write_chunk,
	.erase = elf_erase_chunk,
	.finish = elf_finish,
	.close = elf_close,
};
