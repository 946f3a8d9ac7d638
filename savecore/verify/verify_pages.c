// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_pages.c - read every page frame of a dump with libkdumpfile, and see
 * that their sum is the one in the seal.
 *
 * Each worker has a context of its own: they share nothing but the file, and
 * a number that says which chunk is the next to be taken.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer/bitmap.h"
#include "port/zero.h"
#include "verify_impl.h"

/* Pages that libkdumpfile keeps; each is asked for once, in ascending order. */
#define CACHE_PAGES	16

struct page_reader {
	struct page_check *check;
	struct verify v;		/* with an error of its own */
	struct error err;
	kdump_ctx_t *ctx;
	u8 *page;
	struct kdump_desc *desc;	/* of a chunk; kdump only */
	u64 ticket;			/* number of the chunk to be taken, */
	u64 index;			/* and of the one to come */
	u64 sum;
	u64 pages;
	u64 content;			/* of these, not full of zeros */
	u64 keep_sum;			/* of chunks with all their page frames */

	/* The data of a kdump file: what its descriptors make of it. */
	u64 packed;			/* bytes of pages that have their own */
	u64 first;			/* where the first of these is */
	u64 zero_size;			/* bytes of the page of zeros; 0: not seen */

	u64 bad_pfn;			/* UINT64_MAX: none */
	char why[160];
};

struct page_check {
	struct verify *v;
	port_atomic64_t next;
	port_atomic64_t bad;		/* the first bad page frame so far */
	struct page_reader *readers;
};

int verify_context(const struct verify *v, kdump_ctx_t **ctx)
{
	kdump_status st;

	*ctx = kdump_new();
	if (!*ctx)
		return verify_no_memory(v);
	/* A mapping of a file that becomes shorter would be a SIGBUS. */
	st = kdump_set_number_attr(*ctx, KDUMP_ATTR_FILE_MMAP_POLICY, KDUMP_MMAP_NEVER);
	if (st == KDUMP_OK)
		st = kdump_set_number_attr(*ctx, "cache.size", CACHE_PAGES);
	if (st == KDUMP_OK)
		st = kdump_open_fd(*ctx, v->fd);
	if (st == KDUMP_OK)
		return 0;
	verify_bad(v, "libkdumpfile does not open it: %.150s", kdump_get_err(*ctx));
	kdump_free(*ctx);
	*ctx = NULL;
	return -EBADMSG;
}

static int bad_page(struct page_reader *r, u64 pfn, const char *why)
{
	r->bad_pfn = pfn;
	snprintf(r->why, sizeof(r->why), "%s", why ? why : "no reason given");
	if ((s64)pfn < port_atomic64_read(&r->check->bad))
		port_atomic64_set(&r->check->bad, (s64)pfn);
	return -EBADMSG;
}

/*
 * What libkdumpfile would believe: how large data is decides how much memory
 * it takes. That the pages fill the data without a gap shows in their sum.
 */
static const char *judge_desc(struct page_reader *r, const struct kdump_desc *d)
{
	const struct verify *v = &r->v;
	u64 off = (u64)d->offset;

	if (d->page_flags || (d->flags && d->flags != v->kdump.codec_flag) || !d->size ||
	    d->size > v->page || (!d->flags && d->size != v->page))
		return "its descriptor is damaged";
	if (off < v->kdump.data_off || off > v->size || d->size > v->size - off)
		return "its data is outside of the file";
	if (off == v->kdump.data_off) {
		if (r->zero_size && r->zero_size != d->size)
			return "its descriptor is damaged";
		r->zero_size = d->size;
		return NULL;
	}
	r->packed += d->size;
	if (off < r->first)
		r->first = off;
	return NULL;
}

/*
 * The descriptors of a chunk. Page frames of an incomplete dump that have
 * none are taken out of *@c.
 */
static int check_descs(struct page_reader *r, struct verify_chunk *c)
{
	const struct verify *v = &r->v;
	unsigned int nr = ld_weight(c->keep, LD_CHUNK_WORDS);
	const struct kdump_desc *d = r->desc;
	int ret;

	ret = verify_read(v, v->kdump.desc_off + c->rank * sizeof(*d), r->desc, nr * sizeof(*d));
	if (ret)
		return ret;
	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++, d++) {
		const char *why;

		if (v->report->incomplete && ld_is_zero(d, sizeof(*d))) {
			ld_bit_clear(c->keep, i);
			continue;
		}
		why = judge_desc(r, d);
		if (why)
			return bad_page(r, c->pfn + i, why);
	}
	return 0;
}

static int read_page(struct page_reader *r, u64 pfn)
{
	const struct verify *v = &r->v;
	size_t len = v->page;

	if (kdump_read(r->ctx, KDUMP_MACHPHYSADDR, pfn << v->page_shift, r->page, &len) !=
	    KDUMP_OK)
		return bad_page(r, pfn, kdump_get_err(r->ctx));
	if (ld_is_zero(r->page, v->page)) {
		r->sum += port_hash64(NULL, 0, pfn);
	} else {
		r->sum += port_hash64(r->page, v->page, pfn);
		r->content++;
	}
	r->pages++;
	return 0;
}

