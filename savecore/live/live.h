/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * live.h - a live dump from beginning to end, see cmd_live.c. Not for others.
 */
#ifndef LIVEDUMP_LIVE_H
#define LIVEDUMP_LIVE_H

#include <time.h>

#include "savecore/capture/engine_choose.h"
#include "savecore/capture/kind.h"
#include "savecore/json/reply.h"
#include "savecore/limits/limits.h"
#include "savecore/limits/memory.h"
#include "savecore/options/options.h"
#include "savecore/output/output.h"
#include "savecore/output/space.h"
#include "savecore/report/dry_run.h"
#include "savecore/report/explain.h"
#include "savecore/report/progress.h"
#include "savecore/verify/verdict.h"
#include "savecore/why/why.h"

/* The result of a dump. */
struct live_outcome {
	struct timespec start;
	struct timespec end;
	char cause[128];		/* why it is partial, see explain_cause() */
	struct verdict verdict;
	bool interrupted;		/* a signal ended the verification */
	int signal;			/* that ended it, or 0 */
	struct why why;			/* tells who waits for whom; see live_why.c */
};

/* What ends the dump early. */
struct live_watch {
	struct progress *progress;
	struct limits limits;
	struct space *space;
	struct ld_control verify;	/* of the verification, if the dump was cancelled */
	u64 sent;			/* bytes of the stream; the watching thread's */
};

struct live {
	const struct options *opt;
	struct dump_request request;	/* the options, with the default for memory */
	char reason[LIVEDUMP_REASON_MAX];	/* of the request */
	const char *no_boost;		/* what forbids the boost, or NULL */
	struct engine_choice choice;
	struct kind kind;
	struct engine_job job;
	struct output output;
	bool output_open;		/* set once; the watching thread reads it */
	bool no_reader;			/* the same: the output is a FIFO without a reader */
	struct live_watch watch;
	struct reply *reply;
	struct live_outcome outcome;
	u64 verify_memory;		/* bytes that verifying may take; 0: not known */
	struct memory_limits memory;	/* as of the beginning */
	struct dry_run dry;
};

/* The limits that may have ended the dump, for messages. */
struct failure_limits live_limits(const struct live *live);

/* Start and stop the thread that draws, and that ends the dump on signals and limits. */
int live_watch_start(struct live *live, struct error *err);
int live_watch_stop(struct live *live);

/* Once the output is open and the sandbox entered: watch its limits, too. */
int live_watch_space(struct live *live, struct error *err);

/*
 * Start the process that tells who waits for whom: before the first thread. Give it the
 * dump: before the sandbox. Have it tell, when the dump is stored. Failures are no
 * failures of the dump.
 */
void live_why_start(struct live *live);
void live_why_give(struct live *live);
void live_why_tell(struct live *live);

/*
 * The dump is complete, or partial with --keep-partial: give it its name and tell of it.
 * Returns 0 or a negative errno, also for a dump that was kept and is not as it should be.
 */
int live_publish(struct live *live, struct error *err);

/* Of a dump that failed or is not as it should be. */
int live_exit_status(const struct live *live);

/* Put into the request what --reason says, as info.N has it. */
void live_set_reason(struct live *live);

/* Say so if the dump lacks it. */
void live_tell_reason(const struct live *live);

#endif
