/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flow.h - what the files of the loop share: flow.c with the machinery,
 * dump.c, ahead.c for what live dumps read first, freeze.c for dumps of one
 * moment, and estimate.c for those that are not taken. No one else includes it.
 */
#ifndef LIVEDUMP_FLOW_H
#define LIVEDUMP_FLOW_H

#include "chunk.h"
#include "core/capture/dump.h"
#include "core/format/format.h"
#include "core/buffer/kept.h"
#include "pace.h"
#include "core/buffer/preread.h"
#include "core/format/seal.h"

/* Page frames that may become kept ones between plan and read. */
#define LD_READ_SLACK	4096U

/*
 * How long workers may hurry. Reading ahead takes some 0.1 s per CPU and GB;
 * what needs much longer gains little from it, and others have waited enough.
 */
#define LD_HURRY_NS	2000000000ULL

#define LD_ROUNDS_MAX	3U

struct ld_flow;

struct ld_worker {
	struct ld_scan scan;
	struct ld_chunk chunk;
	struct ld_group group;
	struct ld_stats stats;		/* this worker's share */
	void *buf;			/* a chunk of page frames */
	u64 sampled;			/* page frames copied to time that */
	u64 spared;			/* not to be copied in the freeze */
	u64 put;			/* page frames given to the format, */
	u64 data_sum;			/* and this worker's share of the seal's sums */
	u64 keep_sum;
};

struct ld_flow {
	const struct ld_params *p;
	struct ld_stats *stats;
	u64 nr_chunks;
	struct ld_kept kept;
	struct ld_preread pre;
	u64 reserve;			/* pages to have room for before reading */
	unsigned int tiers;		/* bit per tier the read step reads */
	struct ld_preread second;	/* the second copy of a freeze */
	u64 plan_ns;			/* how long the plan took */
	unsigned int nr_rounds;		/* of a freeze; each takes chunks from the first on */
	struct ld_round {
		int (*step)(struct ld_flow *d, unsigned int worker, u64 chunk);
		port_atomic64_t next;
	} round[LD_ROUNDS_MAX];
	void *format;
	struct ld_seal seal;
	struct ld_pace pace;
	struct ld_sampler *sampler;	/* of an estimate, see estimate.c */

	/* the running phase */
	int (*step)(struct ld_flow *d, unsigned int worker, u64 chunk);
	port_atomic64_t next;
	port_atomic64_t stop;
	u64 hurry_until;		/* 0: no hurry, see ld_hurry() */
	u64 frozen_until;		/* 0: nothing stands still */

	struct ld_worker workers[];
};

/* Blame @what, at byte or page frame @at, unless @stats blames something already. */
int ld_failed(struct ld_stats *stats, const char *what, u64 at, int err);

/* Classify @chunk; the result is the worker's scan. */
int ld_scan_chunk(struct ld_flow *d, unsigned int worker, u64 chunk);

/* Leave only page frames of the tiers now read in @want. */
void ld_want_tiers(const struct ld_flow *d, const struct ld_scan *scan, u64 *want);

/* Page frames of these tiers that the plan keeps. */
u64 ld_planned(const struct ld_flow *d);

/* Take chunks from *@next on to the last, and do @step with each. */
int ld_take_chunks(struct ld_flow *d, unsigned int worker, port_atomic64_t *next,
		   int (*step)(struct ld_flow *d, unsigned int worker, u64 chunk));

/* A phase: set it up, run its step in all workers, blame. */
void ld_begin_phase(struct ld_flow *d, enum ld_phase phase, u64 total,
		    int (*step)(struct ld_flow *d, unsigned int worker, u64 chunk));
int ld_end_phase(struct ld_flow *d, int err);

/* The three of them. */
int ld_run_phase(struct ld_flow *d, enum ld_phase phase, u64 total,
		 int (*step)(struct ld_flow *d, unsigned int worker, u64 chunk));

/*
 * All that is needed beside pinned memory. Bitmap 2 is in @sink, or in memory
 * if that is NULL. @stats is cleared, and filled in on close, or with an error.
 */
int ld_flow_open(struct ld_flow **flow, const struct ld_params *p, struct ld_stats *stats,
		 struct ld_sink *sink);
void ld_flow_close(struct ld_flow *d);

/* Until ld_hurry_end(), or for LD_HURRY_NS, the workers go before all others: port_hurry(). */
void ld_hurry(struct ld_flow *d);
void ld_hurry_end(struct ld_flow *d);

/* The first phase: classify every page frame, set the bits of what is kept. */
int ld_plan(struct ld_flow *d);

/* ahead.c: read ahead as much as params.memory holds, what matters most first. */
int ld_read_ahead(struct ld_flow *d);

/* freeze.c: copy all that is to be of one moment while nothing else runs. */
int ld_freeze(struct ld_flow *d);

/* The same without that: what it takes, of memory and of time, is in the stats. */
int ld_foresee_freeze(struct ld_flow *d);

/* How long it takes to classify and copy @frames page frames like those kept. */
int ld_time_copy(struct ld_flow *d, u64 frames, u64 *ns);

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
