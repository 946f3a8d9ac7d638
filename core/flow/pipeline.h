/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pipeline.h - what all stages of a dump share: the workers, the keep map and
 * the page buffer. Only core/flow and what is above it in the core include it.
 */
#ifndef LIVEDUMP_PIPELINE_H
#define LIVEDUMP_PIPELINE_H

#include "core/buffer/keepmap.h"
#include "core/buffer/pagebuf.h"
#include "core/buffer/suremap.h"
#include "core/control.h"
#include "core/format/early.h"
#include "core/format/format.h"
#include "core/request.h"
#include "core/result.h"

/*
 * What a worker did in a stage, and the time that it took. With a boost it had a processor
 * for itself, as all workers have while the system is paused; after the deadline of the
 * boost it may have waited, so the time is rather too long.
 */
struct ld_pace {
	bool boosted;	/* the boost has begun with it */
	u64 nr;		/* chunks or page frames, as the stage counts */
	u64 ns;
};

/* The state of one worker. No other worker reads it while a stage runs. */
struct ld_worker {
	struct ld_scan scan;
	struct ld_chunk chunk;
	struct ld_group group;
	struct dump_pages pages;	/* this worker's share of the result */
	u64 data_bytes;			/* bytes of page data that it has written */
	struct dump_end end;		/* the failure of this worker */
	void *buf;			/* fits one chunk of page frames */
	u64 written;			/* page frames that it has given to the format */
	struct ld_pace pace;		/* since the last stage began */
	bool torn;			/* the format could not write all of the chunk */
	u64 data_sum;			/* its share of data_sum in the seal */
	u64 keep_sum;			/* its share of keep_sum in the seal */
	u64 content_sum;		/* its share of data_sum without page frames of zeros */
};

struct ld_pipeline {
	const struct ld_params *params;
	const struct dump_request *request;	/* params->request */
	struct dump_result *result;
	struct ld_groups groups;	/* of the source; stages go through their chunks */
	struct ld_keepmap keepmap;
	struct ld_pagebuf pagebuf;	/* opened by the capture method, if it uses one */
	struct ld_suremap sure;		/* opened with the page buffer */
	struct ld_early early;		/* what is in the file already, see write.h */
	struct ld_writer *writer;	/* see write.h */
	u64 plan_ns;			/* how long the stage PLAN took */
	u64 scan_ns;			/* ... and would take while the system is paused */
	struct ld_selfcheck_run *selfcheck;	/* NULL except in tests, see selfcheck.h */
	port_atomic64_t stop;		/* not 0: the running stage has failed */
	struct ld_worker workers[];
};

/*
 * Allocate what a dump needs, except the page buffer. The keep map is in @sink,
 * or in memory if @sink is NULL. Clears @result; ld_pipeline_close() fills it
 * in. Returns 0, or a negative errno with nothing to close.
 */
int ld_pipeline_open(struct ld_pipeline **pipeline, const struct ld_params *params,
		     struct dump_result *result, struct ld_sink *sink);
void ld_pipeline_close(struct ld_pipeline *p);

/*
 * Record that the dump fails with @err, unless a failure is recorded already.
 * Returns @err.
 */
int ld_pipeline_fail(struct ld_pipeline *p, int err);

/* Classify @chunk. The result is in the scan of @worker. Returns 0 or a negative errno. */
int ld_scan_chunk(struct ld_pipeline *p, unsigned int worker, u64 chunk);

/*
 * Open the map of page frames that are the kernel's for sure, and add what the
 * kernel has mapped now. The page types are added when page frames are copied.
 */
int ld_find_sure(struct ld_pipeline *p);

/* What the page buffer and the file have of @chunk. */
void ld_copied(const struct ld_pipeline *p, u64 chunk, struct ld_pagebuf_masks *masks);

/* The number of page frames of @tiers, a bit per tier, that the plan keeps. */
u64 ld_planned(const struct ld_pipeline *p, unsigned int tiers);

/* Clear the bits of @want for page frames whose tier is not in @tiers. */
void ld_want_tiers(const struct ld_scan *scan, unsigned int tiers, u64 *want);

/* The tiers that the kernel's structures depend on, and all tiers. */
#define LD_TIERS_KERNEL	((1U << LD_NR_TIERS) - 1)
#define LD_TIERS_ALL	(LD_TIERS_KERNEL | 1U << LD_TIER_LATE)

/*
 * @frames, and as many more as the system may come to use between the plan and
 * the copying. Also used for numbers of chunks.
 */
static inline u64 ld_with_slack(u64 frames)
{
	return frames + frames / 16 + 4096;
}

#endif
