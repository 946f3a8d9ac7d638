// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * precopy_early.c - pre-copy that does not hold all page frames in memory: the first round
 * writes them to the file at once. The page buffer has only those that change afterwards.
 *
 * The first round takes as long as writing, and the tracker reports all of a large page if
 * any part was written. So many page frames reported after that round have not changed. The
 * second round compares them with the checksums in the records and counts those that differ.
 * This count decides the size of the page buffer, which is opened then. Later rounds also
 * compare before they copy. The pause has no time to compare.
 */
#include "core/capture/selfcheck.h"
#include "core/flow/write.h"
#include "port/zero.h"
#include "precopy.h"

/*
 * If copies of everything need no more than this, writing early does not pay: it makes the
 * first round longer, so more memory is written meanwhile. So does a limited rate.
 */
#define EARLY_LEAST	((u64)256 << 20)

/* On most systems, at most one page frame in this many changes before the pause. */
#define EARLY_SHARE	8U

/* How many new page frames may come if the plan keeps @frames. */
static u64 early_slack(u64 frames)
{
	return ld_with_slack(frames) - frames;
}

/*
 * How many page frames may come into use while the first round writes, which takes minutes
 * for tens of GB. The file has space for their descriptors, or for the program headers of so
 * many more runs.
 */
static u64 early_spare(u64 frames)
{
	return frames / 8 + 8192;
}

/* A page buffer for @pages page frames, none of which need be neighbours. */
static struct ld_pagebuf_size early_size(const struct precopy *pc, u64 pages)
{
	u64 most = pc->size.pages;

	pages = pages < most ? pages : most;
	return (struct ld_pagebuf_size){
		.policy = LD_ARENA_FIXED,
		.pages = pages,
		.reads = pages,
		.in_place = true,
		.control = pc->pipeline->params->control,
	};
}

u64 precopy_early_bytes(const struct precopy *pc)
{
	const struct ld_pipeline *p = pc->pipeline;

	return ld_early_bytes(&p->groups, ld_with_slack(pc->whole.frames)) +
	       ld_pagebuf_fixed_bytes(p->params->source, p->params->workers, &pc->early.size);
}

void precopy_early_plan(struct precopy *pc, struct ld_need *need)
{
	struct ld_pipeline *p = pc->pipeline;

	pc->early.size = early_size(pc, need->frames / EARLY_SHARE + early_slack(need->frames));
	pc->early.used = p->params->source->tracker && ld_write_can_begin(p) &&
			 (need->memory > p->request->memory ||
			  (need->memory > EARLY_LEAST && !p->request->rate));
	if (pc->early.used)
		need->memory = precopy_early_bytes(pc);
}

int precopy_early_begin(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	int err;

	err = ld_early_open(&p->early, &p->groups, ld_with_slack(pc->whole.frames));
	if (err)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
	ld_keepmap_finalize(&p->keepmap);
	return ld_write_begin(p, p->keepmap.total, early_spare(p->keepmap.total));
}

int precopy_early_open(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	u64 changed = (u64)port_atomic64_read(&pc->early.changed);
	int err;

	/* As many may change again until the pause, and the slack is for new page frames. */
	pc->early.size = early_size(pc, pc->counts.always + 2 * changed +
				    early_slack(pc->whole.frames));
	p->result->bytes.needed = precopy_early_bytes(pc);
	err = p->result->bytes.needed > p->request->memory ? -ENOMEM :
	      ld_pagebuf_open(&p->pagebuf, p->params->source, &p->groups, p->params->workers,
			      &pc->early.size);
	return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
}

/* Fill w->chunk with the page frames in @got. w->buf has those in @want, a superset. */
static void early_fill_chunk(const struct ld_pipeline *p, struct ld_worker *w, u64 chunk,
			     const u64 *want, const u64 *got)
{
	size_t size = ld_page_size(p->params->source);
	struct ld_chunk *c = &w->chunk;
	const u8 *page = w->buf;

	c->pfn = chunk * LD_CHUNK;
	memcpy(c->keep, got, sizeof(c->keep));
	memset(c->page, 0, sizeof(c->page));
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (ld_bit(got, i) && !ld_is_zero(page, size))
			c->page[i] = page;
		page += size;
	}
}

static int early_write_chunk(struct precopy *pc, unsigned int worker, u64 chunk, const u64 *got)
{
	struct ld_pipeline *p = pc->pipeline;
	struct ld_chunk *c = &p->workers[worker].chunk;
	struct ld_early_chunk *early = ld_early_chunk(&p->early, chunk);
	struct precopy_chunk *pcc = precopy_chunk(pc, chunk);
	struct ld_early_page *record;
	int err;

	err = ld_write_early(p, worker, &record);
	if (err)
		return err;
	for (unsigned int i = 0; !record && i < LD_CHUNK_WORDS; i++)
		pcc->stale[i] |= got[i];
	if (!record)
		return 0;
	for (u64 i = 0; (i = ld_bit_next(got, i, LD_CHUNK, true)) < LD_CHUNK; i++, record++) {
		ld_selfcheck_record(p->params->source, c->page[i], c->pfn + i, record);
		if (!c->page[i])
			ld_bit_set(early->zero, i);
	}
	return 0;
}

int precopy_early_store(struct precopy *pc, unsigned int worker, u64 chunk, const u64 *want)
{
	struct ld_pipeline *p = pc->pipeline;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	struct ld_worker *w = &p->workers[worker];
	u64 got[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	int err;

	err = dump_end_blame(&w->end, LD_STAGE_READ, chunk * LD_CHUNK,
			     ld_chunk_read(p->params->source, worker, chunk, want, w->buf, bad));
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		c->stale[i] = (c->stale[i] & ~want[i]) | bad[i];
	/* A page frame whose owner changed during the copying is stale, and not written. */
	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	precopy_note_types(pc, worker, chunk);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		got[i] = want[i] & c->want[i] & ~c->stale[i];
	if (!ld_weight(got, LD_CHUNK_WORDS))
		return 0;
	early_fill_chunk(p, w, chunk, want, got);
	port_atomic64_add(&p->params->control->done, ld_weight(got, LD_CHUNK_WORDS));
	return early_write_chunk(pc, worker, chunk, got);
}

int precopy_early_compare(struct precopy *pc, unsigned int worker, u64 chunk, u64 *want)
{
	struct ld_pipeline *p = pc->pipeline;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, chunk);
	struct ld_worker *w = &p->workers[worker];
	u64 there[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	const u8 *page = w->buf;
	int err = 0;

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		there[i] = want[i] & early->valid[i];
	if (ld_weight(there, LD_CHUNK_WORDS))
		err = ld_chunk_read(p->params->source, worker, chunk, there, w->buf, bad);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_RECHECK, chunk * LD_CHUNK, err);
	for (u64 i = 0; (i = ld_bit_next(there, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (!ld_bit(bad, i) &&
		    ld_selfcheck_early(p, chunk * LD_CHUNK + i, page) == LD_PAGES_SAME) {
			ld_bit_clear(want, i);
			ld_bit_clear(c->stale, i);
		}
		page += ld_page_size(p->params->source);
	}
	if (p->pagebuf.chunks)
		return 0;
	port_atomic64_add(&pc->early.changed, ld_weight(want, LD_CHUNK_WORDS));
	memset(want, 0, LD_CHUNK_WORDS * sizeof(*want));
	return 0;
}
