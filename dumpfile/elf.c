// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * elf.c - read the layout of an ELF core; core/format/format_elf.c writes it.
 *
 * Program headers are read in batches: there may be one for each run of page
 * frames. The PT_LOADs of the direct map come first, in ascending order both in
 * memory and in the file, without gaps in the file. Those of the kernel image
 * follow. They name some of the same page frames again: their data lie among those of
 * the direct map.
 *
 * If the dump has unused space for program headers some data were written early: then they
 * are in any order in the file, and between them lies what the seal counts as overwritten.
 * Data of two page frames that overlaps is found by the sum of the pages.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "arch/arch.h"
#include "core/pages/bitmap.h"
#include "dumpfile.h"

#define ELF_FLAG_INCOMPLETE	1U	/* in e_flags, as makedumpfile has it */
#define PHDR_BATCH		64U

typedef int elf_phdr_fn(void *arg, u64 index, const Elf64_Phdr *ph);

static bool elf_match(const u8 *head)
{
	return !memcmp(head, ELFMAG, SELFMAG);
}

/* Call @fn for all program headers in turn, until it returns a value other than 0. */
static int elf_each_phdr(const struct dumpfile *d, elf_phdr_fn *fn, void *arg, struct error *err)
{
	Elf64_Phdr batch[PHDR_BATCH];

	for (u64 first = 0; first < d->elf.nr_phdr; first += PHDR_BATCH) {
		u64 n = d->elf.nr_phdr - first;
		int ret = dumpfile_cancelled(&d->file);

		if (n > PHDR_BATCH)
			n = PHDR_BATCH;
		if (!ret)
			ret = dumpfile_read(&d->file, sizeof(Elf64_Ehdr) + first * sizeof(*batch),
					    batch, n * sizeof(*batch), err);
		for (u64 i = 0; i < n && !ret; i++)
			ret = fn(arg, first + i, &batch[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int elf_bad_header(const struct dumpfile *d, struct error *err)
{
	return dumpfile_bad(&d->file, err, "its ELF header is damaged");
}

static int elf_count_phdrs(struct dumpfile *d, const Elf64_Ehdr *eh, struct error *err)
{
	u64 space = d->file.size - sizeof(*eh);
	Elf64_Shdr sh;
	int ret;

	/* libkdumpfile 0.5.1 looks for names of sections, and crashes if there are none. */
	if (eh->e_shstrndx || (eh->e_phnum != PN_XNUM && (eh->e_shnum || eh->e_shoff)))
		return elf_bad_header(d, err);
	d->elf.nr_phdr = eh->e_phnum;
	d->elf.extended = eh->e_phnum == PN_XNUM;
	if (d->elf.extended) {
		if (eh->e_shentsize != sizeof(sh) || eh->e_shnum != 1)
			return elf_bad_header(d, err);
		ret = dumpfile_read(&d->file, eh->e_shoff, &sh, sizeof(sh), err);
		if (ret)
			return ret;
		d->elf.nr_phdr = sh.sh_info;
	}
	if (!d->elf.nr_phdr || d->elf.nr_phdr > space / sizeof(Elf64_Phdr))
		return dumpfile_bad(&d->file, err, "its ELF header has %" PRIu64
				    " program headers", d->elf.nr_phdr);
	d->elf.shdr_off = sizeof(*eh) + d->elf.nr_phdr * sizeof(Elf64_Phdr);
	if (d->elf.extended && eh->e_shoff != d->elf.shdr_off)
		return elf_bad_header(d, err);
	return 0;
}

/*
 * QEMU has the section headers, with their names, between the ELF header and the program
 * headers: see elf_count_phdrs() for why such a file is not read.
 */
static bool elf_is_qemu(const Elf64_Ehdr *eh)
{
	return eh->e_shnum && eh->e_shoff == sizeof(*eh) && eh->e_phoff > eh->e_shoff;
}

static int elf_check_machine(const struct dumpfile *d, u16 machine, struct error *err)
{
	static const struct {
		u16 machine;
		const char *name;
	} others[] = {
		{ EM_AARCH64, "aarch64" }, { EM_RISCV, "riscv64" }, { EM_PPC64, "ppc64le" },
	};

	if (ld_arch_by_elf_machine(machine))
		return 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i].machine == machine)
			return dumpfile_bad_machine(d, others[i].name, err);
	return dumpfile_bad(&d->file, err, "its ELF header has the unknown machine %u", machine);
}

static int elf_check_ident(const struct dumpfile *d, const Elf64_Ehdr *eh, struct error *err)
{
	bool core = eh->e_ident[EI_CLASS] == ELFCLASS64 && eh->e_ident[EI_DATA] == ELFDATA2LSB &&
		    eh->e_type == ET_CORE && eh->e_phentsize == sizeof(Elf64_Phdr);

	if (core && elf_is_qemu(eh)) {
		error_set(err, "%.150s: an ELF core with section headers, as QEMU writes, which cannot be read\nuse QEMU's kdump format (dump-guest-memory -z)",
			  d->file.name);
		return -EBADMSG;
	}
	if (!core || eh->e_phoff != sizeof(*eh) || eh->e_flags & ~ELF_FLAG_INCOMPLETE)
		return dumpfile_bad(&d->file, err, "not a dump: it is another kind of ELF file");
	return elf_check_machine(d, eh->e_machine, err);
}

static int elf_open_headers(struct dumpfile *d, struct error *err)
{
	const struct dumpfile_file *f = &d->file;
	Elf64_Phdr note;
	Elf64_Ehdr eh;
	int ret;

	ret = dumpfile_read(f, 0, &eh, sizeof(eh), err);
	if (!ret)
		ret = elf_check_ident(d, &eh, err);
	if (ret)
		return ret;
	d->incomplete = eh.e_flags & ELF_FLAG_INCOMPLETE;
	ret = elf_count_phdrs(d, &eh, err);
	if (!ret)
		ret = dumpfile_read(f, sizeof(eh), &note, sizeof(note), err);
	if (ret)
		return ret;
	if (note.p_type != PT_NOTE)
		return dumpfile_bad(f, err, "its notes are not where savecore puts them");
	d->foreign = note.p_offset < d->elf.shdr_off + sizeof(Elf64_Shdr);
	d->elf.spared = d->foreign ? 0 : note.p_offset - d->elf.shdr_off - sizeof(Elf64_Shdr);
	return dumpfile_read_meta(d, note.p_offset, note.p_filesz, note.p_offset, note.p_filesz,
				  err);
}

struct elf_pieces {
	const struct dumpfile *d;
	dumpfile_piece_fn *fn;
	void *arg;
	struct error *err;
};

static int elf_phdr_piece(void *arg, u64 index, const Elf64_Phdr *ph)
{
	struct elf_pieces *p = arg;

	if (index && ph->p_type != PT_LOAD)
		return dumpfile_bad(&p->d->file, p->err, "program header %" PRIu64 " is damaged",
				    index);
	return p->fn(p->arg, sizeof(Elf64_Ehdr) + index * sizeof(*ph), ph, sizeof(*ph));
}

static int elf_pieces(const struct dumpfile *d, dumpfile_piece_fn *fn, void *arg,
		      struct error *err)
{
	struct elf_pieces p = { .d = d, .fn = fn, .arg = arg, .err = err };
	const struct dumpfile_file *f = &d->file;
	u64 off = d->elf.shdr_off;
	Elf64_Ehdr eh;
	Elf64_Shdr sh;
	int ret;

	ret = dumpfile_read(f, 0, &eh, sizeof(eh), err);
	if (!ret)
		ret = fn(arg, 0, &eh, sizeof(eh));
	if (!ret)
		ret = elf_each_phdr(d, elf_phdr_piece, &p, err);
	if (!ret && d->elf.extended) {
		ret = dumpfile_read(f, off, &sh, sizeof(sh), err);
		if (!ret)
			ret = fn(arg, off, &sh, sizeof(sh));
	} else if (!ret) {
		ret = dumpfile_check_padding(f, off, sizeof(sh), err);
	}
	if (!ret)
		ret = dumpfile_check_padding(f, off + sizeof(sh), d->elf.spared, err);
	return ret ? ret : fn(arg, d->meta.off, d->meta.data, d->meta.size);
}

/* State of an iteration over the PT_LOADs of the direct map. */
struct elf_loads {
	const struct dumpfile *d;
	dumpfile_chunk_fn *fn;	/* or NULL */
	void *arg;
	struct error *err;
	u64 next_paddr;		/* end of the memory of the previous ones, bytes */
	u64 next_off;		/* data_off and all data so far: the next if it is in order */
	u64 data_off;		/* offset of the data of the first one in the file */
	bool image;		/* the PT_LOADs of the kernel image have begun */
	struct dumpfile_chunk c;
};

/* Call l->fn for page frames @pfn to @end - 1, chunk by chunk. */
static int elf_emit_run(struct elf_loads *l, u64 pfn, u64 end)
{
	while (pfn < end) {
		u64 first = pfn / LD_CHUNK * LD_CHUNK;
		u64 last = end < first + LD_CHUNK ? end : first + LD_CHUNK;
		int ret;

		l->c.pfn = first;
		memset(l->c.keep, 0, sizeof(l->c.keep));
		ld_bits_set(l->c.keep, pfn - first, last - first);
		ret = l->fn(l->arg, &l->c);
		if (!ret)
			ret = dumpfile_cancelled(&l->d->file);
		if (ret)
			return ret;
		l->c.rank += last - pfn;
		l->c.off += (last - pfn) << l->d->page_shift;
		pfn = last;
	}
	return 0;
}

/* Where the data begin. The first PT_LOAD tells if they are in order. */
static u64 elf_data_off(const struct dumpfile *d, const Elf64_Phdr *first)
{
	u64 mask = dumpfile_page_size(d) - 1;

	return d->elf.spared ? (d->notes.off + d->notes.size + mask) & ~mask : first->p_offset;
}

/* Whether @ph names whole page frames whose data lie between @from and @to in the file. */
static bool elf_load_is_sane(const struct dumpfile *d, const Elf64_Phdr *ph, u64 from, u64 to)
{
	u64 mask = dumpfile_page_size(d) - 1;

	return ph->p_filesz <= ph->p_memsz &&
	       !((ph->p_paddr | ph->p_filesz | ph->p_memsz) & mask) &&
	       ph->p_paddr + ph->p_memsz >= ph->p_paddr && ph->p_offset >= from &&
	       ph->p_offset <= to && ph->p_filesz <= to - ph->p_offset;
}

/* Whether the data of @ph are where they may be after those of the PT_LOADs before it. */
static bool elf_load_is_placed(const struct elf_loads *l, const Elf64_Phdr *ph)
{
	const struct dumpfile *d = l->d;
	u64 size = d->file.size;

	if (d->elf.spared)
		return elf_load_is_sane(d, ph, l->data_off, size) &&
		       !((ph->p_offset - l->data_off) & (dumpfile_page_size(d) - 1)) &&
		       (l->image || ph->p_filesz <= size - l->next_off);
	if (l->image)
		return elf_load_is_sane(d, ph, l->data_off, l->next_off);
	return elf_load_is_sane(d, ph, l->next_off, size) && ph->p_offset == l->next_off;
}

static int elf_visit_load(void *arg, u64 index, const Elf64_Phdr *ph)
{
	struct elf_loads *l = arg;
	const struct dumpfile *d = l->d;

	if (!index)
		return 0;
	if (index == 1) {
		l->data_off = elf_data_off(d, ph);
		l->next_off = l->data_off;
	} else if (ph->p_paddr < l->next_paddr) {
		l->image = true;
	}
	if (!elf_load_is_placed(l, ph))
		return dumpfile_bad(&d->file, l->err, "program header %" PRIu64 " is damaged",
				    index);
	if (l->image)
		return 0;
	l->next_paddr = ph->p_paddr + ph->p_memsz;
	l->next_off += ph->p_filesz;
	if (!l->fn)
		return 0;
	l->c.off = ph->p_offset;
	return elf_emit_run(l, ph->p_paddr >> d->page_shift,
			    (ph->p_paddr + ph->p_filesz) >> d->page_shift);
}

static int elf_chunks(const struct dumpfile *d, dumpfile_chunk_fn *fn, void *arg,
		      struct error *err)
{
	struct elf_loads l = { .d = d, .fn = fn, .arg = arg, .err = err };

	return elf_each_phdr(d, elf_visit_load, &l, err);
}

static int elf_survey(struct dumpfile *d, dumpfile_chunk_fn *fn, void *arg, struct error *err)
{
	u64 end = d->notes.off + d->notes.size;
	struct elf_loads l = { .d = d, .fn = fn, .arg = arg, .err = err };
	int ret;

	ret = elf_each_phdr(d, elf_visit_load, &l, err);
	if (ret)
		return ret;
	if (d->elf.spared != d->spared || l.data_off < end ||
	    l.data_off - end >= dumpfile_page_size(d) || l.next_off > d->file.size ||
	    d->file.size - l.next_off != d->overwritten)
		return dumpfile_bad(&d->file, err,
				    "its program headers do not cover all of the file");
	d->frames = (l.next_off - l.data_off) >> d->page_shift;
	d->runs = d->elf.nr_phdr;
	return dumpfile_check_padding(&d->file, end, l.data_off - end, err);
}

static int elf_read_phdr(const struct dumpfile *d, u64 index, Elf64_Phdr *ph, struct error *err)
{
	return dumpfile_read(&d->file, sizeof(Elf64_Ehdr) + index * sizeof(*ph), ph, sizeof(*ph),
			     err);
}

/*
 * Set *@index to the first PT_LOAD that ends after @vaddr, or to the number of program
 * headers. They are in ascending order: that of the kernel image is above the direct map.
 */
static int elf_find_load(const struct dumpfile *d, u64 vaddr, u64 *index, struct error *err)
{
	u64 low = 1, high = d->elf.nr_phdr;

	while (low < high) {
		u64 middle = low + (high - low) / 2;
		Elf64_Phdr ph;
		int ret = elf_read_phdr(d, middle, &ph, err);

		if (ret)
			return ret;
		if (ph.p_memsz && ph.p_vaddr + (ph.p_memsz - 1) >= vaddr)
			high = middle;
		else
			low = middle + 1;
	}
	*index = low;
	return 0;
}

static int elf_bitmap_word(const struct dumpfile *d, u64 pfn, u64 *word, struct error *err)
{
	unsigned int shift = d->page_shift;
	u64 index = 0, begin, end;
	Elf64_Phdr ph;
	int ret;

	*word = 0;
	/*
	 * Only what savecore has written, and nobody since, is in order. In a copy of
	 * /proc/vmcore the kernel image comes first.
	 */
	if (!d->notes.sealed || d->foreign || d->elf.nr_phdr < 2)
		return -EOPNOTSUPP;
	ret = elf_read_phdr(d, 1, &ph, err);
	if (!ret)
		ret = elf_find_load(d, ph.p_vaddr - ph.p_paddr + (pfn << shift), &index, err);
	for (; !ret && index < d->elf.nr_phdr; index++) {
		ret = elf_read_phdr(d, index, &ph, err);
		begin = ph.p_paddr >> shift;
		end = (ph.p_paddr + ph.p_filesz) >> shift;
		if (ret || begin >= pfn + 64)
			break;
		/* Page frames that are not in the file count for p_memsz only. */
		if (end > pfn)
			ld_bits_set(word, begin > pfn ? begin - pfn : 0,
				    end < pfn + 64 ? end - pfn : 64);
	}
	return ret;
}

const struct dumpfile_format dumpfile_format_elf = {
	.name = "elf",
	.match = elf_match,
	.open = elf_open_headers,
	.pieces = elf_pieces,
	.survey = elf_survey,
	.chunks = elf_chunks,
	.bitmap_word = elf_bitmap_word,
};
