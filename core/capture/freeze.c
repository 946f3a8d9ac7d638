// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * freeze.c - the capture method of a freeze: page frames are copied while the
 * system is paused, so they all show one moment.
 *
 * All memory is allocated before the pause. The length of the pause is
 * estimated before it: a pause that would be too long does not begin. Only
 * memory that is not in the dump is written in the pause, see PORT_OWN_MIN. So
 * the progress does not change in the pause. The pause has a number of rounds.
 * In each round the workers go through all chunks.
 *
 * The mode freeze-kernel copies the page frames that kernel structures depend
 * on. The rest is read in the stage WRITE, while the system runs.
 */
#include "capture.h"
#include "core/flow/measure.h"
#include "core/flow/stage.h"
#include "core/scale.h"
#include "selfcheck.h"

/* Classify, copy, and copy again for a self-check. */
#define FREEZE_ROUNDS_MAX	3U

struct freeze {
	struct ld_pipeline *pipeline;
	unsigned int tiers;		/* tiers to copy, a bit per tier */
	const struct ld_memmap_ops *memmap;	/* NULL: all descriptions are copied */
	port_atomic64_t skipped;	/* page frames of descriptions that are not copied */
	u64 frames;			/* page frames to copy, as planned */
	struct ld_pagebuf_size size;	/* for these page frames plus slack */
	unsigned int nr_rounds;
	struct ld_stage_run round[FREEZE_ROUNDS_MAX];
};

/* struct freeze is written in the pause. */
static size_t freeze_bytes(void)
{
	return port_own_bytes(sizeof(struct freeze));
}

static bool freeze_changes_keepmap(const struct dump_request *request)
{
	(void)request;
	return true;
}

/* Whether page frame @pfn holds only descriptions of page frames that are not kept. */
static bool freeze_skips_frame(const struct freeze *f, u64 pfn)
{
	struct ld_source *src = f->pipeline->params->source;
	unsigned int nr;
	u64 first, end;

	nr = f->memmap->describes(src, pfn, &first);
	if (!nr)
		return false;
	end = first + nr < src->max_pfn ? first + nr : src->max_pfn;
	return !ld_map_any(&f->pipeline->keepmap.map, first, end);
}

/* Clear the bits of @want for page frames that are not copied in the pause. */
static void freeze_want(void *ctx, u64 chunk, const struct ld_scan *scan, u64 *want)
{
	const struct freeze *f = ctx;

	if (f->tiers == LD_TIERS_ALL)
		return;
	ld_want_tiers(scan, f->tiers, want);
	for (u64 i = 0; f->memmap && (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (freeze_skips_frame(f, chunk * LD_CHUNK + i))
			ld_bit_clear(want, i);
}

/* Set the keep map of the chunk from the page types in the pause. */
static int freeze_classify_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct ld_pipeline *p = ((struct freeze *)ctx)->pipeline;
	struct ld_worker *w = &p->workers[worker];
	u64 *keep = ld_keepmap_chunk(&p->keepmap, chunk);
	int err;

	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		w->pages.reclassified_kept += ld_popcount(w->scan.keep[i] & ~keep[i]);
		w->pages.reclassified_dropped += ld_popcount(keep[i] & ~w->scan.keep[i]);
		keep[i] = w->scan.keep[i];
	}
	return 0;
}

/*
 * Page types do not change in the pause, so it is enough to classify the page
 * frames before they are copied.
 */
static int freeze_copy_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct freeze *f = ctx;
	struct ld_pipeline *p = f->pipeline;
	struct ld_worker *w = &p->workers[worker];
	u64 *keep = ld_keepmap_chunk(&p->keepmap, chunk);
	u64 want[LD_CHUNK_WORDS];
	struct ld_pagebuf_masks copied;
	int err;

	err = freeze_classify_chunk(f, worker, chunk);
	if (err)
		return err;
	memcpy(want, w->scan.keep, sizeof(want));
	freeze_want(f, chunk, &w->scan, want);
	err = ld_pagebuf_read(&p->pagebuf, p->params->source, worker, chunk, p->request->level,
			      want, NULL);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_FREEZE, chunk * LD_CHUNK,
				      err == -ENOSPC ? -ENOMEM : err);
	ld_suremap_set_types(&p->sure, chunk, want, &w->scan);
	ld_pagebuf_masks(&p->pagebuf, chunk, &copied);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		w->pages.buffered += ld_popcount(copied.good[i]);
		w->pages.unreadable += ld_popcount(copied.bad[i]);
		keep[i] = copied.good[i] | (keep[i] & ~want[i]);
	}
	return 0;
}

static int freeze_pause_too_long(struct ld_pipeline *p, unsigned int worker, u64 chunk)
{
	return dump_end_blame(&p->workers[worker].end, LD_STAGE_FREEZE, chunk * LD_CHUNK, -ETIME);
}

static void freeze_add_round(struct freeze *f,
			     int (*step)(void *ctx, unsigned int worker, u64 chunk))
{
	f->round[f->nr_rounds++] = (struct ld_stage_run){ .step = step, .ctx = f };
}

static int freeze_open(struct ld_pipeline *p, void **state, unsigned int tiers)
{
	struct freeze *f;

	if (!p->params->source->freezer)
		return dump_end_blame(&p->result->end, LD_STAGE_FREEZE, 0, -EOPNOTSUPP);
	f = port_alloc(freeze_bytes());
	if (!f)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	*state = f;
	f->pipeline = p;
	f->tiers = tiers;
	f->frames = ld_planned(p, tiers);
	return 0;
}

