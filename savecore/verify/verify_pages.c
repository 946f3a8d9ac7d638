// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_pages.c - read every page frame of a dump, and compare their sum with the one in
 * the seal.
 *
 * libkdumpfile is the reader that others have, so it has to find the same. Where a page
 * frame lies follows from its place in the bitmap, chunk by chunk. So of a
 * kdump-compressed file it reads the first and the last page frame of each chunk, which
 * are compared; all others are read by dumpfile/frames/packed.c. Of an ELF core it reads all.
 *
 * Workers share nothing but the file, the readers of libkdumpfile, the number of the next
 * chunk, and the first bad page frame so far.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/format/seal.h"
#include "core/pages/bitmap.h"
#include "base/process/pagecache.h"
#include "port/zero.h"
#include "dumpfile/frames/packed.h"
#include "verify_descs.h"
#include "verify_pages.h"
#include "verify_share.h"

#define NO_PFN		UINT64_MAX

/* Counts and sums of the page frames read by one worker, or by all. */
struct page_sums {
	u64 pages;		/* page frames that were read */
	u64 content;		/* of these, page frames that are not all zero */
	u64 data_sum;
	u64 content_sum;	/* data_sum of those that are not all zero */
	u64 keep_sum;		/* of chunks in which no page frame is missing */
	struct desc_sums descs;
};

struct page_worker {
	struct page_check *check;
	unsigned int number;
	struct packed_reader packed;	/* kdump only */
	u8 *page;
	u8 *other;			/* the same page as libkdumpfile reads it; kdump only */
	struct kdump_desc *desc;	/* those of a chunk; kdump only */
	u64 ticket;			/* number of the next chunk that this worker reads */
	u64 index;			/* number of the next chunk of the iteration */
	struct page_sums sums;
	int ret;			/* how it ended: 0 or a negative errno */
	u64 bad_pfn;			/* at which it ended, or NO_PFN */
	struct error err;		/* of this worker; copied when all are done */
};

struct page_check {
	const struct verify_pages_request *req;
	port_atomic64_t next;		/* number of the next chunk that no worker reads */
	port_atomic64_t bad;		/* the first bad page frame so far */
	struct read_behind read;
	struct verify_readers readers;
	struct page_worker *workers;
	unsigned int nr;		/* of workers */
	bool beside_done;
	int beside;			/* what it has returned, and its error */
	struct error beside_err;
};

/* Copy page frame @pfn, as libkdumpfile reads it, to @page. */
static int worker_library(struct page_worker *w, u64 pfn, u8 *page)
{
	return verify_readers_read(&w->check->readers, w->number, pfn, page, &w->err);
}

/*
 * Read page frame @pfn of an ELF core, whose data is at @off. For each run of page frames
 * libkdumpfile 0.5.1 goes through all runs before it: of many the time would grow with the
 * square. Their data is not packed.
 */
static int worker_get_page(struct page_worker *w, u64 pfn, u64 off)
{
	const struct dumpfile *d = w->check->req->d;

	if (verify_share_all(d))
		return worker_library(w, pfn, w->page);
	return dumpfile_read(&d->file, off, w->page, dumpfile_page_size(d), &w->err);
}

/* Add page frame @pfn, which has been read. */
static void worker_add_page(struct page_worker *w, u64 pfn)
{
	size_t size = dumpfile_page_size(w->check->req->d);
	bool zeros = ld_is_zero(w->page, size);
	u64 sum = ld_seal_page(zeros ? NULL : w->page, size, pfn);

	w->sums.data_sum += sum;
	w->sums.content_sum += zeros ? 0 : sum;
	w->sums.content += !zeros;
	w->sums.pages++;
}

/* Compare page frame @pfn, which has been read, with what libkdumpfile reads. */
static int worker_compare(struct page_worker *w, u64 pfn)
{
	const struct dumpfile *d = w->check->req->d;
	int ret = worker_library(w, pfn, w->other);

	if (!ret && memcmp(w->page, w->other, dumpfile_page_size(d)) != 0)
		ret = frame_bad(d, pfn, "libkdumpfile finds another in its place", &w->err);
	return ret;
}

/* The last page frame of a chunk that @keep has; there is one. */
static u64 keep_last(const u64 *keep)
{
	u64 word = LD_CHUNK_WORDS - 1;

	while (!keep[word])
		word--;
	return word * 64 + 63 - (unsigned int)__builtin_clzll(keep[word]);
}

/* Read the page frames in @c->keep. @keep: those that have a place among descriptors. */
static int worker_read_packed(struct page_worker *w, const struct dumpfile_chunk *c,
			      const u64 *keep)
{
	const struct kdump_desc *desc = w->desc, *end = desc + ld_weight(keep, LD_CHUNK_WORDS);
	u64 first = ld_bit_next(c->keep, 0, LD_CHUNK, true);
	u64 last = first < LD_CHUNK ? keep_last(c->keep) : first;
	int ret = 0;

	for (u64 i = 0; (i = ld_bit_next(keep, i, LD_CHUNK, true)) < LD_CHUNK; i++, desc++) {
		if (!ld_bit(c->keep, i))
			continue;
		ret = packed_read(&w->packed, c->pfn + i, desc, end, w->page, &w->err);
		if (!ret && (i == first || i == last))
			ret = worker_compare(w, c->pfn + i);
		if (ret) {
			w->bad_pfn = c->pfn + i;
			return ret;
		}
		worker_add_page(w, c->pfn + i);
	}
	return 0;
}

