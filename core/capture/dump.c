// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dump.c - the flow of a dump:
 *
 *   memory source -> page filter -> codec -> dump format -> sink
 *
 * It runs in phases; in each, workers take chunks of page frames in ascending
 * order and hand them to the phase's step:
 *
 *   plan   classify every page frame: what would be kept, how much it is
 *   read   copy to pinned memory what is the kernel's own, as far as it fits;
 *          then once more what has become worth keeping meanwhile. The kept
 *          set is fixed at the end of it
 *   write  give kept page frames to the format, which has them compressed
 *          and written. What was not read ahead is read here
 *
 * A freeze has one read phase, in which nothing else runs. What is written goes
 * through throttle.c.
 *
 * Memory is only believed to be of a class if it was so before and after it
 * was read: a page frame that user space got in between must not slip in.
 */
#include "core/pages/bitmap.h"
#include "core/flow/pipeline.h"
#include "dump.h"
#include "port/zero.h"

const struct ld_format_ops *const ld_formats[] = {
	&ld_format_kdump, &ld_format_elf, NULL,
};

/*
 * Read the page frames of a chunk that were not read ahead to the worker's
 * buffer. Their place in the dump is fixed: one that must not be in it any
 * more, or cannot be read, stays without content.
 */
static int stream_chunk(struct ld_pipeline *d, unsigned int worker, u64 chunk, const u64 *missing)
{
	struct ld_worker *w = &d->workers[worker];
	struct ld_source *src = d->p->source;
	u64 want[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	const u8 *at = w->buf;
	int err;

	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		want[i] = missing[i] & w->scan.keep[i];
		w->pages.blanked += ld_popcount(missing[i] & ~want[i]);
	}
	err = ld_chunk_read(src, worker, chunk, want, w->buf, bad);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_READ, chunk * LD_CHUNK, err);
	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (ld_bit(bad, i))
			w->pages.unreadable++;
		else if (!ld_bit(w->scan.keep, i))
			w->pages.blanked++;
		else if (ld_is_zero(at, ld_page_size(src)))
			w->pages.zero++;
		else
			w->chunk.page[i] = at;
		at += ld_page_size(src);
	}
	w->pages.streamed += ld_weight(want, LD_CHUNK_WORDS);
	return 0;
}

/* The worker's share of the seal's sums, see seal.h. */
static void sum_chunk(struct ld_pipeline *d, struct ld_worker *w)
{
	size_t size = ld_page_size(d->p->source);
	const struct ld_chunk *c = &w->chunk;

	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		w->data_sum += port_hash64(c->page[i], c->page[i] ? size : 0, c->pfn + i);
		w->put++;
	}
	_Static_assert(sizeof(((struct ld_chunk *)0)->keep) == LD_SEAL_KEEP_BYTES, "");
	if (ld_weight(c->keep, LD_CHUNK_WORDS))
		w->keep_sum += port_hash64(c->keep, sizeof(c->keep), c->pfn);
}