static int read_chunk(void *arg, const struct verify_chunk *chunk)
{
	struct page_reader *r = arg;
	const struct verify *v = &r->v;
	struct verify_chunk c = *chunk;
	u64 before = r->pages;
	int ret = 0;

	if (r->index++ != r->ticket)
		return 0;
	r->ticket = (u64)port_atomic64_add(&r->check->next, 1);
	/* Others have found one that comes before. */
	if (port_atomic64_read(&r->check->bad) < (s64)c.pfn)
		return 0;
	ret = r->desc ? check_descs(r, &c) : 0;
	for (u64 i = 0; !ret && (i = ld_bit_next(c.keep, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		ret = read_page(r, c.pfn + i);
	if (!memcmp(c.keep, chunk->keep, sizeof(c.keep)))
		r->keep_sum += port_hash64(c.keep, sizeof(c.keep), c.pfn);
	if (v->opt->control)
		port_atomic64_add(&v->opt->control->done, (s64)(r->pages - before));
	return ret ? ret : verify_cancelled(v);
}

static int read_pages(void *arg, unsigned int worker)
{
	struct page_check *check = arg;
	struct page_reader *r = &check->readers[worker];

	r->ticket = (u64)port_atomic64_add(&check->next, 1);
	return check->v->format->chunks(&r->v, read_chunk, r);
}

static int open_reader(struct page_check *check, struct page_reader *r)
{
	const struct verify *v = check->v;

	r->check = check;
	r->v = *v;
	r->v.err = &r->err;
	r->bad_pfn = UINT64_MAX;
	r->first = UINT64_MAX;
	r->page = aligned_alloc(v->page, v->page);
	if (v->format == &verify_format_kdump)
		r->desc = malloc(LD_CHUNK * sizeof(*r->desc));
	if (!r->page || (v->format == &verify_format_kdump && !r->desc))
		return verify_no_memory(v);
	return verify_context(v, &r->ctx);
}

static void close_readers(struct page_reader *readers, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (readers[i].ctx)
			kdump_free(readers[i].ctx);
		free(readers[i].page);
		free(readers[i].desc);
	}
}

/* Packed pages fill the file from the page of zeros to the end. */
static int check_packed(const struct verify *v, const struct page_reader *all)
{
	u64 first = all->first < v->size ? all->first : v->size;

	if (v->format != &verify_format_kdump || v->report->incomplete)
		return 0;
	if (v->size - first != all->packed ||
	    (all->zero_size && all->zero_size != first - v->kdump.data_off))
		return verify_bad(v, "its page descriptors do not cover all of the file");
	return 0;
}

static int judge(struct verify *v, const struct page_reader *all)
{
	const struct ld_seal *seal = &v->report->seal;
	int ret;

	v->report->pages = all->pages;
	/*
	 * In an incomplete ELF core a page frame that was not written reads
	 * like one of zeros that was: only how many have content is known.
	 */
	if (v->report->incomplete && v->format == &verify_format_elf) {
		v->report->pages = seal->pages;
		return all->content <= seal->pages && seal->pages <= all->pages ? 0 :
		       verify_bad(v, "%" PRIu64 " page frames have content, not %" PRIu64 " or less",
				  all->content, seal->pages);
	}
	ret = check_packed(v, all);
	if (ret)
		return ret;
	if (all->pages != seal->pages)
		return verify_bad(v, "%" PRIu64 " page frames can be read, not %" PRIu64,
				  all->pages, seal->pages);
	if (v->report->incomplete && all->keep_sum != seal->keep_sum)
		return verify_bad(v, "its bitmap of page frames is not as it was written");
	if (all->sum != seal->data_sum)
		return verify_bad(v, "the content of its page frames is not what was written");
	return 0;
}

static void add(struct page_reader *all, const struct page_reader *r)
{
	all->sum += r->sum;
	all->pages += r->pages;
	all->content += r->content;
	all->keep_sum += r->keep_sum;
	all->packed += r->packed;
	if (r->first < all->first)
		all->first = r->first;
	/* Workers that disagree make a sum that is not right. */
	if (r->zero_size > all->zero_size)
		all->zero_size = r->zero_size;
	if (r->bad_pfn < all->bad_pfn) {
		all->bad_pfn = r->bad_pfn;
		memcpy(all->why, r->why, sizeof(all->why));
	}
}

int verify_pages(struct verify *v)
{
	unsigned int nr = v->opt->threads < VERIFY_THREADS_MAX ? v->opt->threads :
			  VERIFY_THREADS_MAX;
	struct page_reader readers[VERIFY_THREADS_MAX] = { 0 };
	struct page_reader all = { .bad_pfn = UINT64_MAX, .first = UINT64_MAX };
	struct page_check check = { .v = v, .bad = { INT64_MAX }, .readers = readers };
	int ret = 0;

	if (v->opt->control) {
		port_atomic64_set(&v->opt->control->done, 0);
		port_atomic64_set(&v->opt->control->total, (s64)v->report->seal.pages);
	}
	for (unsigned int i = 0; i < nr && !ret; i++)
		ret = open_reader(&check, &readers[i]);
	if (!ret)
		ret = port_run(nr, read_pages, &check);
	for (unsigned int i = 0; i < nr; i++) {
		add(&all, &readers[i]);
		if (readers[i].err.text[0] && all.bad_pfn == UINT64_MAX)
			error_set(v->err, "%s", readers[i].err.text);
	}
	if (all.bad_pfn != UINT64_MAX)
		ret = verify_bad(v, "page frame %" PRIu64 " cannot be read: %s", all.bad_pfn,
				 all.why);
	if (!ret)
		ret = judge(v, &all);
	close_readers(readers, nr);
	return ret;
}
