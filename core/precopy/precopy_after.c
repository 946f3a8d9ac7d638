// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * precopy_after.c - the work of pre-copy after the pause.
 *
 * The tracker sees writes by processors. Devices write to memory, too. The source has
 * rules about which page frames devices may write, and these are copied in each pause,
 * written or not. Each dump checks the rules: page frames that were not copied in the
 * pause are read once more. If one differs from its copy and the tracker saw no write
 * since the pause, something else wrote it, and may have done so before the pause, too.
 * The dump records the number of such page frames.
 */
#include "core/capture/selfcheck.h"
#include "core/flow/stage.h"
#include "precopy.h"

/*
 * Whether page frame @i of the chunk has the same owner as in the pause, by the scan of
 * @w. The tracker may have other rules for another owner.
 */
static bool after_is_same(const struct precopy_chunk *c, const struct ld_worker *w, u64 i)
{
	return ld_bit(w->scan.keep, i) &&
	       (w->scan.type[i] != LD_TYPE_KERNEL) == ld_bit(c->typed, i);
}

int precopy_compare(struct precopy *pc, unsigned int worker, u64 chunk, enum ld_stage stage,
		    u64 *frames)
{
	struct ld_pipeline *p = pc->pipeline;
	struct ld_source *src = p->params->source;
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, chunk);
	struct ld_worker *w = &p->workers[worker];
	u64 want[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS], zero[LD_CHUNK_WORDS] = { 0 };
	struct ld_pagebuf_masks copied;
	const u8 *now = w->buf;
	int err;

	ld_copied(p, chunk, &copied);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] = frames[i] & copied.good[i];
	memset(frames, 0, sizeof(want));
	err = dump_end_blame(&w->end, stage, chunk * LD_CHUNK,
			     ld_chunk_read(src, worker, chunk, want, w->buf, bad));
	if (err)
		return err;
	memset(w->chunk.page, 0, sizeof(w->chunk.page));
	ld_pagebuf_pages(&p->pagebuf, chunk, w->chunk.page, zero);
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		enum ld_pages how = LD_PAGES_SAME;

		if (ld_early_has_content(early, i))
			how = ld_selfcheck_early(p, chunk * LD_CHUNK + i, now);
		else if (!ld_bit(bad, i))
			how = ld_selfcheck_pages(src, w->chunk.page[i], now);
		if (!ld_bit(bad, i) && how == LD_PAGES_DIFFER)
			ld_bit_set(frames, i);
		now += ld_page_size(src);
	}
	pc->worker[worker].frames[0] += ld_weight(frames, LD_CHUNK_WORDS);
	return 0;
}

int precopy_run_compare(struct precopy *pc, struct ld_stage_run *run, u64 *differ)
{
	u64 frames[SPEED_COPY];
	int err;

	precopy_count(pc, frames);
	err = ld_run_stage(pc->pipeline, run);
	precopy_count(pc, frames);
	*differ = frames[0];
	return err;
}

/* Read the page frames not copied in the pause. Mark those that differ as stale. */
static int after_compare_chunk(struct precopy *pc, unsigned int worker, u64 chunk)
{
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	struct ld_pipeline *p = pc->pipeline;
	int err;

	memset(c->stale, 0, sizeof(c->stale));
	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		c->stale[i] = c->want[i] & ~c->paused[i] & p->workers[worker].scan.keep[i];
	return precopy_compare(pc, worker, chunk, LD_STAGE_COMPARE, c->stale);
}

/* Set the final bits of the chunk in the keep map, and count them. */
static void after_finish_chunk(struct precopy *pc, unsigned int worker, u64 chunk,
			       const struct ld_pagebuf_masks *copied)
{
	struct ld_pipeline *p = pc->pipeline;
	const struct precopy_chunk *c = precopy_chunk(pc, chunk);
	struct dump_pages *pages = &p->workers[worker].pages;
	u64 *keep = ld_keepmap_chunk(&p->keepmap, chunk);
	u64 *typed = ld_map_chunk(&p->sure.typed, chunk);

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		u64 good = copied->good[i] & c->want[i], bad = copied->bad[i] & c->want[i];

		keep[i] = good | (keep[i] & ~c->want[i]);
		typed[i] = (typed[i] & ~good) | (c->typed[i] & good);
		pages->buffered += ld_popcount(good);
		pages->unreadable += ld_popcount(bad);
		pages->paused += ld_popcount(c->paused[i]);
		pages->reclassified_kept += ld_popcount(keep[i] & ~c->planned[i]);
		pages->reclassified_dropped += ld_popcount(c->planned[i] & ~keep[i] & ~bad);
	}
}

static int after_conclude_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct precopy *pc = ctx;
	struct ld_pagebuf_masks copied;

	ld_copied(pc->pipeline, chunk, &copied);
	after_finish_chunk(pc, worker, chunk, &copied);
	port_atomic64_add(&pc->pipeline->params->control->done,
			  ld_weight(copied.good, LD_CHUNK_WORDS));
	return after_compare_chunk(pc, worker, chunk);
}

/* Of the page frames that differ, count those to which the tracker saw no write. */
static int after_count_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct precopy *pc = ctx;
	struct ld_pipeline *p = pc->pipeline;
	const struct precopy_chunk *c = precopy_chunk(pc, chunk);
	struct ld_worker *w = &p->workers[worker];
	int err;

	if (!ld_weight(c->stale, LD_CHUNK_WORDS))
		return 0;
	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	for (u64 i = 0; (i = ld_bit_next(c->stale, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (!after_is_same(c, w, i) ||
		    pc->tracker->written(p->params->source, chunk * LD_CHUNK + i))
			continue;
		w->pages.unseen++;
		w->pages.unseen_by_type[w->scan.type[i]]++;
	}
	return 0;
}

/*
 * Ask the tracker what was written since the pause. The dump is whole: what stands against that,
 * a processor that does not answer any more or a lack of memory, leaves only unknown who has
 * written to the @differ page frames. Then *@known is false.
 */
static int after_ask(struct precopy *pc, u64 differ, bool *known)
{
	struct ld_pipeline *p = pc->pipeline;
	struct ld_tracker_counts counts;
	int err = precopy_sweep(pc, LD_STAGE_COMPARE, &counts);

	*known = !err;
	if (err != -EDEADLK && err != -ENOMEM)
		return err;
	p->result->end = (struct dump_end){ 0 };
	p->workers[0].pages.unchecked += differ;
	return 0;
}

int precopy_conclude(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	struct ld_stage_run run = {
		.stage = LD_STAGE_COMPARE,
		.total = pc->whole.frames,
		.step = after_conclude_chunk,
		.ctx = pc,
	};
	bool known;
	u64 differ;
	int err = precopy_run_compare(pc, &run, &differ);

	if (err || !differ)
		return err;
	err = after_ask(pc, differ, &known);
	if (err || !known)
		return err;
	run.step = after_count_chunk;
	return ld_run_stage(p, &run);
}
