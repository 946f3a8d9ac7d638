// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * format_kdump.c - the kdump-compressed format: a bitmap of the page frames
 * in the dump, a descriptor for each, and their data, compressed page by page.
 *
 *   block 0    header
 *   block 1..  sub-header, then the ELF notes
 *              bitmap 1, page frames that are RAM
 *              bitmap 2, page frames in the dump
 *              descriptors, in the order of bitmap 2
 *              data, in any order
 *
 * A block is a page. Readers need only the descriptors in order. So a worker
 * reserves space for the data of a chunk with one atomic addition, and writes
 * data and descriptors without waiting for other workers.
 */
#include "format.h"
#include "kdump.h"
#include "kdump_head.h"

struct kdump_worker {
	void *codec;
	u8 *data;			/* compressed pages of one chunk */
	struct kdump_desc *desc;	/* descriptors of the chunk */
};

struct kdump {
	struct ld_layout l;
	size_t block;
	size_t data_cap;	/* bytes of kdump_worker.data */
	u64 desc_off;
	struct kdump_desc zero;	/* descriptor that all pages of zeros share */
	u8 *blank;		/* a block of zeros, with early */
	u64 descs;		/* number of descriptors that there is space for */
	port_atomic64_t overwritten;	/* bytes of data that were written early in vain */
	port_atomic64_t data_end;	/* of what is reserved */
	port_atomic64_t written_end;	/* of what is written */
	unsigned int opened;	/* number of workers whose codec is open */
	struct kdump_worker *workers;
};

static int kdump_write(struct kdump *k, u64 off, const void *buf, size_t len)
{
	return k->l.sink->ops->write(k->l.sink, off, buf, len);
}

/* The bitmaps are not written where there is no RAM. */
static u64 kdump_overhead(const struct ld_layout *layout, size_t zero, u64 *holes)
{
	u64 bitmap = kdump_bitmap_blocks(layout->source) * ld_page_size(layout->source);
	u64 ram = ld_map_bytes(layout->keep->groups);

	*holes = ram < bitmap ? 2 * (bitmap - ram) : 0;
	return kdump_desc_off(layout->source) + layout->kept * sizeof(struct kdump_desc) + zero;
}

static int kdump_write_bitmaps(struct kdump *k)
{
	int err;

	err = kdump_write_ram_bitmap(&k->l);
	if (err || !k->l.keep || k->l.early)
		return err;
	return kdump_write_keep_bitmap(&k->l);
}

/*
 * Compress one page to @to, which has LD_CODEC_CAP() bytes. Returns the size of
 * the data.
 */
static size_t kdump_pack_page(struct kdump *k, struct kdump_worker *w, const void *page, u8 *to,
			      struct kdump_desc *desc)
{
	const struct ld_codec_ops *codec = k->l.codec;
	size_t n = codec->compress(w->codec, page, k->block, to, LD_CODEC_CAP(k->block));

	desc->flags = codec->flag;
	if (!n || n >= k->block) {
		memcpy(to, page, k->block);
		desc->flags = 0;
		n = k->block;
	}
	desc->size = (u32)n;
	return n;
}

/* Write the data that all pages of zeros share. It is compressed like any other page. */
static int kdump_write_zero_page(struct kdump *k)
{
	size_t cap = k->block + LD_CODEC_CAP(k->block);
	u8 *page = port_alloc(cap);
	int err;

	if (!page)
		return -ENOMEM;
	k->zero.offset = (s64)(k->desc_off + k->descs * sizeof(struct kdump_desc));
	port_atomic64_set(&k->data_end, k->zero.offset);
	port_atomic64_add(&k->data_end,
			  (s64)kdump_pack_page(k, &k->workers[0], page, page + k->block,
					       &k->zero));
	err = kdump_write(k, (u64)k->zero.offset, page + k->block, k->zero.size);
	port_atomic64_set(&k->written_end, port_atomic64_read(&k->data_end));
	port_free(page, cap);
	return err;
}

