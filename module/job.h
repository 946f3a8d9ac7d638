/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * job.h - one dump: what it was asked for, where it goes, what came out.
 */
#ifndef LIVEDUMP_JOB_H
#define LIVEDUMP_JOB_H

#include <linux/completion.h>
#include <linux/cred.h>

#include "livedump.h"
#include "sink_file.h"
#include "target.h"

/* Whose rights and priority the threads of the dump have. */
struct livedump_caller {
	const struct cred *cred;
	int nice;		/* see livedump_set_priority() */
	int ioprio;
};

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
	struct livedump_caller caller;
	struct livedump_outcome out;
	bool dry;			/* LIVEDUMP_DRY_RUN */
	bool began;			/* all checks passed, the file is claimed */
	const char *why;		/* what is wrong with the argument, or NULL */
	struct completion done;		/* of job_dump_thread() */
};

/* Remember @why, what is wrong with the argument. Returns @err. */
static inline int livedump_refuse(struct livedump_job *job, const char *why, int err)
{
	job->why = why;
	return err;
}

/* The argument is checked: wait for the turn of @job, claim its file, and take the dump. */
int livedump_job_run(struct livedump_job *job);

/* explain.c: set the text of the result. */
void livedump_explain(struct livedump_job *job, int err);

#endif
