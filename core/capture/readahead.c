// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * readahead.c - the capture method of a live dump. It copies the page frames
 * that kernel structures depend on to the page buffer, as many as fit, the
 * lowest tier first. Then it classifies all page frames again, and copies those
 * to keep that have no copy yet.
 *
 * Without a page buffer nothing is copied, and the keep map stays as planned.
 *
 * If the host can find torn structures in the copy, it mends them by copying single page
 * frames again, see mend.h. If that fails, slab pages and the kernel image, which have the
 * lists, are read again: that takes less time than the first reading, so less changes
 * meanwhile. The last reading reads everything again.
 */
#include "capture.h"
#include "core/checker.h"
#include "core/flow/stage.h"
#include "mend.h"

struct readahead {
	u64 planned;	/* page frames to read ahead */
	u64 most;	/* maximum pages of the page buffer */
};

/* One pass over all page frames. */
struct readahead_pass {
	struct ld_pipeline *pipeline;
	unsigned int tiers;	/* tiers to copy, a bit per tier */
};

static bool readahead_changes_keepmap(const struct dump_request *request)
{
	return request->memory;
}

static int readahead_plan(struct ld_pipeline *p, void **state, struct ld_need *need)
{
	struct readahead *r = port_alloc(sizeof(*r));

	if (!r)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	*state = r;
	r->planned = ld_planned(p, LD_TIERS_KERNEL);
	r->most = p->request->memory >> p->params->source->page_shift;
	/*
	 * need->memory stays 0: page frames that do not fit are read when they
	 * are written.
	 */
	need->frames = r->planned;
	return 0;
}

/*
 * The number of pages to reserve before reading. Pages of zeros need no memory,
 * and their number is not known yet. So the last quarter is allocated only when
 * it is needed.
 */
static u64 readahead_reserve_pages(const struct readahead *r)
{
	return (r->planned < r->most ? r->planned : r->most) / 4 * 3;
}

/*
 * Without room some page frames still have the copy of an earlier reading. Whose they were
 * then their types of now do not say: leave them out of @copied.
 */
