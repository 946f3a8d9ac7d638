// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * readahead.c - the read phase of a live dump: copies to pinned memory what
 * structure depends on, as far as it fits; then once more what has become
 * worth keeping meanwhile. The kept set is fixed at the end of it.
 */
#include "core/pages/bitmap.h"
#include "core/flow/pipeline.h"

static int preread(struct ld_pipeline *d, unsigned int worker, u64 chunk, const u64 *want)
{
	struct ld_worker *w = &d->workers[worker];
	int err;

	err = ld_pagebuf_read(&d->pre, d->p->source, worker, chunk, d->request->level, want,
			      &w->scan);
	if (err == -ENOSPC)
		return 0;	/* then it is read in the write phase */
	return dump_end_blame(&w->end, LD_STAGE_READ, chunk * LD_CHUNK, err);
}

static int read_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	u64 want[LD_CHUNK_WORDS];
	int err;

	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	memcpy(want, w->scan.keep, sizeof(want));
	ld_want_tiers(d, &w->scan, want);
	port_atomic64_add(&d->p->control->done, ld_weight(want, LD_CHUNK_WORDS));
	return preread(d, worker, chunk, want);
}

/*
 * The second look, and the last word on what is kept: all that was read well,
 * and what should be kept now and was not read for want of memory.
 */
static int recheck_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	u64 *keep = ld_keepmap_chunk(&d->keepmap, chunk);
	u64 planned[LD_CHUNK_WORDS], want[LD_CHUNK_WORDS];
	struct ld_pagebuf_masks pin;
	int err;

	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	memcpy(planned, keep, sizeof(planned));
	memcpy(keep, w->scan.keep, sizeof(want));
	ld_pagebuf_masks(&d->pre, chunk, &pin);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] = keep[i] & ~pin.good[i];
	ld_want_tiers(d, &w->scan, want);
	err = preread(d, worker, chunk, want);
	if (err)
		return err;
	ld_pagebuf_masks(&d->pre, chunk, &pin);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		keep[i] = pin.good[i] | (keep[i] & ~pin.read[i]);
		pin.bad[i] &= ~keep[i];
		w->pages.buffered += ld_popcount(pin.good[i]);
		w->pages.unreadable += ld_popcount(pin.bad[i]);
		w->pages.reclassified_kept += ld_popcount(keep[i] & ~planned[i]);
		w->pages.reclassified_dropped += ld_popcount(planned[i] & ~keep[i] & ~pin.bad[i]);
	}
	return 0;
}

static int reserve(void *arg, unsigned int worker)
{
	struct ld_pipeline *d = arg;

	ld_pagebuf_reserve(&d->pre, worker, d->reserve / d->p->workers);
	return 0;
}

static int read_all(struct ld_pipeline *d, u64 ahead, u64 most)
{
	unsigned int all = d->tiers;
	int err = 0;

	if (most >= ahead + ahead / 16 + LD_READ_SLACK) {
		err = ld_run_stage(d, LD_STAGE_READ, ahead, read_step);
	} else {
		for (unsigned int tier = 0; tier < LD_NR_TIERS && !err; tier++) {
			d->tiers = 1U << tier;
			err = ld_run_stage(d, LD_STAGE_READ, ahead, read_step);
		}
	}
	if (err)
		return err;
	d->tiers = all;
	return ld_run_stage(d, LD_STAGE_RECHECK, ahead, recheck_step);
}

int ld_read_ahead(struct ld_pipeline *d)
{
	struct ld_source *src = d->p->source;
	u64 most = d->request->memory >> src->page_shift;
	struct ld_pagebuf_size size = {
		.policy = LD_ARENA_GROW,
		.pages = most,
		.reads = d->nr_chunks * (LD_NR_TIERS + 1),	/* once a pass */
	};
	u64 ahead;
	int err;

	if (!most) {
		d->result->times.read = port_now_ns();
		return 0;
	}
	d->tiers = (1U << LD_NR_TIERS) - 1;
	ahead = ld_planned(d);
	err = ld_pagebuf_open(&d->pre, src, d->p->workers, &size);
	if (err)
		return dump_end_blame(&d->result->end, LD_STAGE_ALLOCATE, 0, err);
	d->reserve = ld_reserve(ahead, most);
	port_run(d->p->workers, reserve, d);
	if (d->request->boost)
		ld_boost(d);
	d->result->times.read = port_now_ns();
	err = read_all(d, ahead, most);
	ld_boost_end(d);
	d->result->bytes.buffer = ld_pagebuf_bytes(&d->pre);
	return err;
}