static int worker_read_plain(struct page_worker *w, const struct dumpfile_chunk *c)
{
	u64 off = c->off;

	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		int ret = worker_get_page(w, c->pfn + i, off);

		if (ret) {
			w->bad_pfn = c->pfn + i;
			return ret;
		}
		worker_add_page(w, c->pfn + i);
		off += dumpfile_page_size(w->check->req->d);
	}
	return 0;
}

static int worker_read_frames(struct page_worker *w, struct dumpfile_chunk *c)
{
	u64 keep[LD_CHUNK_WORDS];
	int ret;

	memcpy(keep, c->keep, sizeof(keep));
	if (w->desc) {
		ret = descs_check_chunk(w->check->req->d, c, w->desc, &w->sums.descs, &w->bad_pfn,
					&w->err);
		if (!ret)
			ret = worker_read_packed(w, c, keep);
	} else {
		ret = worker_read_plain(w, c);
	}
	if (w->bad_pfn != NO_PFN && (s64)w->bad_pfn < port_atomic64_read(&w->check->bad))
		port_atomic64_set(&w->check->bad, (s64)w->bad_pfn);
	return ret;
}

static int worker_read_chunk(void *arg, const struct dumpfile_chunk *chunk)
{
	struct page_worker *w = arg;
	const struct verify_pages_request *req = w->check->req;
	struct dumpfile_chunk c = *chunk;
	u64 before = w->sums.pages;
	int ret;

	if (w->index++ != w->ticket)
		return 0;
	w->ticket = (u64)port_atomic64_add(&w->check->next, 1);
	/* Another worker has found a bad page frame before this chunk. */
	if (port_atomic64_read(&w->check->bad) < (s64)c.pfn)
		return 0;
	ret = worker_read_frames(w, &c);
	if (!memcmp(c.keep, chunk->keep, sizeof(c.keep)))
		w->sums.keep_sum += port_hash64(c.keep, sizeof(c.keep), c.pfn);
	read_behind(&w->check->read, (w->sums.pages - before) << req->d->page_shift);
	if (req->control)
		port_atomic64_add(&req->control->done, (s64)(w->sums.pages - before));
	return ret ? ret : dumpfile_cancelled(&req->d->file);
}

/* Fails only if memory is short. The caller must call worker_close() in every case. */
static int worker_open(struct page_worker *w, struct error *err)
{
	const struct dumpfile *d = w->check->req->d;

	w->page = aligned_alloc(dumpfile_page_size(d), dumpfile_page_size(d));
	if (!w->page)
		return dumpfile_no_memory(&d->file, err);
	if (!d->format->descriptors)
		return 0;
	w->desc = malloc(LD_CHUNK * sizeof(*w->desc));
	w->other = aligned_alloc(dumpfile_page_size(d), dumpfile_page_size(d));
	if (!w->desc || !w->other)
		return dumpfile_no_memory(&d->file, err);
	return packed_open(&w->packed, d, err);
}

/* What is to be checked beside the page frames. Called once. */
static void check_beside(struct page_check *check)
{
	const struct verify_pages_request *req = check->req;

	check->beside_done = true;
	if (req->beside)
		check->beside = req->beside(req->beside_arg, &check->beside_err);
}

/* Worker 0 is open. If there is no memory for another one, the others do all of the work. */
static int worker_read_all(void *arg, unsigned int worker)
{
	struct page_check *check = arg;
	struct page_worker *w = &check->workers[worker];
	const struct dumpfile *d = check->req->d;
	struct error ignored = { 0 };

	/* The last one: the others take the first chunks meanwhile. */
	if (worker && worker == check->nr - 1)
		check_beside(check);
	if (worker && worker_open(w, &ignored))
		return 0;
	w->ticket = (u64)port_atomic64_add(&check->next, 1);
	w->ret = d->format->chunks(d, worker_read_chunk, w, &w->err);
	return w->ret;
}

static void worker_close(struct page_worker *w)
{
	packed_close(&w->packed);
	free(w->page);
	free(w->other);
	free(w->desc);
}

static void sums_add(struct page_sums *all, const struct page_sums *s)
{
	all->pages += s->pages;
	all->content += s->content;
	all->data_sum += s->data_sum;
	all->content_sum += s->content_sum;
	all->keep_sum += s->keep_sum;
	descs_add(&all->descs, &s->descs);
}

/*
 * In an incomplete ELF core a page frame that was not written reads as zeros:
 * only those with content are known.
 */
static bool sums_lack_pages(const struct dumpfile *d)
{
	return d->incomplete && !d->format->descriptors;
}

