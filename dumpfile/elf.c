// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_elf.c - the layout of an ELF core that is verified.
 *
 * Its program headers are read in batches: there may be as many as runs of
 * page frames. Those of the direct map come first, in ascending order both of
 * memory and of the file, without gaps in the file; those of the kernel image
 * name some of the same page frames once more and are passed over.
 */
#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/buffer/bitmap.h"
#include "savecore/verify/verify_impl.h"

#define ELF_FLAG_INCOMPLETE	1U
#define PHDR_BATCH		64U

typedef int phdr_fn(void *arg, u64 index, const Elf64_Phdr *ph);

static bool elf_match(const u8 *head)
{
	return !memcmp(head, ELFMAG, SELFMAG);
}

/* All program headers in turn; @take may end it with other than 0. */
static int each_phdr(const struct verify *v, phdr_fn *take, void *arg)
{
	Elf64_Phdr batch[PHDR_BATCH];

	for (u64 first = 0; first < v->elf.nr_phdr; first += PHDR_BATCH) {
		u64 n = v->elf.nr_phdr - first;
		int ret = verify_cancelled(v);

		if (n > PHDR_BATCH)
			n = PHDR_BATCH;
		if (!ret)
			ret = verify_read(v, sizeof(Elf64_Ehdr) + first * sizeof(*batch), batch,
					  n * sizeof(*batch));
		for (u64 i = 0; i < n && !ret; i++)
			ret = take(arg, first + i, &batch[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int count_phdrs(struct verify *v, const Elf64_Ehdr *eh)
{
	u64 room = v->size - sizeof(*eh);
	Elf64_Shdr sh;
	int ret;

	/* libkdumpfile 0.5.1 looks for names of sections, and crashes if there are none. */
	if (eh->e_shstrndx || (eh->e_phnum != PN_XNUM && (eh->e_shnum || eh->e_shoff)))
		return verify_bad(v, "its ELF header is damaged");
	v->elf.nr_phdr = eh->e_phnum;
	v->elf.extended = eh->e_phnum == PN_XNUM;
	if (v->elf.extended) {
		if (eh->e_shentsize != sizeof(sh) || eh->e_shnum != 1)
			return verify_bad(v, "its ELF header is damaged");
		ret = verify_read(v, eh->e_shoff, &sh, sizeof(sh));
		if (ret)
			return ret;
		v->elf.nr_phdr = sh.sh_info;
	}
	if (!v->elf.nr_phdr || v->elf.nr_phdr > room / sizeof(Elf64_Phdr))
		return verify_bad(v, "its ELF header has %" PRIu64 " program headers",
				  v->elf.nr_phdr);
	v->elf.shdr_off = sizeof(*eh) + v->elf.nr_phdr * sizeof(Elf64_Phdr);
	if (v->elf.extended && eh->e_shoff != v->elf.shdr_off)
		return verify_bad(v, "its ELF header is damaged");
	return 0;
}

static int elf_open(struct verify *v)
{
	Elf64_Phdr note;
	Elf64_Ehdr eh;
	int ret;

	ret = verify_read(v, 0, &eh, sizeof(eh));
	if (ret)
		return ret;
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB ||
	    eh.e_type != ET_CORE)
		return verify_bad(v, "not a dump: another kind of ELF file");
	if (eh.e_phoff != sizeof(eh) || eh.e_phentsize != sizeof(Elf64_Phdr) ||
	    eh.e_flags & ~ELF_FLAG_INCOMPLETE) {
		error_set(v->err, "%.150s: has no checksums: only dumps of savecore's can be verified",
			  v->name);
		return -EBADMSG;
	}
	v->report->incomplete = eh.e_flags & ELF_FLAG_INCOMPLETE;
	ret = count_phdrs(v, &eh);
	if (!ret)
		ret = verify_read(v, sizeof(eh), &note, sizeof(note));
	if (ret)
		return ret;
	if (note.p_type != PT_NOTE)
		return verify_bad(v, "its notes are not where savecore puts them");
	return verify_read_meta(v, note.p_offset, note.p_filesz, note.p_offset, note.p_filesz);
}

struct phdr_sum {
	struct verify *v;
	struct ld_seal *sum;
};

static int sum_phdr(void *arg, u64 index, const Elf64_Phdr *ph)
{
	struct phdr_sum *s = arg;

	ld_seal_meta(s->sum, sizeof(Elf64_Ehdr) + index * sizeof(*ph), ph, sizeof(*ph));
	if (index && ph->p_type != PT_LOAD)
		return verify_bad(s->v, "program header %" PRIu64 " is damaged", index);
	return 0;
}

static int elf_sum_meta(struct verify *v, struct ld_seal *sum)
{
	struct phdr_sum s = { v, sum };
	Elf64_Ehdr eh;
	Elf64_Shdr sh;
	int ret;

	ret = verify_read(v, 0, &eh, sizeof(eh));
	if (ret)
		return ret;
	ld_seal_meta(sum, 0, &eh, sizeof(eh));
	ret = each_phdr(v, sum_phdr, &s);
	if (ret)
		return ret;
	if (!v->elf.extended)
		return verify_padding(v, v->elf.shdr_off, sizeof(sh));
	ret = verify_read(v, v->elf.shdr_off, &sh, sizeof(sh));
	if (!ret)
		ld_seal_meta(sum, v->elf.shdr_off, &sh, sizeof(sh));
	return ret;
}

struct loads {
	const struct verify *v;
	u64 next_paddr;
	u64 next_off;		/* in the file; 0: at the first */
	u64 data_off;
	bool image;		/* the kernel image's have begun */
	int (*take)(void *arg, const struct verify_chunk *c);
	void *arg;
	struct verify_chunk c;
};

/* Hand on page frames @pfn .. @end - 1, in chunks. */
static int take_run(struct loads *l, u64 pfn, u64 end)
{
	while (pfn < end) {
		u64 first = pfn / LD_CHUNK * LD_CHUNK;
		u64 last = end < first + LD_CHUNK ? end : first + LD_CHUNK;
		int ret;

		l->c.pfn = first;
		memset(l->c.keep, 0, sizeof(l->c.keep));
		ld_bits_set(l->c.keep, pfn - first, last - first);
		ret = l->take(l->arg, &l->c);
		if (!ret)
			ret = verify_cancelled(l->v);
		if (ret)
			return ret;
		l->c.rank += last - pfn;
		pfn = last;
	}
	return 0;
}

static int take_load(void *arg, u64 index, const Elf64_Phdr *ph)
{
	struct loads *l = arg;
	const struct verify *v = l->v;
	u64 mask = v->page - 1;

	if (!index)
		return 0;
	if (index > 1 && ph->p_paddr < l->next_paddr)
		l->image = true;
	if (l->image)
		return 0;
	if (index == 1) {
		l->data_off = ph->p_offset;
		l->next_off = ph->p_offset;
	}
	if (ph->p_filesz > ph->p_memsz || (ph->p_paddr | ph->p_filesz | ph->p_memsz) & mask ||
	    ph->p_paddr + ph->p_memsz < ph->p_paddr || ph->p_offset != l->next_off ||
	    ph->p_offset > v->size || ph->p_filesz > v->size - ph->p_offset)
		return verify_bad(v, "program header %" PRIu64 " is damaged", index);
	l->next_paddr = ph->p_paddr + ph->p_memsz;
	l->next_off += ph->p_filesz;
	if (!l->take)
		return 0;
	return take_run(l, ph->p_paddr >> v->page_shift,
			(ph->p_paddr + ph->p_filesz) >> v->page_shift);
}

static int elf_chunks(const struct verify *v,
		      int (*take)(void *arg, const struct verify_chunk *c), void *arg)
{
	struct loads l = { .v = v, .take = take, .arg = arg };

	return each_phdr(v, take_load, &l);
}

/* There is no bitmap; what is between the headers and the data is looked at. */
static int elf_sum_keep(struct verify *v, u64 *sum)
{
	u64 end = v->notes_off + v->notes_size;
	struct loads l = { .v = v };
	int ret;

	(void)sum;
	ret = verify_notes(v);
	if (!ret)
		ret = each_phdr(v, take_load, &l);
	if (ret)
		return ret;
	if (v->notes_off != v->elf.shdr_off + sizeof(Elf64_Shdr) || l.data_off < end ||
	    l.data_off - end >= v->page || l.next_off != v->size)
		return verify_bad(v, "its program headers do not cover all of the file");
	return verify_padding(v, end, l.data_off - end);
}

const struct verify_format verify_format_elf = {
	.name = "elf",
	.match = elf_match,
	.open = elf_open,
	.sum_meta = elf_sum_meta,
	.sum_keep = elf_sum_keep,
	.chunks = elf_chunks,
};
