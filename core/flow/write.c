// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * write.c - the stages WRITE and FLUSH. Everything is written through
 * throttle.c.
 *
 * A page frame that was copied before is looked at a last time when it is
 * written. If nothing said for sure that it was the kernel's, and it has another
 * type by now, it may have been a program's: while a page is filled for a
 * program, its struct page does not tell. So it is not written.
 *
 * A streamed page frame is written only if the dump level keeps its page type
 * both before and after it is read. Otherwise user space may have got it in the
 * meantime, and its content must not be in the dump.
 */
#include "core/format/seal.h"
#include "port/zero.h"
#include "stage.h"
#include "throttle.h"
#include "write.h"

struct ld_writer {
	struct ld_pipeline *pipeline;
	void *format;			/* state of the format; NULL: not open */
	struct ld_seal seal;
	struct ld_throttle throttle;
};

/*
 * Read the page frames of a chunk that are not in the page buffer to the buffer
 * of the worker. The layout has a place for each of them. A page frame that
 * must not be written, or cannot be read, has no content.
 */
static int write_stream_chunk(struct ld_pipeline *p, unsigned int worker, u64 chunk,
			      const u64 *missing)
{
	struct ld_worker *w = &p->workers[worker];
	struct ld_source *src = p->params->source;
	u64 want[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	size_t size = ld_page_size(src);
	u8 *at = w->buf, *to = w->buf;
	bool packs = p->request->codec->flag;
	int err;

	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		want[i] = missing[i] & w->scan.keep[i];
		w->pages.blanked += ld_popcount(missing[i] & ~want[i]);
	}
	err = ld_chunk_read(src, worker, chunk, want, w->buf, bad);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_READ, chunk * LD_CHUNK, err);
	/* If the level leaves nothing out, no page frame has become what must not be written. */
	if (p->request->level & ~LD_LEVEL_ZERO)
		err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++, at += size) {
		if (ld_bit(bad, i)) {
			w->pages.unreadable++;
		} else if (!ld_bit(w->scan.keep, i)) {
			w->pages.blanked++;
		} else if (ld_is_zero(at, size)) {
			w->pages.zero++;
		} else {
			/* What is adjacent in memory is written at once if it is not packed. */
			if (packs)
				to = at;
			else if (to != at)
				memcpy(to, at, size);
			w->chunk.page[i] = to;
			to += size;
		}
	}
	w->pages.streamed += ld_weight(want, LD_CHUNK_WORDS);
	return 0;
}

/*
 * What becomes of the copy of page frame @i of the chunk, which may have been a
 * program's, now that the page frame has another type than when it was copied.
 */
static void write_judge(struct ld_pipeline *p, struct ld_worker *w, u64 i)
{
	bool program = ld_filter_is_program(w->scan.type[i]);
	u64 frame[LD_CHUNK_WORDS] = { 0 };

	if (program && ld_bit(w->scan.keep, i))
		return;
	if (!program && p->request->mode != LD_MODE_LIVE) {
		w->pages.uncertain++;
		return;
	}
	ld_bit_set(frame, i);
	ld_early_forget(&p->early, w->chunk.pfn / LD_CHUNK, frame);
	w->chunk.page[i] = NULL;
	w->pages.withdrawn++;
}

/*
 * Store in @unsure the page frames of a chunk whose copies may be a program's. In a live
 * dump these are also those that were only mapped: by the time of the copy a stack may
 * have ended. At the moment of a frozen dump, nearly all were what they had been.
 */
