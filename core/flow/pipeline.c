// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pipeline.c - phases, their workers, and the plan, which is the first phase of
 * whatever is done: see dump.c.
 */
#include "core/pages/bitmap.h"
#include "pipeline.h"

int ld_take_chunks(struct ld_pipeline *d, unsigned int worker, port_atomic64_t *next,
		   int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk))
{
	const struct ld_control *ctl = d->p->control;
	struct ld_worker *w = &d->workers[worker];
	bool boost = d->boost_until != 0;
	int err = 0;
	u64 chunk;

	while ((chunk = (u64)port_atomic64_add(next, 1)) < d->nr_chunks) {
		if (port_atomic64_read(&d->stop))
			break;
		err = ld_control_cancelled(ctl);
		if (!err && d->frozen_until && port_now_ns() > d->frozen_until)
			err = dump_end_blame(&w->end, LD_STAGE_FREEZE, chunk * LD_CHUNK, -ETIME);
		if (!err)
			err = step(d, worker, chunk);
		if (err) {
			port_atomic64_set(&d->stop, 1);
			break;
		}
		if (boost && port_now_ns() > d->boost_until) {
			port_boost(false);
			boost = false;
		}
		if (!d->frozen_until)
			port_relax();
	}
	return err;
}

static int boost_step(void *arg, unsigned int worker)
{
	const bool *on = arg;

	(void)worker;
	port_boost(*on);
	return 0;
}

/*
 * All workers hurry before the first of them begins. One that had to wait for
 * a processor first would leave its share of the work to the others, and that
 * processor to those who change meanwhile what is read.
 */
void ld_boost(struct ld_pipeline *d)
{
	bool on = true;

	port_run(d->p->workers, boost_step, &on);
	d->boost_until = port_now_ns() + LD_BOOST_NS;
}

void ld_boost_end(struct ld_pipeline *d)
{
	bool on = false;

	if (!d->boost_until)
		return;
	d->boost_until = 0;
	port_run(d->p->workers, boost_step, &on);
}

static int run_steps(void *arg, unsigned int worker)
{
	struct ld_pipeline *d = arg;

	return ld_take_chunks(d, worker, &d->next, d->step);
}

void ld_begin_stage(struct ld_pipeline *d, enum ld_stage stage, u64 total,
		    int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk))
{
	struct ld_control *ctl = d->p->control;

	port_atomic64_set(&ctl->done, 0);
	port_atomic64_set(&ctl->total, (s64)total);
	ld_control_enter(ctl, stage);
	port_atomic64_set(&d->next, 0);
	port_atomic64_set(&d->stop, 0);
	d->step = step;
}

int ld_end_stage(struct ld_pipeline *d, int err)
{
	for (unsigned int i = 0; i < d->p->workers && err; i++) {
		const struct dump_end *end = &d->workers[i].end;

		if (end->err)
			dump_end_blame(&d->result->end, end->stage, end->at, err);
	}
	return err;
}

int ld_run_stage(struct ld_pipeline *d, enum ld_stage stage, u64 total,
		 int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk))
{
	ld_begin_stage(d, stage, total, step);
	return ld_end_stage(d, port_run(d->p->workers, run_steps, d));
}

int ld_scan_chunk(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];

	return dump_end_blame(&w->end, LD_STAGE_CLASSIFY, chunk * LD_CHUNK,
		      ld_chunk_scan(d->p->source, worker, chunk, d->request->level, &w->scan));
}

static int plan_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	struct ld_scan *scan = &w->scan;
	unsigned int frames;
	int err;

	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	err = dump_end_blame(&w->end, LD_STAGE_WRITE, d->keepmap.off + chunk * LD_CHUNK / 8,
			     ld_keepmap_store(&d->keepmap, chunk, scan->keep));
	if (err)
		return err;
	for (unsigned int c = 0; c < LD_NR_TYPES; c++)
		w->pages.frames_by_type[c] += scan->frames[c];
	frames = ld_weight(scan->ram, LD_CHUNK_WORDS);
	w->pages.frames += frames;
	port_atomic64_add(&d->p->control->done, frames);
	return 0;
}

