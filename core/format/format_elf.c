// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * format_elf.c - an ELF core file: one PT_NOTE, a PT_LOAD for each run of page
 * frames in the dump whose data follow each other in the file (elf_places.h), and the
 * data.
 *
 * The PT_LOAD of a run also covers, in memory but not in the file, the dropped
 * page frames after the run: p_filesz < p_memsz. The kernel image is mapped a
 * second time, at the virtual addresses where the kernel runs, as in
 * /proc/vmcore: gdb needs that. A page of zeros is a hole in the file.
 *
 * If page frames are written early there is space for more program headers than are used
 * in the end, and all are written last. What is left of it lies between them and the notes.
 */
#include "elf_head.h"

static void elf_close(void *state)
{
	struct elf *e = state;

	elf_places_close(&e->places);
	if (e->blank)
		port_free(e->blank, e->page);
	port_free(e, sizeof(*e));
}

static u64 elf_overhead(const struct ld_layout *layout, size_t zero, u64 *holes)
{
	struct elf e = { .l = *layout, .page = ld_page_size(layout->source) };

	(void)zero;
	*holes = 0;
	/* A dump with too many program headers is as good as too long. */
	return elf_place_parts(&e) ? 1ULL << 62 : e.places.data_off;
}

/*
 * All that is known already. The registers in the notes are of the pause. Until all data has
 * its place there are no program headers.
 */
static int elf_write_headers(struct elf *e)
{
	int err;

	if (e->l.early) {
		e->nr_phdr = 0;
		return 0;
	}
	err = elf_write_phdrs(e);
	return err ? err : elf_write_notes(e);
}

static int elf_alloc(struct elf *e)
{
	e->blank = port_alloc(e->page);
	return e->blank ? elf_places_open(&e->places, &e->l) : -ENOMEM;
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
	err = elf_alloc(e);
	if (!err)
		err = elf_place_parts(e);
	if (!err)
		err = elf_write_headers(e);
	if (err)
		goto err_close;
	/* The length is known now. Fail before any page is written, not after some. */
	if (layout->max_bytes && !layout->early &&
	    elf_places_end(&e->places) > layout->max_bytes) {
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

/* Write the content of page frames @frames of a chunk, whose data follow each other. */
static int elf_write_frames(struct elf *e, const struct ld_chunk *c, const u64 *frames, u64 off,
			    u64 *bytes)
{
	for (u64 i = 0; (i = ld_bit_next(frames, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		const u8 *page = c->page[i];
		size_t len = e->page;
		u64 next;
		int err;

		if (!page) {
			off += e->page;
			continue;
		}
		/* Pages that follow each other in the dump often do so in memory, too. */
		while ((next = ld_bit_next(frames, i + 1, LD_CHUNK, true)) < LD_CHUNK &&
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

static int elf_write_early(void *state, unsigned int worker, const struct ld_chunk *c,
			   struct ld_early_page *page, u64 *bytes)
{
	struct elf *e = state;
	u64 nr = ld_weight(c->keep, LD_CHUNK_WORDS);
	u64 place = elf_places_take(&e->places, nr);

	(void)worker;
	for (u64 n = 0; n < nr; n++)
		page[n].place = place + n * e->page;
	return elf_write_frames(e, c, c->keep, place, bytes);
}

/* Write again what has another content than was written early, and overwrite what has none. */
static int elf_write_again(struct elf *e, const struct ld_chunk *c,
			   const struct ld_early_chunk *early, u64 *bytes)
{
	for (u64 i = 0; (i = ld_bit_next(early->has, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		bool kept = ld_bit(c->keep, i), blank = ld_bit(early->zero, i);
		const void *page = kept ? c->page[i] : NULL;
		int err;

		if (!kept)
			port_atomic64_add(&e->overwritten, (s64)e->page);
		else if (ld_early_has_content(early, i))
			continue;
		if (!page && blank)
			continue;
		err = elf_write(e, ld_early_page(e->l.early, early, i)->place,
				page ? page : e->blank, e->page);
		if (err)
			return err;
		*bytes += page ? e->page : 0;
	}
	return 0;
}

static int elf_write_rest(struct elf *e, const struct ld_chunk *c, u64 *bytes)
{
	const struct ld_early_chunk *early = ld_early_chunk(e->l.early, c->pfn / LD_CHUNK);
	u64 others[LD_CHUNK_WORDS], nr, place;
	int err;

	err = elf_write_again(e, c, early, bytes);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		others[i] = c->keep[i] & ~early->has[i];
	nr = ld_weight(others, LD_CHUNK_WORDS);
	if (!nr)
		return 0;
	place = elf_places_take(&e->places, nr);
	elf_places_set_others(&e->places, c->pfn / LD_CHUNK, place);
	return elf_write_frames(e, c, others, place, bytes);
}

static int elf_write_chunk(void *state, unsigned int worker, const struct ld_chunk *c, u64 *bytes)
{
	struct elf *e = state;

	(void)worker;
	if (e->l.early)
		return elf_write_rest(e, c, bytes);
	return elf_write_frames(e, c, c->keep, e->places.data_off + c->rank * e->page, bytes);
}

static int elf_settle(void *state, u64 kept)
{
	struct elf *e = state;
	int err;

	e->l.kept = kept;
	err = elf_check_phdrs(e);
	return err ? err : elf_write_notes(e);
}

/*
 * A full disk may have taken some of the page frames, and cut one of them. Those
 * beyond are tried, too: what a full disk takes need not be in order. There is none with
 * early, as such a dump is not kept.
 */
static int elf_erase_chunk(void *state, unsigned int worker, const struct ld_chunk *c)
{
	struct elf *e = state;
	u64 off = e->places.data_off + c->rank * e->page;
	int err = 0;

	(void)worker;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (c->page[i])
			err = elf_write(e, off, e->blank, e->page);
		if (err && !ld_sink_is_full(err))
			return err;
		err = 0;
		off += e->page;
	}
	return err;
}

static int elf_finish(void *state, bool incomplete, u64 *size)
{
	struct elf *e = state;
	struct ld_seal *seal = e->l.seal;
	u64 off = e->notes_off + e->l.source->system.seal_off;
	int err = 0;

	if (e->l.early)
		err = elf_write_phdrs(e);
	if (err)
		return err;
	*size = elf_places_end(&e->places);
	seal->file_bytes = *size;
	seal->spared = elf_spared(e);
	seal->overwritten = (u64)port_atomic64_read(&e->overwritten);
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
	.put_early = elf_write_early,
	.settle = elf_settle,
	.put = elf_write_chunk,
	.erase = elf_erase_chunk,
	.finish = elf_finish,
	.close = elf_close,
};
