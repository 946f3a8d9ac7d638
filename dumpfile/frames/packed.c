// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * packed.c - read the page frames of a kdump-compressed file by their descriptors.
 *
 * The data of neighbours mostly follow each other, so a part of the file is read at once.
 * libkdumpfile 0.5.1 reads and looks up each page by itself, which takes longer than to
 * decompress it.
 */
#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/codec/codec.h"
#include "frames.h"
#include "packed.h"

/* As much as a chunk takes if it is packed well, and a page that is not packed. */
#define PACKED_BYTES	((size_t)512 << 10)

/*
 * So much is read at least, and what lies between data may be as long: another read would
 * take longer.
 */
#define PACKED_LEAST	((size_t)4 << 10)

int packed_open(struct packed_reader *r, const struct dumpfile *d, struct error *err)
{
	*r = (struct packed_reader){
		.d = d,
		.data = malloc(PACKED_BYTES),
		.shared_page = malloc(dumpfile_page_size(d)),
		.inflate = libdeflate_alloc_decompressor(),
		.zstd = ZSTD_createDCtx(),
	};
	_Static_assert(PACKED_BYTES >= DUMPFILE_PAGE_MAX, "a page fits");
	if (!r->data || !r->shared_page || !r->inflate || !r->zstd)
		return dumpfile_no_memory(&d->file, err);
	return 0;
}

void packed_close(struct packed_reader *r)
{
	free(r->data);
	free(r->shared_page);
	libdeflate_free_decompressor(r->inflate);
	ZSTD_freeDCtx(r->zstd);
	*r = (struct packed_reader){ 0 };
}

/* Bytes from the data of @desc to that of the last before @end which lies close behind it. */
static size_t packed_span(const struct packed_reader *r, const struct kdump_desc *desc,
			  const struct kdump_desc *end)
{
	u64 shared = r->d->kdump.data_off, off = (u64)desc->offset, next = off + desc->size;

	while (off != shared && ++desc < end) {
		u64 at = (u64)desc->offset;

		/* What lies before wraps around. */
		if (at - next <= PACKED_LEAST && at + desc->size - off <= PACKED_BYTES)
			next = at + desc->size;
		else if (desc->size && at != shared)
			break;
	}
	return next - off < PACKED_LEAST ? PACKED_LEAST : (size_t)(next - off);
}

/*
 * The data of @desc, or NULL if it cannot be read; then *@ret is why. If the caller goes on
 * where the last part ends, nobody else reads what follows: it gets twice as much each time.
 */
static const u8 *packed_data(struct packed_reader *r, const struct kdump_desc *desc,
			     const struct kdump_desc *end, int *ret, struct error *err)
{
	const struct dumpfile_file *f = &r->d->file;
	u64 off = (u64)desc->offset;

	*ret = 0;
	if (off < r->off || off + desc->size > r->off + r->size) {
		u64 left = f->size - off;
		bool follows = r->size && off >= r->off && off <= r->off + r->size;
		size_t size = packed_span(r, desc, end), ahead = follows ? 2 * r->size : 0;

		if (size < ahead && ahead <= PACKED_BYTES)
			size = ahead;
		if (size > left)
			size = left;
		r->size = 0;
		*ret = dumpfile_read(f, off, r->data, size, err);
		if (*ret)
			return NULL;
		r->off = off;
		r->size = size;
	}
	return r->data + (off - r->off);
}

/* Returns whether exactly a page comes out of all of the @size bytes at @data. */
static bool packed_unpack(const struct packed_reader *r, const struct kdump_desc *desc,
			  const u8 *data, void *page)
{
	size_t size = dumpfile_page_size(r->d), used, got;
	lzo_uint len = size;

	switch (desc->flags) {
	case 0:
		memcpy(page, data, desc->size);
		return desc->size == size;
	case KDUMP_COMPRESSED_ZLIB:
		return libdeflate_zlib_decompress_ex(r->inflate, data, desc->size, page, size,
						     &used, &got) == LIBDEFLATE_SUCCESS &&
		       used == desc->size && got == size;
	case KDUMP_COMPRESSED_ZSTD:
		return ZSTD_decompressDCtx(r->zstd, page, size, data, desc->size) == size;
	case KDUMP_COMPRESSED_LZO:
		return lzo1x_decompress_safe(data, desc->size, page, &len, NULL) == LZO_E_OK &&
		       len == size;
	default:
		return false;
	}
}

int packed_read(struct packed_reader *r, u64 pfn, const struct kdump_desc *desc,
		const struct kdump_desc *end, void *page, struct error *err)
{
	bool may_be_shared = (u64)desc->offset == r->d->kdump.data_off;
	const u8 *data;
	int ret;

	if (may_be_shared && r->shared.size && !memcmp(desc, &r->shared, sizeof(*desc))) {
		memcpy(page, r->shared_page, dumpfile_page_size(r->d));
		return 0;
	}
	data = packed_data(r, desc, end, &ret, err);
	if (!data)
		return ret;
	if (!packed_unpack(r, desc, data, page))
		return frame_bad(r->d, pfn, "its data is damaged", err);
	if (may_be_shared) {
		r->shared = *desc;
		memcpy(r->shared_page, page, dumpfile_page_size(r->d));
	}
	return 0;
}