static void kdump_close(void *state)
{
	struct kdump *k = state;

	for (unsigned int i = 0; k->workers && i < k->l.workers; i++) {
		if (i < k->opened)
			k->l.codec->close(k->workers[i].codec);
		port_free(k->workers[i].data, k->data_cap);
		port_free(k->workers[i].desc, LD_CHUNK * sizeof(struct kdump_desc));
	}
	port_free(k->workers, k->l.workers * sizeof(*k->workers));
	if (k->blank)
		port_free(k->blank, k->block);
	port_free(k, sizeof(*k));
}

static int kdump_alloc_workers(struct kdump *k)
{
	if (k->l.early) {
		k->blank = port_alloc(k->block);
		if (!k->blank)
			return -ENOMEM;
	}
	/* Without a codec pages are written from their place in memory. */
	k->data_cap = k->l.codec->flag ? LD_CHUNK * k->block + LD_CODEC_CAP(k->block) : 0;
	k->workers = port_alloc(k->l.workers * sizeof(*k->workers));
	if (!k->workers)
		return -ENOMEM;
	for (unsigned int i = 0; i < k->l.workers; i++) {
		struct kdump_worker *w = &k->workers[i];
		int err;

		if (k->data_cap)
			w->data = port_alloc(k->data_cap);
		w->desc = port_alloc(LD_CHUNK * sizeof(*w->desc));
		if ((k->data_cap && !w->data) || !w->desc)
			return -ENOMEM;
		err = k->l.codec->open(&w->codec, k->l.codec_level, k->block);
		if (err)
			return err;
		k->opened++;
	}
	return 0;
}

static int kdump_open(void **state, const struct ld_layout *layout)
{
	const struct ld_source *src = layout->source;
	struct kdump *k;
	int err;

	k = port_alloc(sizeof(*k));
	if (!k)
		return -ENOMEM;
	k->l = *layout;
	k->block = ld_page_size(src);
	k->desc_off = kdump_desc_off(src);
	k->descs = layout->kept + layout->spare;

	err = kdump_alloc_workers(k);
	if (err)
		goto err_close;
	/* Until the dump is finished, its header says that it is incomplete. */
	if (layout->sink->ops->rewrites) {
		err = kdump_write_header(&k->l, true, false);
		if (err)
			goto err_close;
	}
	/* The notes have the registers in the pause, which is to come with early. */
	if (!layout->early)
		err = kdump_write_sub_header(&k->l);
	if (err)
		goto err_close;
	err = kdump_write_bitmaps(k);
	if (err)
		goto err_close;
	err = kdump_write_zero_page(k);
	if (err)
		goto err_close;
	*state = k;
	return 0;

err_close:
	kdump_close(k);
	return err;
}

/*
 * The place of data that is written early is a descriptor in one word: 46 bits of
 * offset, which are 64 TB, 17 of size, and whether it is compressed.
 */
#define PLACE_SIZE_SHIFT	1U
#define PLACE_OFFSET_SHIFT	18U
#define PLACE_OFFSET_END	((s64)1 << (64 - PLACE_OFFSET_SHIFT))
#define PLACE_SIZE_MASK		0x1ffffU

static u64 kdump_pack_place(const struct kdump_desc *desc)
{
	return (u64)desc->offset << PLACE_OFFSET_SHIFT | (u64)desc->size << PLACE_SIZE_SHIFT |
	       !!desc->flags;
}

static void kdump_unpack_place(const struct kdump *k, u64 place, struct kdump_desc *desc)
{
	*desc = (struct kdump_desc){
		.offset = (s64)(place >> PLACE_OFFSET_SHIFT),
		.size = (u32)(place >> PLACE_SIZE_SHIFT & PLACE_SIZE_MASK),
		.flags = place & 1 ? k->l.codec->flag : 0,
	};
}

/*
 * Fill in the descriptors of a chunk and compress its pages. Offsets count from
 * the first byte of data of the chunk. Pages of zeros have no data of their
 * own.
 */