static void readahead_leave_old(u64 *copied, const u64 *before, const struct ld_scan *scan)
{
	for (u64 i = 0; (i = ld_bit_next(before, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (scan->type[i] != LD_TYPE_KERNEL)
			ld_bit_clear(copied, i);
}

static int readahead_copy(struct ld_pipeline *p, unsigned int worker, u64 chunk, const u64 *want)
{
	struct ld_worker *w = &p->workers[worker];
	struct ld_pagebuf_masks before, copied;
	int err;

	ld_pagebuf_masks(&p->pagebuf, chunk, &before);
	err = ld_pagebuf_read(&p->pagebuf, p->params->source, worker, chunk, p->request->level,
			      want, &w->scan);
	/* With -ENOSPC, some page frames may have been copied. */
	if (!err || err == -ENOSPC) {
		ld_pagebuf_masks(&p->pagebuf, chunk, &copied);
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
			copied.good[i] &= want[i];
		if (err)
			readahead_leave_old(copied.good, before.good, &w->scan);
		ld_suremap_set_types(&p->sure, chunk, copied.good, &w->scan);
	}
	if (err == -ENOSPC)
		return 0;	/* the page frames are read when they are written */
	return dump_end_blame(&w->end, LD_STAGE_READ, chunk * LD_CHUNK, err);
}

/* Store in @want the page frames of the chunk that the dump level keeps now. */
static int readahead_scan(struct ld_pipeline *p, unsigned int worker, u64 chunk, u64 *want)
{
	int err = ld_scan_chunk(p, worker, chunk);

	if (!err)
		memcpy(want, p->workers[worker].scan.keep, LD_CHUNK_WORDS * sizeof(*want));
	return err;
}

/*
 * Whether the dump had nothing of the chunk when it was last classified. All that a pass
 * could find there are page frames that have become the kernel's since, and the recheck
 * finds them. But if each tier has a pass, because not all of them fit, the recheck may have
 * no room for what belongs to the first tier.
 */
static bool readahead_leaves_chunk(const struct readahead_pass *pass, u64 chunk)
{
	const u64 *keep = ld_keepmap_chunk(&pass->pipeline->keepmap, chunk);

	if (pass->tiers && pass->tiers != LD_TIERS_KERNEL)
		return false;
	return !ld_weight(keep, LD_CHUNK_WORDS);
}

static int readahead_read_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	const struct readahead_pass *pass = ctx;
	struct ld_pipeline *p = pass->pipeline;
	struct ld_worker *w = &p->workers[worker];
	u64 want[LD_CHUNK_WORDS];
	int err;

	if (readahead_leaves_chunk(pass, chunk))
		return 0;
	err = readahead_scan(p, worker, chunk, want);
	if (err)
		return err;
	ld_want_tiers(&w->scan, pass->tiers, want);
	port_atomic64_add(&p->params->control->done, ld_weight(want, LD_CHUNK_WORDS));
	return readahead_copy(p, worker, chunk, want);
}

/* Clear the bits of @want for page frames that are neither slab pages nor the image. */
static void readahead_want_structures(const struct ld_pipeline *p, u64 chunk,
				      const struct ld_scan *scan, u64 *want)
{
	const struct ld_source *src = p->params->source;
	u64 start = src->system.kernel_paddr >> src->page_shift;
	u64 last = (src->system.kernel_paddr + src->system.kernel_size - 1) >> src->page_shift;

	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		u64 pfn = chunk * LD_CHUNK + i;

		if (scan->type[i] != LD_TYPE_SLAB && (pfn < start || pfn > last))
			ld_bit_clear(want, i);
	}
}

static int readahead_read_structures(void *ctx, unsigned int worker, u64 chunk)
{
	const struct readahead_pass *pass = ctx;
	struct ld_pipeline *p = pass->pipeline;
	struct ld_worker *w = &p->workers[worker];
	u64 want[LD_CHUNK_WORDS];
	int err;

	if (readahead_leaves_chunk(pass, chunk))
		return 0;
	err = readahead_scan(p, worker, chunk, want);
	if (err)
		return err;
	readahead_want_structures(p, chunk, &w->scan, want);
	return readahead_copy(p, worker, chunk, want);
}

/*
 * Set the final keep map of the chunk: the page frames with a good copy, and
 * those that the dump level keeps now but that do not fit into the page buffer.
 */
static int readahead_recheck_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	const struct readahead_pass *pass = ctx;
	struct ld_pipeline *p = pass->pipeline;
	struct ld_worker *w = &p->workers[worker];
	u64 *keep = ld_keepmap_chunk(&p->keepmap, chunk);
	u64 planned[LD_CHUNK_WORDS], want[LD_CHUNK_WORDS];
	struct ld_pagebuf_masks copied;
	int err;

	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	memcpy(planned, keep, sizeof(planned));
	memcpy(keep, w->scan.keep, sizeof(want));
	ld_pagebuf_masks(&p->pagebuf, chunk, &copied);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] = keep[i] & ~copied.good[i];
	ld_want_tiers(&w->scan, pass->tiers, want);
	err = readahead_copy(p, worker, chunk, want);
	if (err)
		return err;
	ld_pagebuf_masks(&p->pagebuf, chunk, &copied);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		keep[i] = copied.good[i] | (keep[i] & ~copied.read[i]);
		w->pages.buffered += ld_popcount(copied.good[i]);
		w->pages.unreadable += ld_popcount(copied.bad[i]);
		w->pages.reclassified_kept += ld_popcount(keep[i] & ~planned[i]);
		w->pages.reclassified_dropped += ld_popcount(planned[i] & ~keep[i] &
							     ~copied.bad[i]);
	}
	return 0;
}

/*
 * Do one pass over @tiers, 0: over structures. @boost_deadline_ns: end of the boost, 0 if
 * there is none.
 */
static int readahead_run_pass(struct ld_pipeline *p, const struct readahead *r,
			      enum ld_stage stage, unsigned int tiers, u64 boost_deadline_ns)
{
	struct readahead_pass pass = { p, tiers };
	struct ld_stage_run run = {
		.stage = stage,
		.total = r->planned,
		.step = stage == LD_STAGE_RECHECK ? readahead_recheck_chunk :
			tiers ? readahead_read_chunk : readahead_read_structures,
		.ctx = &pass,
	};

	ld_boost_limit(&run, boost_deadline_ns);
	return ld_run_stage(p, &run);
}

static int readahead_read_all(struct ld_pipeline *p, const struct readahead *r,
			      u64 boost_deadline_ns)
{
	int err = 0;

	if (r->most >= ld_with_slack(r->planned))
		err = readahead_run_pass(p, r, LD_STAGE_READ, LD_TIERS_KERNEL, boost_deadline_ns);
	else
		for (unsigned int tier = 0; tier < LD_NR_TIERS && !err; tier++)
			err = readahead_run_pass(p, r, LD_STAGE_READ, 1U << tier,
						 boost_deadline_ns);
	if (err)
		return err;
	return readahead_run_pass(p, r, LD_STAGE_RECHECK, LD_TIERS_KERNEL, boost_deadline_ns);
}

/* The recheck counts all page frames anew. */
static void readahead_forget_counts(struct ld_pipeline *p)
{
	for (unsigned int i = 0; i < p->params->workers; i++) {
		p->workers[i].pages.buffered = 0;
		p->workers[i].pages.unreadable = 0;
	}
}

