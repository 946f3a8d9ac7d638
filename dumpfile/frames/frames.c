// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * frames.c - read page frames with libkdumpfile.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/numbers.h"
#include "core/pages/bitmap.h"
#include "frames.h"

/* Pages in libkdumpfile's cache. A few are enough: most pages are read only once. */
#define CACHE_PAGES	16U

/*
 * libkdumpfile 0.5.1 has for each program header three entries of 40 bytes and one of
 * the file, for each block of bitmap 2 an entry of its cache while it reads that, and
 * for each run of page frames a region.
 */
#define PHDR_BYTES	256U
#define BLOCK_BYTES	64U
#define RUN_BYTES	32U

u64 frame_reader_bytes(const struct dumpfile *d)
{
	if (!d->format->descriptors)
		return d->elf.nr_phdr * PHDR_BYTES;
	return (d->kdump.bitmap_blocks << d->page_shift) + d->kdump.bitmap_blocks * BLOCK_BYTES +
	       d->runs * RUN_BYTES;
}

int frame_reader_check_memory(const struct dumpfile *d, u64 memory, const char *todo,
			      struct error *err)
{
	u64 bytes = frame_reader_bytes(d);
	char needed[32];

	if (bytes <= memory)
		return 0;
	number_format_size(needed, sizeof(needed), bytes);
	error_set(err, "%.150s: libkdumpfile would need %s of memory to find its page frames, more than half of what is available\n%s it on another machine",
		  d->file.name, needed, todo);
	return -ENOMEM;
}

/*
 * libkdumpfile calls a page corrupt, too, when its decompressor had no memory: only
 * malloc() itself tells.
 */
int frame_errno(kdump_status status, int errnum)
{
	switch (status) {
	case KDUMP_OK:
		return 0;
	case KDUMP_ERR_SYSTEM:
		/* File systems report damage of their own as EBADMSG. */
		return errnum && errnum != EBADMSG ? -errnum : -EIO;
	case KDUMP_ERR_NOTIMPL:
		return -EOPNOTSUPP;
	case KDUMP_ERR_BUSY:
		return -ENOMEM;
	default:
		return errnum == ENOMEM ? -ENOMEM : -EBADMSG;
	}
}

int frame_fail(const struct dumpfile *d, int ret, const char *why, struct error *err)
{
	if (ret == -EBADMSG)
		return dumpfile_bad(&d->file, err, "%s", why);
	if (ret == -ENOMEM)
		return dumpfile_no_memory(&d->file, err);
	error_set(err, "%.150s: %.200s: %s\nsee the kernel log", d->file.name, why,
		  ret == -EOPNOTSUPP ? "libkdumpfile lacks it" : strerror(-ret));
	return ret;
}

int frame_reader_open(struct frame_reader *r, const struct dumpfile *d, struct error *err)
{
	kdump_status st;
	char why[200];
	int ret;

	r->d = d;
	r->spoilt = false;
	r->word_pfn = UINT64_MAX;
	r->ctx = kdump_new();
	if (!r->ctx)
		return dumpfile_no_memory(&d->file, err);
	errno = 0;
	/* If a mapped file became shorter, to read its end would raise SIGBUS. */
	st = kdump_set_number_attr(r->ctx, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (st == KDUMP_OK)
		st = kdump_set_number_attr(r->ctx, "cache.size", CACHE_PAGES);
	if (st == KDUMP_OK)
		st = kdump_open_fd(r->ctx, d->file.fd);
	if (st == KDUMP_OK)
		return 0;
	/* What it does not know of headers that savecore has written is damage. */
	ret = st == KDUMP_ERR_NOTIMPL ? -EBADMSG : frame_errno(st, errno);
	snprintf(why, sizeof(why), "libkdumpfile cannot open it: %.150s", kdump_get_err(r->ctx));
	/*
	 * libkdumpfile 0.5.1 crashes when it frees what memory or a read was lacking to
	 * open. Its context is lost then; whoever reads the dump gives up.
	 */
	if (ret == -EBADMSG)
		frame_reader_close(r);
	r->ctx = NULL;
	return frame_fail(d, ret, why, err);
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

/* Whether it is known that the dump lacks the page frame at @addr. */
static bool frame_reader_lacks(struct frame_reader *r, kdump_addrspace_t as, u64 addr)
{
	u64 pfn = addr >> r->d->page_shift, first = pfn & ~63ULL;
	struct error ignored = { 0 };

	if (as != KDUMP_MACHPHYSADDR && as != KDUMP_KPHYSADDR)
		return false;
	if (r->word_pfn != first) {
		/* libkdumpfile reports the error. */
		if (r->d->format->bitmap_word(r->d, first, &r->word, &ignored))
			return false;
		r->word_pfn = first;
	}
	return !ld_bit(&r->word, pfn & 63);
}

static int frame_reader_set_why(struct frame_reader *r, int ret, const char *why)
{
	snprintf(r->why, sizeof(r->why), "%.159s", why && *why ? why : "no reason given");
	return ret;
}

/*
 * A page that cannot be read damages the page cache of libkdumpfile 0.5.1 once that
 * is full: a page that has left the cache and is read again is then written to an
 * invalid address. So libkdumpfile is not asked for page frames that are not in the
 * dump, which may be many, and its context is replaced after any other error.
 */
int frame_reader_copy(struct frame_reader *r, kdump_addrspace_t as, u64 addr, void *buf,
		      size_t len)
{
	struct error why = { 0 };
	kdump_status st;
	int ret = 0;

	if (r->spoilt) {
		frame_reader_close(r);
		ret = frame_reader_open(r, r->d, &why);
		r->spoilt = ret;
	}
	if (ret)
		return frame_reader_set_why(r, ret, why.text);
	if (frame_reader_lacks(r, as, addr))
		return frame_reader_set_why(r, -EBADMSG, "Excluded page");
	errno = 0;
	st = kdump_read(r->ctx, as, addr, buf, &len);
	if (st == KDUMP_OK)
		return 0;
	ret = frame_errno(st, errno);
	r->spoilt = true;
	return frame_reader_set_why(r, ret, kdump_get_err(r->ctx));
}

int frame_reader_read(struct frame_reader *r, u64 pfn, void *page, struct error *err)
{
	int ret = frame_reader_copy(r, KDUMP_MACHPHYSADDR, pfn << r->d->page_shift, page,
				    dumpfile_page_size(r->d));
	char why[200];

	if (!ret)
		return 0;
	snprintf(why, sizeof(why), "page frame %" PRIu64 " cannot be read: %s", pfn, r->why);
	return frame_fail(r->d, ret, why, err);
}
