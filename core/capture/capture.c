// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * capture.c - the table of capture methods, and the stage PLAN, with which all
 * of them begin.
 */
#include "capture.h"
#include "core/flow/stage.h"

static const struct ld_capture_ops *const capture_methods[LD_NR_MODES] = {
	[LD_MODE_LIVE] = &ld_capture_live,
	[LD_MODE_FREEZE] = &ld_capture_freeze,
	[LD_MODE_FREEZE_KERNEL] = &ld_capture_freeze_kernel,
	[LD_MODE_PRECOPY] = &ld_capture_precopy,
};

const struct ld_capture_ops *ld_capture_of(enum ld_mode mode)
{
	return capture_methods[mode];
}

static int capture_plan_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct ld_pipeline *p = ctx;
	struct ld_worker *w = &p->workers[worker];
	struct ld_scan *scan = &w->scan;
	u64 start = port_now_ns();
	unsigned int frames;
	int err;

	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	ld_pace_add(p, worker, 1, start);
	err = dump_end_blame(&w->end, LD_STAGE_WRITE, p->keepmap.off + chunk * LD_CHUNK / 8,
			     ld_keepmap_store(&p->keepmap, chunk, scan->keep));
	if (err)
		return err;
	for (unsigned int type = 0; type < LD_NR_TYPES; type++)
		w->pages.frames_by_type[type] += scan->frames[type];
	frames = ld_weight(scan->ram, LD_CHUNK_WORDS);
	w->pages.frames += frames;
	port_atomic64_add(&p->params->control->done, frames);
	return 0;
}

/* Classify every page frame, and set the bits of those to keep in the keep map. */
static int capture_plan_all(struct ld_pipeline *p, bool boost)
{
	struct ld_stage_run run = {
		.stage = LD_STAGE_PLAN,
		.total = ld_source_frames(p->params->source),
		.step = capture_plan_chunk,
		.ctx = p,
	};
	u64 start;
	int err;

	if (boost)
		ld_boost_limit(&run, ld_boost_begin(p));
	start = port_now_ns();
	err = ld_run_stage(p, &run);
	p->plan_ns = port_now_ns() - start;
	p->scan_ns = ld_pace_ns(p, p->groups.nr_chunks, p->plan_ns);
	if (boost)
		ld_boost_end(p);
	return err;
}

int ld_capture_plan(struct ld_pipeline *p, const struct ld_capture_ops *way, void **state,
		    struct ld_need *need)
{
	int err;

	memset(need, 0, sizeof(*need));
	err = capture_plan_all(p, way->boost_plan);
	return err ? err : way->plan(p, state, need);
}