static void write_find_unsure(const struct ld_pipeline *p, const struct ld_worker *w,
			      u64 chunk, u64 *unsure)
{
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, chunk);
	const u64 *typed = ld_map_chunk(&p->sure.typed, chunk);
	const u64 *mapped = ld_map_chunk(&p->sure.mapped, chunk);
	bool live = p->request->mode == LD_MODE_LIVE;

	memset(unsure, 0, LD_CHUNK_WORDS * sizeof(*unsure));
	for (u64 i = 0; (i = ld_bit_next(w->chunk.keep, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if ((w->chunk.page[i] || ld_early_has_data(early, i)) && !ld_bit(typed, i) &&
		    (live || !ld_bit(mapped, i)))
			ld_bit_set(unsure, i);
}

/*
 * Withdraw those copies of page frames of a chunk that may be a program's. If a
 * page frame is not the kernel's for sure it must be what it was. In a live dump
 * nothing is lost with one that was given back since; what was mapped stays but for
 * what is a program's now. A frozen dump must have what the kernel had at its moment,
 * unless it was a program's more likely.
 */
static int write_withdraw(struct ld_pipeline *p, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &p->workers[worker];
	u64 unsure[LD_CHUNK_WORDS];
	const u64 *mapped;
	int err;

	if (!ld_suremap_is_open(&p->sure) || !(p->request->level & LD_LEVEL_PROGRAMS))
		return 0;
	write_find_unsure(p, w, chunk, unsure);
	if (!ld_weight(unsure, LD_CHUNK_WORDS))
		return 0;
	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	mapped = ld_map_chunk(&p->sure.mapped, chunk);
	for (u64 i = 0; (i = ld_bit_next(unsure, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (w->scan.type[i] != LD_TYPE_KERNEL &&
		    (!ld_bit(mapped, i) || ld_filter_is_program(w->scan.type[i])))
			write_judge(p, w, i);
	return 0;
}

/* Find the content of all page frames in the chunk of the worker. */
static int write_find_pages(struct ld_pipeline *p, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &p->workers[worker];
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, chunk);
	struct ld_chunk *c = &w->chunk;
	u64 zero[LD_CHUNK_WORDS] = { 0 };
	u64 missing[LD_CHUNK_WORDS];
	int err;

	memset(c->page, 0, sizeof(c->page));
	ld_pagebuf_pages(&p->pagebuf, chunk, c->page, zero);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		zero[i] |= early ? early->valid[i] & early->zero[i] : 0;
		missing[i] = c->keep[i] & ~zero[i] & (early ? ~early->valid[i] : ~0ULL);
	}
	w->pages.zero += ld_weight(zero, LD_CHUNK_WORDS);
	for (u64 i = 0; (i = ld_bit_next(missing, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (c->page[i])
			ld_bit_clear(missing, i);
	/* As late as possible, but streamed page frames have been looked at already. */
	err = write_withdraw(p, worker, chunk);
	if (err || !ld_weight(missing, LD_CHUNK_WORDS))
		return err;
	return write_stream_chunk(p, worker, chunk, missing);
}

/* Add the chunk of the worker to its share of the checksums, see seal.h. */
static void write_sum_chunk(const struct ld_pipeline *p, struct ld_worker *w)
{
	const struct ld_chunk *c = &w->chunk;
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, c->pfn / LD_CHUNK);
	size_t page_size = ld_page_size(p->params->source);

	for (u64 i = 0; (i = ld_bit_next(c->keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		bool has_data = ld_early_has_data(early, i);
		u64 sum = has_data ? ld_early_page(&p->early, early, i)->sum :
				     ld_seal_page(c->page[i], page_size, c->pfn + i);

		w->data_sum += sum;
		w->content_sum += has_data || c->page[i] ? sum : 0;
		w->written++;
	}
	_Static_assert(sizeof(((struct ld_chunk *)0)->keep) == LD_SEAL_KEEP_BYTES, "");
	if (ld_weight(c->keep, LD_CHUNK_WORDS))
		w->keep_sum += port_hash64(c->keep, sizeof(c->keep), c->pfn);
}

static int write_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct ld_writer *writer = ctx;
	struct ld_pipeline *p = writer->pipeline;
	struct ld_control *control = p->params->control;
	struct ld_worker *w = &p->workers[worker];
	struct ld_chunk *c = &w->chunk;
	struct dump_pages pages = w->pages;
	u64 before = w->data_bytes;
	int err;

	err = ld_keepmap_load(&p->keepmap, &w->group, chunk, c->keep, &c->rank);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_WRITE,
				      p->keepmap.off + chunk * LD_CHUNK / 8, err);
	c->pfn = chunk * LD_CHUNK;
	err = write_find_pages(p, worker, chunk);
	if (!err) {
		err = dump_end_blame(&w->end, LD_STAGE_WRITE,
				     (u64)port_atomic64_read(&control->bytes),
				     p->request->format->put(writer->format, worker, c,
							     &w->data_bytes));
		w->torn = err;
	}
	if (err) {
		/* What was counted of the chunk is not in the dump. */
		w->pages = pages;
		w->data_bytes = before;
		return err;
	}
	/* Only now: the sums must not include a chunk that could not be written. */
	write_sum_chunk(p, w);
	port_atomic64_add(&control->done, ld_weight(c->keep, LD_CHUNK_WORDS));
	port_atomic64_add(&control->bytes, (s64)(w->data_bytes - before));
	return 0;
}

/* Fill in the seal, except what the format adds when it finishes. */
static void write_fill_seal(struct ld_writer *writer)
{
	const struct ld_pipeline *p = writer->pipeline;
	struct ld_seal *seal = &writer->seal;
	u64 streamed = 0, unseen = 0, unchecked = 0, content_sum = 0;

	seal->version = LD_SEAL_VERSION;
	seal->pause_ns = p->result->times.pause;
	for (unsigned int i = 0; i < p->params->workers; i++) {
		const struct ld_worker *w = &p->workers[i];

		streamed += w->pages.streamed + w->pages.blanked;
		unseen += w->pages.unseen;
		unchecked += w->pages.unchecked;
		seal->pages += w->written;
		seal->frozen += p->request->mode == LD_MODE_LIVE ? 0 :
				w->pages.buffered - w->pages.withdrawn;
		seal->data_sum += w->data_sum;
		seal->keep_sum += w->keep_sum;
		content_sum += w->content_sum;
	}
	/* Without bitmap 2 nobody can tell which page frames of zeros were written. */
	if (p->result->end.incomplete && !p->request->format->keep_off) {
		seal->data_sum = content_sum;
		seal->keep_sum = content_sum;
	}
	seal->mode = (u16)ld_mode_shown(p->request->mode, streamed);
	seal->unseen = (u16)(unseen < LD_SEAL_UNSEEN_MAX ? unseen : LD_SEAL_UNSEEN_MAX);
	if (unchecked)
		seal->unseen = LD_SEAL_UNSEEN_UNKNOWN;
}

/* The sums lack the chunks that could not be written, so the dump must not have them. */
static int write_erase_torn(struct ld_writer *writer)
{
	struct ld_pipeline *p = writer->pipeline;
	int err = 0;

	for (unsigned int i = 0; i < p->params->workers && !err; i++)
		if (p->workers[i].torn)
			err = p->request->format->erase(writer->format, i, &p->workers[i].chunk);
	return err;
}

/* Finish a dump that is complete or is kept as an incomplete one. */
static int write_finish(struct ld_writer *writer)
{
	struct ld_pipeline *p = writer->pipeline;
	struct dump_result *r = p->result;
	struct ld_sink *sink = p->params->sink;
	int err;

	ld_control_enter(p->params->control, LD_STAGE_FLUSH);
	write_fill_seal(writer);
	err = write_erase_torn(writer);
	if (!err)
		err = p->request->format->finish(writer->format, r->end.incomplete, &r->bytes.file);
	if (!err)
		err = sink->ops->finish(sink, r->bytes.file);
	return err;
}

/* An -EFBIG because of max_bytes is not an error of the sink. */
static enum ld_cause write_find_cause(const struct ld_writer *writer, int err)
{
	const struct ld_pipeline *p = writer->pipeline;

	if (err == -ECANCELED)
		return ld_control_cause(p->params->control);
	if (err == -EFBIG && p->request->max_bytes &&
	    !port_atomic64_read(&writer->throttle.below_full))
		return LD_CAUSE_SIZE;
	return LD_CAUSE_ERROR;
}

static int write_all(struct ld_writer *writer)
{
	struct ld_pipeline *p = writer->pipeline;
	struct dump_end *end = &p->result->end;
	struct ld_stage_run run = {
		.stage = LD_STAGE_WRITE,
		.total = p->keepmap.total,
		.step = write_chunk,
		.ctx = writer,
	};
	int err;

	err = ld_run_stage(p, &run);
	if (err && p->request->keep_partial) {
		dump_end_blame(end, LD_STAGE_WRITE,
			       (u64)port_atomic64_read(&p->params->control->bytes), err);
		end->incomplete = true;
		end->cause = write_find_cause(writer, err);
		err = 0;
	}
	if (err)
		return err;
	err = write_finish(writer);
	if (err)
		*end = (struct dump_end){ 0 };
	return dump_end_blame(end, LD_STAGE_FLUSH, p->result->bytes.file, err);
}

/* Open the format. The keep map has @kept bits, which are final without @early. */
static int write_open(struct ld_pipeline *p, u64 kept, const struct ld_early *early, u64 spare)
{
	const struct ld_params *params = p->params;
	const struct dump_request *request = p->request;
	struct ld_writer *writer = port_alloc(sizeof(*writer));
	struct ld_layout layout = {
		.source = params->source,
		.codec = request->codec,
		.codec_level = request->codec_level,
		.level = request->level,
		.workers = params->workers,
		.keep = p->keepmap.map.words ? &p->keepmap.map : NULL,
		.kept = kept,
		.control = params->control,
		.max_bytes = request->max_bytes,
		.early = early,
		.spare = spare,
	};

	if (!writer)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	p->writer = writer;
	writer->pipeline = p;
	layout.sink = &writer->throttle.sink;
	layout.seal = &writer->seal;
	ld_throttle_init(&writer->throttle, params, &p->stop);
	return dump_end_blame(&p->result->end, LD_STAGE_WRITE, 0,
			      request->format->open(&writer->format, &layout));
}

bool ld_write_can_begin(const struct ld_pipeline *p)
{
	const struct ld_sink *sink = p->params->sink;

	/* An estimate has no sink. What is cut short early has nothing of the moment. */
	return p->request->format->put_early && (!sink || sink->ops->rewrites) &&
	       !p->request->keep_partial && p->keepmap.map.words;
}

int ld_write_begin(struct ld_pipeline *p, u64 kept, u64 spare)
{
	return write_open(p, kept, &p->early, spare);
}

int ld_write_early(struct ld_pipeline *p, unsigned int worker, struct ld_early_page **page)
{
	struct ld_worker *w = &p->workers[worker];
	struct ld_control *control = p->params->control;
	const struct ld_chunk *c = &w->chunk;
	u64 before = w->data_bytes;
	int err;

	*page = ld_early_add(&p->early, c->pfn / LD_CHUNK, c->keep);
	if (!*page)
		return 0;
	err = p->request->format->put_early(p->writer->format, worker, c, *page, &w->data_bytes);
	port_atomic64_add(&control->bytes, (s64)(w->data_bytes - before));
	return dump_end_blame(&w->end, LD_STAGE_WRITE, (u64)port_atomic64_read(&control->bytes),
			      err);
}

static int write_settle(struct ld_pipeline *p)
{
	int err = p->request->format->settle(p->writer->format, p->keepmap.total);

	/* Too many page frames came into use before the freeze. */
	if (err == -EOVERFLOW)
		return dump_end_blame(&p->result->end, LD_STAGE_FREEZE, 0, -ENOMEM);
	return dump_end_blame(&p->result->end, LD_STAGE_WRITE, 0, err);
}

int ld_write(struct ld_pipeline *p)
{
	int err;

	if (!p->writer)
		err = write_open(p, p->keepmap.total, NULL, 0);
	else
		err = write_settle(p);
	return err ? err : write_all(p->writer);
}

void ld_write_close(struct ld_pipeline *p, int err)
{
	struct ld_writer *writer = p->writer;

	if (!writer)
		return;
	if (err)
		p->result->end.cause = write_find_cause(writer, err);
	if (writer->format)
		p->request->format->close(writer->format);
	port_free(writer, sizeof(*writer));
	p->writer = NULL;
}
