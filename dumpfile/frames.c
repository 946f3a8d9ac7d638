// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * frames.c - read page frames with libkdumpfile.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "core/pages/bitmap.h"
#include "frames.h"

/* Pages in libkdumpfile's cache. A few are enough: most pages are read only once. */
#define CACHE_PAGES	16U

u64 frame_reader_bytes(const struct dumpfile *d)
{
	return d->format->bitmap_word ? d->kdump.bitmap_blocks << d->page_shift : 0;
}

int frame_reader_open(struct frame_reader *r, const struct dumpfile *d, struct error *err)
{
	kdump_status st;

	r->d = d;
	r->spoilt = false;
	r->word_pfn = UINT64_MAX;
	r->ctx = kdump_new();
	if (!r->ctx)
		return dumpfile_no_memory(&d->file, err);
	/* If a mapped file became shorter, to read its end would raise SIGBUS. */
	st = kdump_set_number_attr(r->ctx, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (st == KDUMP_OK)
		st = kdump_set_number_attr(r->ctx, "cache.size", CACHE_PAGES);
	if (st == KDUMP_OK)
		st = kdump_open_fd(r->ctx, d->file.fd);
	if (st == KDUMP_OK)
		return 0;
	dumpfile_bad(&d->file, err, "libkdumpfile cannot open it: %.150s",
		     kdump_get_err(r->ctx));
	frame_reader_close(r);
	return -EBADMSG;
}

void frame_reader_close(struct frame_reader *r)
{
	if (r->ctx)
		kdump_free(r->ctx);
	r->ctx = NULL;
}

int frame_bad(const struct dumpfile *d, u64 pfn, const char *why, struct error *err)
{
	return dumpfile_bad(&d->file, err, "page frame %" PRIu64 " cannot be read: %s", pfn, why);
}

/* Whether the bitmap of the dump, if it has one, lacks the page frame at @addr. */
static bool frame_reader_lacks(struct frame_reader *r, kdump_addrspace_t as, u64 addr)
{
	u64 pfn = addr >> r->d->page_shift, first = pfn & ~63ULL;
	struct error ignored = { 0 };

	if (!r->d->format->bitmap_word || (as != KDUMP_MACHPHYSADDR && as != KDUMP_KPHYSADDR))
		return false;
	if (r->word_pfn != first) {
		/* libkdumpfile reports the error. */
		if (r->d->format->bitmap_word(r->d, first, &r->word, &ignored))
			return false;
		r->word_pfn = first;
	}
	return !ld_bit(&r->word, pfn & 63);
}

static const char *frame_reader_set_why(struct frame_reader *r, const char *why)
{
	snprintf(r->why, sizeof(r->why), "%.159s", why ? why : "no reason given");
	return r->why;
}

/*
 * A page that cannot be read damages the page cache of libkdumpfile 0.5.1 once that
 * is full: a page that has left the cache and is read again is then written to an
 * invalid address. So libkdumpfile is not asked for page frames that are not in the
 * dump, which may be many, and its context is replaced after any other error.
 */
const char *frame_reader_copy(struct frame_reader *r, kdump_addrspace_t as, u64 addr, void *buf,
			      size_t len)
{
	struct error ignored = { 0 };

	if (r->spoilt) {
		frame_reader_close(r);
		frame_reader_open(r, r->d, &ignored);
	}
	if (!r->ctx)
		return frame_reader_set_why(r, "libkdumpfile cannot open the dump again");
	if (frame_reader_lacks(r, as, addr))
		return frame_reader_set_why(r, "Excluded page");
	if (kdump_read(r->ctx, as, addr, buf, &len) == KDUMP_OK)
		return NULL;
	r->spoilt = true;
	return frame_reader_set_why(r, kdump_get_err(r->ctx));
}

int frame_reader_read(struct frame_reader *r, u64 pfn, void *page, struct error *err)
{
	const char *why = frame_reader_copy(r, KDUMP_MACHPHYSADDR, pfn << r->d->page_shift, page,
					    dumpfile_page_size(r->d));

	return why ? frame_bad(r->d, pfn, why, err) : 0;
}
