// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kind.c - which kind of dump is taken if the user leaves it open.
 *
 * Only the module knows how long the pause would be, and only after it has copied
 * memory once. So it is asked for a pre-copied dump, and refuses it if the pause
 * would be too long. What it has written by then is overwritten.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kind.h"
#include "port/procfile.h"

#define NS_PER_MS	1000000ULL

/* If nobody looked first, the module would log each dump as a refused attempt. */
static bool kind_read_parameter(char *value, size_t size, const char *parameters,
				const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", parameters, name);
	/* If it cannot be read, the module will say. */
	return !procfile_read(path, value, size);
}

/*
 * Whether a live dump may succeed where a pre-copied one has failed with @ret. It is shorter
 * than one whose first round was written to the file.
 */
static bool kind_may_be_live(const struct engine_job *job, int ret)
{
	const struct dump_end *end = &job->result.end;

	switch (ret) {
	case -EPERM:
		return end->cause == LD_CAUSE_POLICY;
	case -ENOMEM:
		return end->cause == LD_CAUSE_ERROR &&
		       (end->stage == LD_STAGE_ALLOCATE || end->stage == LD_STAGE_FREEZE);
	/* A processor does not answer; or else it is the file system that says so. */
	case -EDEADLK:
	case -ETIME:
		return !dump_end_is_writing(end);
	case -EOPNOTSUPP:
	case -EINVAL:
		return true;
	case -ENOSPC:
	case -EDQUOT:
	case -EFBIG:
		return end->cause == LD_CAUSE_ERROR;
	default:
		return false;
	}
}

static void kind_set_live(struct kind *kind, const struct engine_job *job, int ret)
{
	/* A module that does not know the mode has no other cause for this error. */
	if (ret == -EINVAL)
		snprintf(kind->why, sizeof(kind->why), "the module is too old for pre-copy");
	else
		snprintf(kind->why, sizeof(kind->why), "%s",
			 job->text[0] ? job->text : strerror(-ret));
}

bool kind_is_allowed(struct kind *kind)
{
	static const char *const names[] = { "allow_freeze", "allow_precopy" };
	char value[8];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!kind_read_parameter(value, sizeof(value), KIND_PARAMETERS, names[i]) ||
		    value[0] != 'N')
			continue;
		snprintf(kind->why, sizeof(kind->why), "the module's parameter %s is N", names[i]);
		return false;
	}
	return true;
}

void kind_obey_module(struct dump_request *request, const char *parameters)
{
	char value[16];
	u64 ms;

	/* No option asks for the boost: it is what a dump has unless something forbids it. */
	if (kind_read_parameter(value, sizeof(value), parameters, "allow_boost") &&
	    value[0] == 'N')
		request->boost = false;
	if (!request->max_pause_open ||
	    !kind_read_parameter(value, sizeof(value), parameters, "max_pause_ms") ||
	    !procfile_number(value, "", "\n", &ms))
		return;
	if (ms * NS_PER_MS < request->max_pause_ns)
		request->max_pause_ns = ms * NS_PER_MS;
}

static void kind_set_frozen(struct kind *kind, const struct engine_job *job)
{
	u64 us = job->result.times.pause / 1000;

	snprintf(kind->why, sizeof(kind->why), "paused for %" PRIu64 ".%03" PRIu64 " ms", us / 1000,
		 us % 1000);
}

/*
 * The dump was cancelled, too late for the module to take notice. What it says of the
 * pause is not why there is no dump.
 */
static int kind_cancel(struct engine_job *job)
{
	job->text[0] = '\0';
	job->result.end = (struct dump_end){
		.cause = ld_control_cause(&job->control), .err = -ECANCELED,
	};
	return -ECANCELED;
}

/*
 * Take what is asked for. The module may have come to forbid the boost of a live dump while the
 * process waited for a reason to dump.
 */
static int kind_dump_asked(const struct engine_choice *choice, struct engine_job *job,
			   struct dump_request *request)
{
	int ret = choice->engine->dump(choice->state, job);

	if (ret != -EPERM || job->result.end.cause != LD_CAUSE_POLICY ||
	    request->mode != LD_MODE_LIVE || !request->boost ||
	    ld_control_cancelled(&job->control))
		return ret;
	request->boost = false;
	job->text[0] = '\0';
	return choice->engine->dump(choice->state, job);
}

int kind_dump(struct kind *kind, const struct engine_choice *choice, struct engine_job *job,
	      struct dump_request *request)
{
	const struct dump_request live = *request;
	int ret;

	if (!kind->open)
		return kind_dump_asked(choice, job, request);
	request->mode = LD_MODE_PRECOPY;
	request->memory = kind->memory;
	ret = choice->engine->dump(choice->state, job);
	if (!ret) {
		kind_set_frozen(kind, job);
		return 0;
	}
	/* Messages must not tell a user to leave out what was not asked for. */
	*request = live;
	if (!kind_may_be_live(job, ret))
		return ret;
	if (ld_control_cancelled(&job->control))
		return kind_cancel(job);
	kind_set_live(kind, job, ret);
	return kind_dump_asked(choice, job, request);
}
