// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * measure.c - measure how long it takes to classify and copy page frames.
 *
 * For a pause it is rehearsed: all workers copy at the same time, and share the way to
 * memory. That takes all processors for some milliseconds, as the pause does.
 */
#include "core/scale.h"
#include "measure.h"
#include "stage.h"

/* Page frames that each worker copies. This takes some milliseconds. */
#define MEASURE_FRAMES	4096U

struct measure {
	struct ld_pipeline *pipeline;
	ld_want_fn *want;
	void *ctx;
};

static int measure_copy_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct measure *m = ctx;
	struct ld_pipeline *p = m->pipeline;
	struct ld_worker *w = &p->workers[worker];
	const u64 *keep = ld_keepmap_chunk(&p->keepmap, chunk);
	u64 want[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS], start = port_now_ns();
	int err;

	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	memcpy(want, w->scan.keep, sizeof(want));
	if (m->want)
		m->want(m->ctx, chunk, &w->scan, want);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] &= keep[i];
	err = dump_end_blame(&w->end, LD_STAGE_MEASURE, chunk * LD_CHUNK,
			     ld_chunk_read(p->params->source, worker, chunk, want, w->buf, bad));
	ld_pace_add(p, worker, ld_weight(want, LD_CHUNK_WORDS), start);
	/*
	 * On a large machine, to go through all other chunks and copy nothing
	 * would take longer than to copy the sample.
	 */
	return !err && w->pace.nr >= MEASURE_FRAMES ? LD_STAGE_DONE : err;
}

int ld_measure_copy(struct ld_pipeline *p, u64 frames, bool boost, ld_want_fn *want, void *ctx,
		    u64 *ns)
{
	struct measure m = { p, want, ctx };
	struct ld_stage_run run = {
		.stage = LD_STAGE_MEASURE,
		.total = frames,
		.step = measure_copy_chunk,
		.ctx = &m,
	};
	u64 copied = 0, start;
	int err;

	if (boost)
		ld_boost_limit(&run, ld_boost_begin_all(p));
	start = port_now_ns();
	err = ld_run_stage(p, &run);
	*ns = port_now_ns() - start;
	for (unsigned int i = 0; i < p->params->workers; i++)
		copied += p->workers[i].pace.nr;
	*ns = ld_pace_ns(p, frames, copied ? ld_scale(*ns, frames, copied) : 0);
	if (boost)
		ld_boost_end(p);
	return err;
}
