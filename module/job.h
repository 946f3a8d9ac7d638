/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * job.h - one dump: what it was asked for, where it goes, what came out.
 *
 * The caller holds one reference, and thread 0 another. Until thread 0 starts
 * all of it belongs to the caller, then to the threads until the dump has ended,
 * and then to the caller again. Only control, turn and the list of threads may be
 * looked at by others at any time.
 */
#ifndef LIVEDUMP_JOB_H
#define LIVEDUMP_JOB_H

#include <linux/kref.h>

#include "livedump.h"
#include "module/crew/crew.h"
#include "module/lists/lists_module.h"
#include "module/target/sink_file.h"
#include "module/target/target.h"
#include "turn.h"

/* What the core returns. */
struct livedump_outcome {
	struct dump_result result;
	struct ld_estimate estimate;	/* of a dry run */
	struct ld_selfcheck selfcheck;
	int err;
};

struct livedump_job {
	struct livedump_arg arg;
	struct livedump_target target;
	struct livedump_sink sink;
	struct dump_request request;
	struct ld_params params;
	struct ld_control control;
	struct livedump_lists lists;
	struct livedump_crew crew;
	struct livedump_outcome out;
	struct kref refs;
	struct livedump_turn turn;
	bool began;			/* all checks passed, the file is claimed */
	bool abandoned;			/* thread 0 hangs, and has the rest of this */
	bool announced;			/* other modules know of the dump, see event.h */
	const char *why;		/* what is wrong with the argument, or NULL */
};

static inline bool livedump_job_is_dry(const struct livedump_job *job)
{
	return job->arg.flags & LIVEDUMP_DRY_RUN;
}

/* Remember @why, what is wrong with the argument. Returns @err. */
static inline int livedump_refuse(struct livedump_job *job, const char *why, int err)
{
	job->why = why;
	return err;
}

/* Whether the caller may read the kernel's memory now: 0 or -EPERM. */
int livedump_job_permitted(const struct livedump_job *job);

/* Whether the parameters of the module allow the request: 0 or -EPERM, with the reason in @job. */
int livedump_job_check_policy(struct livedump_job *job);

/* The current task is the caller. NULL if there is not enough memory. */
struct livedump_job *livedump_job_new(void);
void livedump_job_put(struct livedump_job *job);

/*
 * The argument is checked: wait for the turn of @job, claim its file, and take
 * the dump. Returns 0 or a negative errno. If the dump was abandoned, as @job says,
 * the caller must not look at its results.
 */
int livedump_job_run(struct livedump_job *job);

/* explain.c: set the text of the result. */
void livedump_explain(struct livedump_job *job, int err);

#endif