static int kdump_describe_chunk(struct kdump *k, struct kdump_worker *w,
				const struct ld_chunk *c, const struct ld_early_chunk *early,
				unsigned int *nr, size_t *used)
{
	bool packs = k->l.codec->flag;

	*nr = 0;
	*used = 0;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		struct kdump_desc *desc = &w->desc[(*nr)++];
		const void *page = c->page[i];
		int err;

		if (ld_early_has_data(early, i)) {
			kdump_unpack_place(k, ld_early_page(k->l.early, early, i)->place, desc);
			continue;
		}
		if (!page) {
			*desc = k->zero;
			desc->offset = -1;	/* set with the other offsets */
			continue;
		}
		desc->page_flags = 0;
		desc->flags = 0;
		desc->size = (u32)k->block;
		desc->offset = (s64)*used;
		if (!packs) {
			*used += k->block;
			continue;
		}
		/* Compressing a chunk takes long. A cancelled dump must end earlier. */
		err = ld_control_cancelled(k->l.control);
		if (err)
			return err;
		*used += kdump_pack_page(k, w, page, w->data + *used, desc);
		port_relax();
	}
	return 0;
}

/* Write uncompressed pages. Pages that are adjacent in memory are written at once. */
static int kdump_write_raw(struct kdump *k, const struct ld_chunk *c, u64 off)
{
	const u8 *from = NULL;
	size_t len = 0;
	int err;

	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		const u8 *page = c->page[i];

		if (page && len && page != from + len) {
			err = kdump_write(k, off, from, len);
			if (err)
				return err;
			off += len;
			len = 0;
		}
		if (!page)
			continue;
		if (!len)
			from = page;
		len += k->block;
	}
	return len ? kdump_write(k, off, from, len) : 0;
}

static void kdump_raise_written_end(struct kdump *k, s64 end)
{
	s64 old = port_atomic64_read(&k->written_end);

	while (old < end && !port_atomic64_cas(&k->written_end, old, end))
		old = port_atomic64_read(&k->written_end);
}

/* Write the data of a chunk, which has @used bytes, and move its descriptors there. */
static int kdump_write_data(struct kdump *k, struct kdump_worker *w, const struct ld_chunk *c,
			    const struct ld_early_chunk *early, unsigned int nr, size_t used)
{
	s64 off = port_atomic64_add(&k->data_end, (s64)used);
	u64 i = 0;
	int err = 0;

	for (unsigned int n = 0; n < nr; n++, i++) {
		i = ld_bit_next(c->keep, i, LD_CHUNK, true);
		if (ld_early_has_data(early, i))
			continue;
		if (w->desc[n].offset < 0)
			w->desc[n].offset = k->zero.offset;
		else
			w->desc[n].offset += off;
	}
	if (used && k->l.codec->flag)
		err = kdump_write(k, (u64)off, w->data, used);
	else if (used)
		err = kdump_write_raw(k, c, (u64)off);
	if (!err)
		kdump_raise_written_end(k, off + (s64)used);
	return err;
}

static int kdump_write_early(void *state, unsigned int worker, const struct ld_chunk *c,
			     struct ld_early_page *page, u64 *bytes)
{
	struct kdump *k = state;
	struct kdump_worker *w = &k->workers[worker];
	unsigned int nr;
	size_t used;
	int err;

	err = kdump_describe_chunk(k, w, c, NULL, &nr, &used);
	if (!err)
		err = kdump_write_data(k, w, c, NULL, nr, used);
	if (!err && port_atomic64_read(&k->data_end) > PLACE_OFFSET_END)
		err = -EFBIG;
	if (err)
		return err;
	for (unsigned int n = 0; n < nr; n++)
		page[n].place = kdump_pack_place(&w->desc[n]);
	*bytes += used;
	return 0;
}