/* Store in @need what the freeze needs. The rounds and f->frames have to be set. */
static int freeze_find_need(struct freeze *f, struct ld_need *need)
{
	struct ld_pipeline *p = f->pipeline;
	int err;

	f->size.policy = LD_ARENA_FIXED;
	f->size.control = p->params->control;
	f->size.pages = ld_with_slack(f->frames);
	f->size.reads = ld_with_slack(ld_keepmap_count_chunks(&p->keepmap));
	need->frames = f->frames;
	need->memory = ld_pagebuf_fixed_bytes(p->params->source, p->params->workers, &f->size);
	err = ld_measure_copy(p, f->frames, true, freeze_want, f, &need->copy_ns);
	/* Each round classifies all page frames, as the stage PLAN did. */
	need->pause_ns = ld_add(f->nr_rounds * p->scan_ns, need->copy_ns);
	return err;
}

int ld_freeze_plan(struct ld_pipeline *p, void **state, unsigned int tiers, struct ld_need *need)
{
	int err;

	err = freeze_open(p, state, tiers);
	if (err)
		return err;
	freeze_add_round(*state, freeze_copy_chunk);
	return freeze_find_need(*state, need);
}

static int freeze_plan(struct ld_pipeline *p, void **state, struct ld_need *need)
{
	return ld_freeze_plan(p, state, LD_TIERS_ALL, need);
}

static int freeze_count_skipped(void *ctx, unsigned int worker, u64 chunk)
{
	struct freeze *f = ctx;
	const u64 *keep = ld_keepmap_chunk(&f->pipeline->keepmap, chunk);
	u64 skipped = 0;

	(void)worker;
	for (u64 i = 0; (i = ld_bit_next(keep, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		skipped += freeze_skips_frame(f, chunk * LD_CHUNK + i);
	port_atomic64_add(&f->skipped, (s64)skipped);
	return 0;
}

static int freeze_plan_kernel(struct ld_pipeline *p, void **state, struct ld_need *need)
{
	struct ld_stage_run skip = { .stage = LD_STAGE_SKIP, .step = freeze_count_skipped };
	struct freeze *f;
	int err;

	err = freeze_open(p, state, LD_TIERS_KERNEL);
	if (err)
		return err;
	f = *state;
	f->memmap = p->params->source->memmap;
	if (f->memmap) {
		skip.ctx = f;
		err = ld_run_stage(p, &skip);
		if (err)
			return err;
		f->frames -= (u64)port_atomic64_read(&f->skipped);
		/*
		 * The page types of all page frames decide which descriptions
		 * to copy.
		 */
		freeze_add_round(f, freeze_classify_chunk);
	}
	freeze_add_round(f, freeze_copy_chunk);
	return freeze_find_need(f, need);
}

static int freeze_allocate(struct freeze *f)
{
	struct ld_pipeline *p = f->pipeline;
	int err;

	ld_stage_begin(p, LD_STAGE_ALLOCATE, 0);
	err = ld_pagebuf_open(&p->pagebuf, p->params->source, &p->groups, p->params->workers,
			      &f->size);
	if (!err)
		err = ld_selfcheck_add_round(p, &f->size, f->round, &f->nr_rounds);
	return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
}

static int freeze_work_round(void *arg, unsigned int worker, unsigned int round)
{
	struct freeze *f = arg;

	return ld_stage_work(f->pipeline, &f->round[round], worker);
}

static int freeze_capture(struct ld_pipeline *p, void *state)
{
	struct ld_source *src = p->params->source;
	struct freeze *f = state;
	u64 deadline_ns;
	int err;

	err = freeze_allocate(f);
	if (!err)
		err = ld_find_sure(p);
	if (err)
		return err;
	p->result->times.read = port_now_ns();
	ld_stage_begin(p, LD_STAGE_FREEZE, f->frames);
	err = ld_source_ready(src);
	if (err)
		return ld_stage_end(p, err);
	deadline_ns = port_now_ns() + p->request->max_pause_ns;
	for (unsigned int i = 0; i < f->nr_rounds; i++) {
		f->round[i].deadline_ns = deadline_ns;
		f->round[i].late = freeze_pause_too_long;
		f->round[i].no_relax = true;
	}
	err = src->freezer->stop(src, p->params->workers, f->nr_rounds, freeze_work_round, f,
				 &p->result->times.pause);
	return ld_stage_end(p, err);
}

/* All pages are allocated before the pause, so pages of zeros save nothing. */
static u64 freeze_estimate(const struct ld_pipeline *p, const void *state, u64 zero, u64 sampled)
{
	const struct freeze *f = state;

	(void)zero;
	(void)sampled;
	return ld_pagebuf_fixed_bytes(p->params->source, p->params->workers, &f->size);
}

static void freeze_close(void *state)
{
	port_free(state, freeze_bytes());
}

const struct ld_capture_ops ld_capture_freeze = {
	.mode = LD_MODE_FREEZE,
	.boost_plan = true,
	.changes_keepmap = freeze_changes_keepmap,
	.plan = freeze_plan,
	.capture = freeze_capture,
	.estimate = freeze_estimate,
	.close = freeze_close,
};

const struct ld_capture_ops ld_capture_freeze_kernel = {
	.mode = LD_MODE_FREEZE_KERNEL,
	.boost_plan = true,
	.changes_keepmap = freeze_changes_keepmap,
	.plan = freeze_plan_kernel,
	.capture = freeze_capture,
	.estimate = freeze_estimate,
	.close = freeze_close,
};
