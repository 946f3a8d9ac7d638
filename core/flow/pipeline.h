/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pipeline.h - what all stages of a dump share: its workers, which page frames
 * it keeps, and the page buffer. Only core/flow and core/capture include it.
 */
#ifndef LIVEDUMP_PIPELINE_H
#define LIVEDUMP_PIPELINE_H

#include "core/buffer/keepmap.h"
#include "core/buffer/pagebuf.h"
#include "core/control.h"
#include "core/format/format.h"
#include "core/request.h"
#include "core/result.h"

/* What one worker has. No other one looks at it while a stage runs. */
struct ld_worker {
	struct ld_scan scan;
	struct ld_chunk chunk;
	struct ld_group group;
	struct dump_pages pages;	/* its share of the result, */
	u64 data_bytes;
	struct dump_end end;		/* and what failed in it */
	void *buf;			/* for a chunk of page frames */
	u64 written;			/* page frames given to the format, */
	u64 data_sum;			/* and its share of the seal's sums */
	u64 keep_sum;
};

struct ld_pipeline {
	const struct ld_params *params;
	const struct dump_request *request;	/* the one of params */
	struct dump_result *result;
	u64 nr_chunks;
	struct ld_keepmap keepmap;
	struct ld_pagebuf pagebuf;	/* opened by the capture, if it has one */
	u64 plan_ns;			/* how long the plan took */
	struct ld_selfcheck_run *selfcheck;	/* NULL but in tests, see selfcheck.h */
	port_atomic64_t stop;		/* not 0: the running stage has failed */
	struct ld_worker workers[];
};

/*
 * All that a dump needs beside the page buffer. The keep map is in @sink, or in
 * memory if that is NULL. @result is cleared; it is filled in by close.
 * Returns 0, or a negative errno with nothing to close.
 */
int ld_pipeline_open(struct ld_pipeline **pipeline, const struct ld_params *params,
		     struct dump_result *result, struct ld_sink *sink);
void ld_pipeline_close(struct ld_pipeline *p);

/* The dump ends with @err: say why, unless that is said already. Returns @err. */
int ld_pipeline_fail(struct ld_pipeline *p, int err);

/* Classify @chunk; the result is the worker's scan. */
int ld_scan_chunk(struct ld_pipeline *p, unsigned int worker, u64 chunk);

/* Page frames of @tiers, a bit per tier, that the plan keeps. */
u64 ld_planned(const struct ld_pipeline *p, unsigned int tiers);

/* Leave only page frames of @tiers in @want. */
void ld_want_tiers(const struct ld_scan *scan, unsigned int tiers, u64 *want);

/* What the kernel's structures depend on, and every page frame. */
#define LD_TIERS_KERNEL	((1U << LD_NR_TIERS) - 1)
#define LD_TIERS_ALL	(LD_TIERS_KERNEL | 1U << LD_TIER_LATE)

/*
 * Page frames that the system may come to use between the plan and the copying;
 * with chunks likewise.
 */
static inline u64 ld_with_slack(u64 frames)
{
	return frames + frames / 16 + 4096;
}

#endif
