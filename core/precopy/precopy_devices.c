// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * precopy_devices.c - find out, before the last round, which page frames devices write.
 *
 * The tracker sees no writes of devices. It names the page frames to which a device may
 * write in each pause, if these are not too many. It cannot tell all of them: if the system
 * has an IOMMU, drivers map their rings as vmalloc() maps any memory. So those in doubt are
 * compared with their copies once. What differs although the tracker has seen no write is
 * a device's, and the tracker names it in each pause from then on.
 */
#include "precopy.h"

/* Note what has to be compared: page frames in doubt with a copy. Returns their number. */
static u64 devices_find_due(struct precopy *pc)
{
	const struct ld_groups *groups = &pc->pipeline->groups;
	u64 sum = 0;

	for (u64 nr = 0; nr < groups->nr_chunks; nr++) {
		struct precopy_chunk *c = &pc->chunks[nr];
		u64 frames;

		memset(c->differs, 0, sizeof(c->differs));
		pc->tracker->in_doubt(pc->pipeline->params->source, ld_groups_chunk(groups, nr),
				      c->differs);
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
			c->differs[i] &= c->want[i] & ~c->stale[i];
		frames = ld_weight(c->differs, LD_CHUNK_WORDS);
		pc->pause.due[nr] = frames != 0;
		sum += frames;
		port_relax();
	}
	return sum;
}

static int devices_compare_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct precopy *pc = ctx;
	struct ld_pipeline *p = pc->pipeline;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	int err;

	port_atomic64_add(&p->params->control->done, ld_weight(c->differs, LD_CHUNK_WORDS));
	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		c->differs[i] &= p->workers[worker].scan.keep[i];
	return precopy_compare(pc, worker, chunk, LD_STAGE_RECHECK, c->differs);
}

/* Tell the tracker of what differs although it has seen no write. */
static void devices_tell(struct precopy *pc, u64 chunk)
{
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	struct ld_source *src = pc->pipeline->params->source;

	for (u64 i = 0; (i = ld_bit_next(c->differs, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		u64 pfn = chunk * LD_CHUNK + i;

		if (!pc->tracker->written(src, pfn))
			pc->tracker->device_wrote(src, pfn);
	}
}

int precopy_find_devices(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	struct ld_stage_run run = {
		.stage = LD_STAGE_RECHECK,
		.step = devices_compare_chunk,
		.next_due = precopy_next_due,
		.ctx = pc,
	};
	struct ld_tracker_counts counts;
	u64 differ;
	int err;

	run.total = devices_find_due(pc);
	err = precopy_run_compare(pc, &run, &differ);
	if (err || !differ)
		return err;
	err = precopy_sweep(pc, run.stage, &counts);
	if (err)
		return err;
	for (u64 nr = 0; (nr = precopy_next_due(pc, nr)) < p->groups.nr_chunks; nr++)
		devices_tell(pc, ld_groups_chunk(&p->groups, nr));
	return 0;
}
