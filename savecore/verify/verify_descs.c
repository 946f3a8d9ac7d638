// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_descs.c - check the page descriptors of a kdump-compressed file. Data of
 * two pages that overlaps is found by the sum of the pages.
 */
#include <errno.h>
#include <inttypes.h>

#include "core/pages/bitmap.h"
#include "dumpfile/frames/frames.h"
#include "port/zero.h"
#include "verify_descs.h"

/* Returns what is wrong with a descriptor, or NULL. */
static const char *desc_check(const struct dumpfile *d, const struct kdump_desc *desc,
			      struct desc_sums *sums)
{
	u64 off = (u64)desc->offset, size = d->file.size;
	size_t page = dumpfile_page_size(d);

	if (desc->page_flags || (desc->flags && desc->flags != d->kdump.codec_flag) ||
	    !desc->size || desc->size > page || (!desc->flags && desc->size != page))
		return "its descriptor is damaged";
	if (off < d->kdump.data_off || off > size || desc->size > size - off)
		return "its data is outside of the file";
	/* The page of zeros, which many descriptors share, comes first in the data. */
	if (off == d->kdump.data_off) {
		if (sums->zero_size && sums->zero_size != desc->size)
			return "its descriptor is damaged";
		sums->zero_size = desc->size;
		return NULL;
	}
	sums->packed += desc->size;
	if (off < sums->first)
		sums->first = off;
	return NULL;
}

int descs_check_chunk(const struct dumpfile *d, struct dumpfile_chunk *c, struct kdump_desc *buf,
		      struct desc_sums *sums, u64 *bad_pfn, struct error *err)
{
	unsigned int nr = ld_weight(c->keep, LD_CHUNK_WORDS);
	const struct kdump_desc *desc = buf;
	int ret;

	ret = dumpfile_read(&d->file, d->kdump.desc_off + c->rank * sizeof(*buf), buf,
			    nr * sizeof(*buf), err);
	if (ret)
		return ret;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++, desc++) {
		const char *why;

		if (d->incomplete && ld_is_zero(desc, sizeof(*desc))) {
			ld_bit_clear(c->keep, i);
			continue;
		}
		why = desc_check(d, desc, sums);
		if (why) {
			*bad_pfn = c->pfn + i;
			return frame_bad(d, *bad_pfn, why, err);
		}
	}
	return 0;
}

void descs_add(struct desc_sums *all, const struct desc_sums *some)
{
	all->packed += some->packed;
	if (some->first < all->first)
		all->first = some->first;
	/* If they disagree, the sum of all sizes is wrong. */
	if (some->zero_size > all->zero_size)
		all->zero_size = some->zero_size;
}

int descs_check_cover(const struct dumpfile *d, const struct desc_sums *all, u64 overwritten,
		      struct error *err)
{
	u64 size = d->file.size;
	u64 first = all->first < size ? all->first : size;
	/* Not used: behind the first data that is used, and between it and the page of zeros. */
	u64 behind = size - first - all->packed;
	u64 before = first - d->kdump.data_off - all->zero_size;

	/* An incomplete dump may have reserved space that was not written. */
	if (d->incomplete)
		return 0;
	/* If nothing leads to the page of zeros its size is not known. */
	if (all->zero_size ? behind + before != overwritten : behind > overwritten)
		return dumpfile_bad(&d->file, err,
				    "its page descriptors do not cover all of the file");
	return 0;
}