void ld_want_tiers(const struct ld_pipeline *d, const struct ld_scan *scan, u64 *want)
{
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (!(d->tiers >> ld_filter_tier(scan->cls[i]) & 1))
			ld_bit_clear(want, i);
}

static void add_worker_shares(struct ld_pipeline *d)
{
	for (unsigned int i = 0; i < d->p->workers; i++) {
		dump_pages_add(&d->result->pages, &d->workers[i].pages);
		d->result->bytes.data += d->workers[i].data_bytes;
	}
}

u64 ld_planned(const struct ld_pipeline *d)
{
	u64 frames = 0;

	for (unsigned int i = 0; i < d->p->workers; i++)
		for (enum ld_page_type c = 0; c < LD_NR_TYPES; c++)
			if (ld_filter_keep(c, d->request->level) &&
			    d->tiers >> ld_filter_tier(c) & 1)
				frames += d->workers[i].pages.frames_by_type[c];
	return frames;
}

int ld_plan(struct ld_pipeline *d)
{
	int err;

	if (d->request->mode != LD_MODE_LIVE)
		ld_boost(d);
	d->plan_ns = port_now_ns();
	err = ld_run_stage(d, LD_STAGE_PLAN, ld_source_frames(d->p->source), plan_step);
	d->plan_ns = port_now_ns() - d->plan_ns;
	ld_boost_end(d);
	return err;
}

static size_t pipeline_bytes(const struct ld_params *p)
{
	return sizeof(struct ld_pipeline) + p->workers * sizeof(struct ld_worker);
}

/* All that is needed beside the pinned memory, before anything is classified. */
static int alloc_pipeline(struct ld_pipeline *d, struct ld_sink *sink)
{
	const struct ld_params *p = d->p;
	size_t chunk_bytes = LD_CHUNK * ld_page_size(p->source);
	int err;

	err = ld_keepmap_open(&d->keepmap, p->source, sink,
			      sink ? p->request->format->keep_off(p->source) : 0);
	if (err)
		return err;
	for (unsigned int i = 0; i < p->workers; i++) {
		d->workers[i].buf = port_alloc_locked(chunk_bytes);
		if (!d->workers[i].buf)
			return -ENOMEM;
	}
	return 0;
}

int ld_pipeline_open(struct ld_pipeline **flow, const struct ld_params *p,
		     struct dump_result *result, struct ld_sink *sink)
{
	struct ld_pipeline *d;
	int err;

	memset(result, 0, sizeof(*result));
	result->workers = p->workers;
	result->times.start = port_now_ns();
	if (!p->workers || p->request->level > LD_LEVEL_MAX || !p->source->nr_ranges ||
	    (p->request->codec->flag && !p->request->format->compresses))
		return -EINVAL;
	d = port_alloc(pipeline_bytes(p));
	if (!d)
		return dump_end_blame(&result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	d->p = p;
	d->request = p->request;
	d->result = result;
	d->nr_chunks = ld_chunk_count(p->source);
	err = dump_end_blame(&result->end, LD_STAGE_ALLOCATE, 0, alloc_pipeline(d, sink));
	if (err)
		ld_pipeline_close(d);
	else
		*flow = d;
	return err;
}

void ld_pipeline_close(struct ld_pipeline *d)
{
	const struct ld_params *p = d->p;
	size_t chunk_bytes = LD_CHUNK * ld_page_size(p->source);

	add_worker_shares(d);
	d->result->pages.kept = d->keepmap.total;
	d->result->bytes.raw = d->result->pages.kept << p->source->page_shift;
	d->result->times.end = port_now_ns();
	ld_pagebuf_close(&d->pre);
	ld_pagebuf_close(&d->second);
	for (unsigned int i = 0; i < p->workers; i++)
		port_free_locked(d->workers[i].buf, chunk_bytes);
	ld_keepmap_close(&d->keepmap);
	port_free(d, pipeline_bytes(p));
}
