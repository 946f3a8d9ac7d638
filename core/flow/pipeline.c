// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pipeline.c - phases, their workers, and the plan, which is the first phase of
 * whatever is done: see dump.c.
 */
#include "core/buffer/bitmap.h"
#include "pipeline.h"

/* Blame @what, unless the worker has something to blame already. */
int ld_failed(struct ld_stats *stats, const char *what, u64 at, int err)
{
	if (err && !stats->failed) {
		stats->failed = what;
		stats->failed_at = at;
	}
	return err;
}

int ld_take_chunks(struct ld_pipeline *d, unsigned int worker, port_atomic64_t *next,
		   int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk))
{
	struct ld_control *ctl = d->p->control;
	struct ld_worker *w = &d->workers[worker];
	bool boost = d->boost_until != 0;
	int err = 0;
	u64 chunk;

	while ((chunk = (u64)port_atomic64_add(next, 1)) < d->nr_chunks) {
		if (port_atomic64_read(&d->stop))
			break;
		err = -(int)port_atomic64_read(&ctl->cancel);
		if (!err && d->frozen_until && port_now_ns() > d->frozen_until)
			err = ld_failed(&w->stats, "freeze", chunk * LD_CHUNK, -ETIME);
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

void ld_begin_phase(struct ld_pipeline *d, enum ld_phase phase, u64 total,
		    int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk))
{
	struct ld_control *ctl = d->p->control;

	port_atomic64_set(&ctl->done, 0);
	port_atomic64_set(&ctl->total, (s64)total);
	port_atomic64_set(&ctl->phase, phase);
	port_atomic64_set(&d->next, 0);
	port_atomic64_set(&d->stop, 0);
	d->step = step;
}

int ld_end_phase(struct ld_pipeline *d, int err)
{
	for (unsigned int i = 0; i < d->p->workers && err; i++)
		if (d->workers[i].stats.failed)
			ld_failed(d->stats, d->workers[i].stats.failed,
				  d->workers[i].stats.failed_at, err);
	return err;
}

int ld_run_phase(struct ld_pipeline *d, enum ld_phase phase, u64 total,
		 int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk))
{
	ld_begin_phase(d, phase, total, step);
	return ld_end_phase(d, port_run(d->p->workers, run_steps, d));
}

int ld_scan_chunk(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];

	return ld_failed(&w->stats, "classify page frames", chunk * LD_CHUNK,
		      ld_chunk_scan(d->p->source, worker, chunk, d->p->level, &w->scan));
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
	err = ld_failed(&w->stats, "write", d->keepmap.off + chunk * LD_CHUNK / 8,
			ld_keepmap_store(&d->keepmap, chunk, scan->keep));
	if (err)
		return err;
	for (unsigned int c = 0; c < LD_NR_TYPES; c++)
		w->stats.frames_by_type[c] += scan->frames[c];
	frames = ld_weight(scan->ram, LD_CHUNK_WORDS);
	w->stats.frames += frames;
	port_atomic64_add(&d->p->control->done, frames);
	return 0;
}

void ld_want_tiers(const struct ld_pipeline *d, const struct ld_scan *scan, u64 *want)
{
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (!(d->tiers >> ld_filter_tier(scan->cls[i]) & 1))
			ld_bit_clear(want, i);
}

static void sum_stats(struct ld_pipeline *d)
{
	struct ld_stats *st = d->stats;

	for (unsigned int i = 0; i < d->p->workers; i++) {
		const struct ld_stats *w = &d->workers[i].stats;

		st->frames += w->frames;
		for (unsigned int c = 0; c < LD_NR_TYPES; c++)
			st->frames_by_type[c] += w->frames_by_type[c];
		st->unreadable += w->unreadable;
		st->reclassified_dropped += w->reclassified_dropped;
		st->reclassified_kept += w->reclassified_kept;
		st->blanked += w->blanked;
		st->buffered += w->buffered;
		st->differing += w->differing;
		st->scratch += w->scratch;
		st->streamed += w->streamed;
		st->zero += w->zero;
		st->data_bytes += w->data_bytes;
	}
}

u64 ld_planned(const struct ld_pipeline *d)
{
	u64 frames = 0;

	for (unsigned int i = 0; i < d->p->workers; i++)
		for (enum ld_page_type c = 0; c < LD_NR_TYPES; c++)
			if (ld_filter_keep(c, d->p->level) && d->tiers >> ld_filter_tier(c) & 1)
				frames += d->workers[i].stats.frames_by_type[c];
	return frames;
}

int ld_plan(struct ld_pipeline *d)
{
	int err;

	if (d->p->mode != LD_MODE_LIVE)
		ld_boost(d);
	d->plan_ns = port_now_ns();
	err = ld_run_phase(d, LD_PHASE_PLAN, ld_source_frames(d->p->source), plan_step);
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
			      sink ? p->format->keep_off(p->source) : 0);
	if (err)
		return err;
	for (unsigned int i = 0; i < p->workers; i++) {
		d->workers[i].buf = port_alloc_locked(chunk_bytes);
		if (!d->workers[i].buf)
			return -ENOMEM;
	}
	return 0;
}

int ld_pipeline_open(struct ld_pipeline **flow, const struct ld_params *p, struct ld_stats *stats,
		     struct ld_sink *sink)
{
	struct ld_pipeline *d;
	int err;

	memset(stats, 0, sizeof(*stats));
	stats->start_ns = port_now_ns();
	if (!p->workers || p->level > LD_LEVEL_MAX || !p->source->nr_ranges ||
	    (p->codec->flag && !p->format->compresses))
		return -EINVAL;
	d = port_alloc(pipeline_bytes(p));
	if (!d)
		return ld_failed(stats, "allocate memory", 0, -ENOMEM);
	d->p = p;
	d->stats = stats;
	d->nr_chunks = ld_chunk_count(p->source);
	err = ld_failed(stats, "allocate memory", 0, alloc_pipeline(d, sink));
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

	sum_stats(d);
	d->stats->kept = d->keepmap.total;
	d->stats->raw_bytes = d->stats->kept << p->source->page_shift;
	d->stats->end_ns = port_now_ns();
	ld_pagebuf_close(&d->pre);
	ld_pagebuf_close(&d->second);
	for (unsigned int i = 0; i < p->workers; i++)
		port_free_locked(d->workers[i].buf, chunk_bytes);
	ld_keepmap_close(&d->keepmap);
	port_free(d, pipeline_bytes(p));
}