static bool readahead_can_look(const struct ld_pipeline *p, bool finally)
{
	struct ld_checker *checker = p->params->checker;

	return !checker->can_look || checker->can_look(checker, finally);
}

/* Whether the copy can be mended. The checker needs a copy of all structures. */
static bool readahead_mends(const struct ld_pipeline *p, const struct readahead *r)
{
	return p->params->checker && r->most >= ld_with_slack(r->planned) &&
	       readahead_can_look(p, false);
}

/* Read the structures again while they are torn in the copy, up to checker->readings. */
static int readahead_mend(struct ld_pipeline *p, const struct readahead *r)
{
	struct ld_checker *checker = p->params->checker;
	int err = 0;

	for (unsigned int reading = 1; ld_mend(p, reading); reading++) {
		unsigned int tiers = reading + 1 == checker->readings ? LD_TIERS_KERNEL : 0;

		if (reading >= checker->readings)
			return 0;
		err = readahead_run_pass(p, r, LD_STAGE_READ, tiers, 0);
		if (err)
			return err;
		readahead_forget_counts(p);
		err = readahead_run_pass(p, r, LD_STAGE_RECHECK, LD_TIERS_KERNEL, 0);
		if (err)
			return err;
	}
	return 0;
}

struct readahead_reserve {
	struct ld_pagebuf *pagebuf;
	u64 pages;	/* for each worker */
};

static int readahead_reserve_worker(void *arg, unsigned int worker)
{
	const struct readahead_reserve *reserve = arg;

	(void)worker;
	ld_pagebuf_reserve(reserve->pagebuf, reserve->pages);
	return 0;
}

static int readahead_allocate(struct ld_pipeline *p, const struct readahead *r)
{
	struct ld_pagebuf_size size = {
		.policy = LD_ARENA_GROW,
		.control = p->params->control,
		.pages = r->most,
		.reads = p->groups.nr_chunks * (LD_NR_TIERS + 1),	/* one per pass */
	};
	struct readahead_reserve reserve = {
		.pagebuf = &p->pagebuf,
		.pages = readahead_reserve_pages(r) / p->params->workers,
	};
	int err;

	if (p->params->checker)
		size.reads += 2 * p->groups.nr_chunks * (p->params->checker->readings - 1) +
			      LD_MEND_MAX * p->params->checker->readings;
	ld_stage_begin(p, LD_STAGE_ALLOCATE, 0);
	err = ld_pagebuf_open(&p->pagebuf, p->params->source, &p->groups, p->params->workers,
			      &size);
	if (err)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
	port_run(p->params->workers, readahead_reserve_worker, &reserve);
	return 0;
}

/* Used only if the copy cannot be mended: a boost makes other threads wait. */
static int readahead_read_boosted(struct ld_pipeline *p, const struct readahead *r)
{
	u64 boost_deadline_ns = ld_boost_begin(p);
	int err = readahead_read_all(p, r, boost_deadline_ns);

	ld_boost_end(p);
	return err;
}

static int readahead_capture(struct ld_pipeline *p, void *state)
{
	const struct readahead *r = state;
	bool mends;
	int err;

	if (!r->most) {
		p->result->times.read = port_now_ns();
		return 0;
	}
	err = readahead_allocate(p, r);
	if (!err)
		err = ld_find_sure(p);
	if (err)
		return err;
	mends = readahead_mends(p, r);
	p->result->times.read = port_now_ns();
	err = p->request->boost && !mends ? readahead_read_boosted(p, r) :
					    readahead_read_all(p, r, 0);
	if (err || !mends)
		return err;
	if (readahead_can_look(p, true))
		return readahead_mend(p, r);
	/* The copy was made without the boost, but cannot be mended. Repeat it with the boost. */
	if (!p->request->boost)
		return 0;
	readahead_forget_counts(p);
	return readahead_read_boosted(p, r);
}

static u64 readahead_estimate(const struct ld_pipeline *p, const void *state, u64 zero,
			      u64 sampled)
{
	const struct readahead *r = state;

	if (!r->most || !r->planned || !sampled)
		return 0;
	return ld_pagebuf_estimate(p->params->source, p->params->workers, r->most,
				   readahead_reserve_pages(r),
				   r->planned - zero * r->planned / sampled);
}

static void readahead_close(void *state)
{
	port_free(state, sizeof(struct readahead));
}

const struct ld_capture_ops ld_capture_live = {
	.mode = LD_MODE_LIVE,
	.changes_keepmap = readahead_changes_keepmap,
	.plan = readahead_plan,
	.capture = readahead_capture,
	.estimate = readahead_estimate,
	.close = readahead_close,
};