/* Overwrite what the file has of the chunk and is not in the dump. */
static int kdump_wipe_early(struct kdump *k, const struct ld_early_chunk *early)
{
	for (u64 i = 0; (i = ld_bit_next(early->has, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		struct kdump_desc desc;
		int err;

		if (ld_bit(early->zero, i) || ld_bit(early->valid, i))
			continue;
		kdump_unpack_place(k, ld_early_page(k->l.early, early, i)->place, &desc);
		err = kdump_write(k, (u64)desc.offset, k->blank, desc.size);
		if (err)
			return err;
		port_atomic64_add(&k->overwritten, desc.size);
	}
	return 0;
}

static int kdump_settle(void *state, u64 kept)
{
	struct kdump *k = state;
	int err;

	if (kept > k->descs)
		return -EOVERFLOW;
	k->l.kept = kept;
	err = kdump_write_sub_header(&k->l);
	return err ? err : kdump_write_keep_bitmap(&k->l);
}

static int kdump_write_chunk(void *state, unsigned int worker, const struct ld_chunk *c, u64 *bytes)
{
	struct kdump *k = state;
	struct kdump_worker *w = &k->workers[worker];
	const struct ld_early_chunk *early = NULL;
	unsigned int nr;
	size_t used;
	int err = 0;

	if (k->l.early) {
		early = ld_early_chunk(k->l.early, c->pfn / LD_CHUNK);
		err = kdump_wipe_early(k, early);
	}
	if (!err)
		err = kdump_describe_chunk(k, w, c, early, &nr, &used);
	if (err || !nr)
		return err;
	err = kdump_write_data(k, w, c, early, nr, used);
	if (err)
		return err;
	*bytes += used;
	return kdump_write(k, k->desc_off + c->rank * sizeof(*w->desc), w->desc,
			   nr * sizeof(*w->desc));
}

/*
 * A full disk may have taken some of the descriptors, and cut one of them. Without
 * descriptors the data is not found.
 */
static int kdump_erase_chunk(void *state, unsigned int worker, const struct ld_chunk *c)
{
	struct kdump *k = state;
	struct kdump_worker *w = &k->workers[worker];
	size_t len = ld_weight(c->keep, LD_CHUNK_WORDS) * sizeof(*w->desc);
	int err;

	memset(w->desc, 0, len);
	err = kdump_write(k, k->desc_off + c->rank * sizeof(*w->desc), w->desc, len);
	return ld_sink_is_full(err) ? 0 : err;
}

static int kdump_finish(void *state, bool incomplete, u64 *size)
{
	struct kdump *k = state;

	struct ld_seal *seal = k->l.seal;
	u64 off = kdump_notes_off(k->l.source) + k->l.source->system.seal_off;
	int err;

	*size = (u64)port_atomic64_read(&k->data_end);
	/*
	 * After max_bytes there is only space that was reserved and could not be used,
	 * and some of that may be beyond a limit of the file system or the process,
	 * too. A stream cannot take back what it has there.
	 */
	if (k->l.max_bytes && *size > k->l.max_bytes)
		*size = k->l.max_bytes;
	else if (k->l.sink->ops->rewrites)
		*size = (u64)port_atomic64_read(&k->written_end);
	seal->file_bytes = *size;
	seal->spared = (k->descs - k->l.kept) * sizeof(struct kdump_desc);
	seal->overwritten = (u64)port_atomic64_read(&k->overwritten);
	err = kdump_write_header(&k->l, incomplete, true);
	if (err)
		return err;
	ld_seal_close(seal, off);
	return kdump_write(k, off, seal, sizeof(*seal));
}

const struct ld_format_ops ld_format_kdump = {
	.name = "kdump",
	.abi = LIVEDUMP_FORMAT_KDUMP,
	.compresses = true,
	.keep_off = kdump_keep_off,
	.overhead = kdump_overhead,
	.open = kdump_open,
	.put_early = kdump_write_early,
	.settle = kdump_settle,
	.put = kdump_write_chunk,
	.erase = kdump_erase_chunk,
	.finish = kdump_finish,
	.close = kdump_close,
};