static int write_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_control *ctl = d->p->control;
	struct ld_worker *w = &d->workers[worker];
	struct ld_chunk *c = &w->chunk;
	u64 zero[LD_CHUNK_WORDS] = { 0 };
	u64 missing[LD_CHUNK_WORDS];
	u64 before = w->data_bytes;
	int err;

	err = ld_keepmap_load(&d->keepmap, &w->group, chunk, c->keep, &c->rank);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_WRITE, chunk * LD_CHUNK, err);
	memset(c->page, 0, sizeof(c->page));
	c->pfn = chunk * LD_CHUNK;
	ld_pagebuf_pages(&d->pre, chunk, c->page, zero);
	w->pages.zero += ld_weight(zero, LD_CHUNK_WORDS);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		missing[i] = c->keep[i] & ~zero[i];
	for (u64 i = 0; (i = ld_bit_next(missing, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (c->page[i])
			ld_bit_clear(missing, i);
	if (ld_weight(missing, LD_CHUNK_WORDS)) {
		err = stream_chunk(d, worker, chunk, missing);
		if (err)
			return err;
	}
	err = d->request->format->put(d->format, worker, c, &w->data_bytes);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_WRITE,
				      (u64)port_atomic64_read(&ctl->bytes), err);
	/* Not before: what was not written is not in a dump that is cut short. */
	sum_chunk(d, w);
	port_atomic64_add(&ctl->done, ld_weight(c->keep, LD_CHUNK_WORDS));
	port_atomic64_add(&ctl->bytes, (s64)(w->data_bytes - before));
	return 0;
}

/* All that is known before the format finishes. */
static void fill_seal(struct ld_pipeline *d)
{
	struct ld_seal *seal = &d->seal;

	seal->version = LD_SEAL_VERSION;
	seal->mode = d->request->mode;
	seal->pause_ns = d->result->times.pause;
	for (unsigned int i = 0; i < d->p->workers; i++) {
		const struct ld_worker *w = &d->workers[i];

		seal->pages += w->put;
		seal->frozen += d->request->mode == LD_MODE_LIVE ? 0 : w->pages.buffered;
		seal->data_sum += w->data_sum;
		seal->keep_sum += w->keep_sum;
	}
}

/* Why a dump ended with @err, which is what its first failure was. */
static enum ld_cause find_cause(const struct ld_pipeline *d, int err)
{
	if (err == -ECANCELED)
		return ld_control_cause(d->p->control);
	if (err == -EFBIG && d->request->max_bytes &&
	    !port_atomic64_read(&d->throttle.below_full))
		return LD_CAUSE_SIZE;
	return LD_CAUSE_ERROR;
}

/* The end of a dump that is whole, or is to be kept as it is. */
static int finish_dump(struct ld_pipeline *d)
{
	struct dump_result *r = d->result;
	struct ld_sink *sink = d->p->sink;
	int err;

	ld_control_enter(d->p->control, LD_STAGE_FLUSH);
	fill_seal(d);
	err = d->request->format->finish(d->format, r->end.incomplete, &r->bytes.file);
	if (!err)
		err = sink->ops->finish(sink, r->bytes.file);
	return err;
}

static int write_out(struct ld_pipeline *d)
{
	const struct dump_request *request = d->request;
	const struct ld_params *p = d->p;
	struct ld_layout layout = {
		.source = p->source,
		.sink = &d->throttle.sink,
		.codec = request->codec,
		.codec_level = request->codec_level,
		.level = request->level,
		.workers = p->workers,
		.keep = d->keepmap.map,
		.kept = d->keepmap.total,
		.control = p->control,
		.max_bytes = request->max_bytes,
		.seal = &d->seal,
	};
	struct dump_end *end = &d->result->end;
	int err;

	ld_throttle_init(&d->throttle, p, &d->stop);
	err = request->format->open(&d->format, &layout);
	if (err)
		return dump_end_blame(end, LD_STAGE_WRITE, 0, err);
	err = ld_run_stage(d, LD_STAGE_WRITE, layout.kept, write_step);
	if (err && request->keep_partial) {
		dump_end_blame(end, LD_STAGE_WRITE, (u64)port_atomic64_read(&p->control->bytes),
			       err);
		end->incomplete = true;
		end->cause = find_cause(d, err);
		err = 0;
	}
	if (!err) {
		err = finish_dump(d);
		if (err)
			*end = (struct dump_end){ 0 };
		dump_end_blame(end, LD_STAGE_FLUSH, d->result->bytes.file, err);
	}
	request->format->close(d->format);
	return err;
}

static int run_dump(struct ld_pipeline *d)
{
	int err;

	err = ld_plan(d);
	if (err)
		return err;
	err = d->request->mode == LD_MODE_LIVE ? ld_read_ahead(d) : ld_freeze(d);
	if (err)
		return err;
	ld_keepmap_finalize(&d->keepmap);
	d->result->times.write = port_now_ns();
	return write_out(d);
}

int ld_dump(const struct ld_params *p, struct dump_result *result)
{
	/* What is read ahead changes the bitmap once more; what is not, does not. */
	const struct dump_request *request = p->request;
	bool in_file = request->mode == LD_MODE_LIVE && !request->memory &&
		       request->format->keep_off && p->sink->readable;
	struct ld_pipeline *d;
	int err;

	err = ld_pipeline_open(&d, p, result, in_file ? p->sink : NULL);
	if (err)
		return err;
	err = run_dump(d);
	if (err) {
		dump_end_blame(&result->end, LD_STAGE_PLAN, 0, err);
		result->end.err = err;
		result->end.cause = find_cause(d, err);
	}
	ld_pipeline_close(d);
	return err;
}