static int sums_bad_content(const struct dumpfile *d, struct error *err)
{
	return dumpfile_bad(&d->file, err,
			    "the content of its page frames is not what was written");
}

/* Compare what is known of a dump that sums_lack_pages(). */
static int sums_compare_content(const struct dumpfile *d, const struct page_sums *all,
				const struct ld_seal *seal, struct error *err)
{
	if (all->content > seal->pages || seal->pages > all->pages)
		return dumpfile_bad(&d->file, err, "%" PRIu64
				    " page frames have content, not at most %" PRIu64,
				    all->content, seal->pages);
	if (ld_seal_has_content(seal) && all->content_sum != seal->data_sum)
		return sums_bad_content(d, err);
	return 0;
}

static int sums_compare(const struct dumpfile *d, const struct page_sums *all,
			const struct ld_seal *seal, struct error *err)
{
	const struct dumpfile_file *f = &d->file;
	int ret = 0;

	if (d->format->descriptors)
		ret = descs_check_cover(d, &all->descs, seal->overwritten, err);
	if (ret)
		return ret;
	if (sums_lack_pages(d))
		return sums_compare_content(d, all, seal, err);
	if (all->pages != seal->pages)
		return dumpfile_bad(f, err, "%" PRIu64 " page frames can be read, not %" PRIu64,
				    all->pages, seal->pages);
	if (d->incomplete && all->keep_sum != seal->keep_sum)
		return dumpfile_bad(f, err, "its bitmap of page frames is not as it was written");
	if (all->data_sum != seal->data_sum)
		return sums_bad_content(d, err);
	return 0;
}

/*
 * Report the error of a worker, if one has set its own, and return it: the first bad
 * page frame, even if other workers were cancelled or could not read theirs.
 * Otherwise return 0.
 */
static int workers_report(const struct page_check *check, struct error *err)
{
	const struct page_worker *first = NULL;

	for (unsigned int i = 0; i < check->nr; i++) {
		const struct page_worker *w = &check->workers[i];
		bool bad = w->ret == -EBADMSG, other = first && first->ret == -EBADMSG;

		if (w->err.text[0] &&
		    (!first || bad > other || (bad == other && w->bad_pfn < first->bad_pfn)))
			first = w;
	}
	if (!first)
		return 0;
	error_take(err, NULL, &first->err);
	return first->ret;
}

/* Worker 0 and the readers come first: what they lack ends the verification. */
static int check_open(struct page_check *check, struct error *err)
{
	const struct dumpfile *d = check->req->d;
	u64 memory = check->req->memory, reader = check->req->beside ? frame_reader_bytes(d) : 0;
	struct verify_share share = verify_share(d, check->req->threads,
						 memory > reader ? memory - reader : 0);
	int ret;

	/* What is checked beside has a reader of its own, or comes afterwards. */
	if (memory / 2 < reader)
		share = (struct verify_share){ .workers = 1, .readers = 1 };

	check->workers = calloc(share.workers, sizeof(*check->workers));
	if (!check->workers)
		return dumpfile_no_memory(&d->file, err);
	check->nr = share.workers;
	/* The sums of all count, even of those that have no thread. */
	for (unsigned int i = 0; i < check->nr; i++)
		check->workers[i] = (struct page_worker){
			.check = check, .number = i, .bad_pfn = NO_PFN,
			.sums = { .descs = DESC_SUMS_INIT },
		};
	ret = worker_open(check->workers, err);
	return ret ? ret : verify_readers_open(&check->readers, d, share.readers, err);
}

static void check_close(struct page_check *check)
{
	for (unsigned int i = 0; i < check->nr; i++)
		worker_close(&check->workers[i]);
	free(check->workers);
	verify_readers_close(&check->readers);
}

int verify_pages(const struct verify_pages_request *req, u64 *pages, struct error *err)
{
	struct page_check check = {
		.req = req, .bad = { INT64_MAX }, .read = { .fd = req->d->file.fd },
	};
	struct page_sums all = { .descs = DESC_SUMS_INIT };
	int ret, failed;

	if (req->control) {
		port_atomic64_set(&req->control->done, 0);
		port_atomic64_set(&req->control->total, (s64)req->seal->pages);
	}
	ret = check_open(&check, err);
	if (!ret)
		ret = port_run(check.nr, worker_read_all, &check);
	for (unsigned int i = 0; i < check.nr; i++)
		sums_add(&all, &check.workers[i].sums);
	failed = workers_report(&check, err);
	if (failed)
		ret = failed;
	if (!ret)
		ret = sums_compare(req->d, &all, req->seal, err);
	*pages = all.pages;
	if (sums_lack_pages(req->d))
		*pages = req->seal->pages;
	check_close(&check);
	/* Only now: there may be memory for one reader. */
	if (!ret && !check.beside_done)
		check_beside(&check);
	if (!ret && check.beside) {
		ret = check.beside;
		error_take(err, NULL, &check.beside_err);
	}
	return ret;
}
