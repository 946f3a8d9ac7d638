/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pipeline.h - what the files of the loop share: pipeline.c with the machinery,
 * dump.c, readahead.c for what live dumps read first, freeze.c for dumps of one
 * moment, and estimate.c for those that are not taken. No one else includes it.
 */
#ifndef LIVEDUMP_PIPELINE_H
#define LIVEDUMP_PIPELINE_H

#include "core/pages/chunk.h"
#include "core/control.h"
#include "core/request.h"
#include "core/result.h"
#include "core/format/format.h"
#include "core/buffer/keepmap.h"
#include "throttle.h"
#include "core/buffer/pagebuf.h"
#include "core/format/seal.h"

/* Page frames that may become kept ones between plan and read. */
#define LD_READ_SLACK	4096U

/*
 * How long workers may hurry. Reading ahead takes some 0.1 s per CPU and GB;
 * what needs much longer gains little from it, and others have waited enough.
 */
#define LD_BOOST_NS	2000000000ULL

#define LD_ROUNDS_MAX	3U

struct ld_pipeline;

struct ld_worker {
	struct ld_scan scan;
	struct ld_chunk chunk;
	struct ld_group group;
	struct dump_pages pages;	/* this worker's share of the result, */
	u64 data_bytes;
	struct dump_end end;		/* and what failed in it */
	void *buf;			/* a chunk of page frames */
	u64 sampled;			/* page frames copied to time that */
	u64 skipped;			/* not to be copied in the freeze */
	u64 differing;			/* page frames that are not the same in the second copy, */
	u64 scratch;			/* but for these, which copying writes to */
	u64 put;			/* page frames given to the format, */
	u64 data_sum;			/* and this worker's share of the seal's sums */
	u64 keep_sum;
};

struct ld_pipeline {
	const struct ld_params *p;
	const struct dump_request *request;	/* p's */
	struct dump_result *result;
	u64 nr_chunks;
	struct ld_keepmap keepmap;
	struct ld_pagebuf pre;
	u64 reserve;			/* pages to have room for before reading */
	unsigned int tiers;		/* bit per tier the read step reads */
	struct ld_pagebuf second;	/* the second copy of a freeze */
	u64 plan_ns;			/* how long the plan took */
	unsigned int nr_rounds;		/* of a freeze; each takes chunks from the first on */
	struct ld_round {
		int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk);
		port_atomic64_t next;
	} round[LD_ROUNDS_MAX];
	void *format;
	struct ld_seal seal;
	struct ld_throttle throttle;
	struct ld_sampler *sampler;	/* of an estimate, see estimate.c */

	/* the running phase */
	int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk);
	port_atomic64_t next;
	port_atomic64_t stop;
	u64 boost_until;		/* 0: no hurry, see ld_boost() */
	u64 frozen_until;		/* 0: nothing stands still */

	struct ld_worker workers[];
};

/* Classify @chunk; the result is the worker's scan. */
int ld_scan_chunk(struct ld_pipeline *d, unsigned int worker, u64 chunk);

/* Leave only page frames of the tiers now read in @want. */
void ld_want_tiers(const struct ld_pipeline *d, const struct ld_scan *scan, u64 *want);

/* Page frames of these tiers that the plan keeps. */
u64 ld_planned(const struct ld_pipeline *d);

/* Take chunks from *@next on to the last, and do @step with each. */
int ld_take_chunks(struct ld_pipeline *d, unsigned int worker, port_atomic64_t *next,
		   int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk));

/* A phase: set it up, run its step in all workers, blame. */
void ld_begin_stage(struct ld_pipeline *d, enum ld_stage stage, u64 total,
		    int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk));
int ld_end_stage(struct ld_pipeline *d, int err);

/* The three of them. */
int ld_run_stage(struct ld_pipeline *d, enum ld_stage stage, u64 total,
		 int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk));

/*
 * All that is needed beside pinned memory. Bitmap 2 is in @sink, or in memory
 * if that is NULL. @result is cleared, and filled in on close, or with an error.
 */
int ld_pipeline_open(struct ld_pipeline **flow, const struct ld_params *p,
		     struct dump_result *result, struct ld_sink *sink);
void ld_pipeline_close(struct ld_pipeline *d);

/* Until ld_boost_end(), or for LD_BOOST_NS, the workers go before all others: port_boost(). */
void ld_boost(struct ld_pipeline *d);
void ld_boost_end(struct ld_pipeline *d);

/* The first phase: classify every page frame, set the bits of what is kept. */
int ld_plan(struct ld_pipeline *d);

/* readahead.c: read ahead as much as params.memory holds, what matters most first. */
int ld_read_ahead(struct ld_pipeline *d);

/* freeze.c: copy all that is to be of one moment while nothing else runs. */
int ld_freeze(struct ld_pipeline *d);

/* The same without that: what it takes, of memory and of time, is in the stats. */
int ld_freeze_estimate(struct ld_pipeline *d);

/* How long it takes to classify and copy @frames page frames like those kept. */
int ld_time_copy(struct ld_pipeline *d, u64 frames, u64 *ns);

/*
 * Page frames to have room for before any of @ahead are read ahead, where
 * there is memory for @most. Zero pages take no room, and how many there are is
 * not known yet: so the last quarter is had when it is needed, or never.
 */
static inline u64 ld_reserve(u64 ahead, u64 most)
{
	return (ahead < most ? ahead : most) / 4 * 3;
}

#endif
