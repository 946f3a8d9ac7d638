// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * explain.c - what is wrong with a dump, in words.
 */
#include <linux/math64.h>
#include <linux/string.h>

#include "job.h"
#include "module/limits/policy.h"

/* A time that is over a limit must not be shown as one below it. */
static u64 explain_ms(u64 ns)
{
	return div_u64(ns + NSEC_PER_MSEC - 1, NSEC_PER_MSEC);
}

/*
 * What a pre-copied dump would take, and what is allowed. If that is enough, each pause
 * took longer than was estimated, and was given up.
 */
static bool explain_precopy(const struct dump_result *r, u64 allowed, char *text)
{
	u64 ms = explain_ms(r->times.pause_estimate);

	if (r->precopy.why)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "%s, and to copy everything the system would be paused for %llu ms, more than the %llu ms allowed",
			  r->precopy.why, ms, allowed);
	else if (ms <= allowed)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "the system was paused %llu times, and could not copy what is written to meanwhile in the %llu ms allowed",
			  r->precopy.pauses, allowed);
	else
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "to copy what is written to meanwhile the system would be paused for %llu ms, more than the %llu ms allowed",
			  ms, allowed);
	return true;
}

/* Set @text and return true if a limit of the freeze is what failed. */
static bool explain_freeze(const struct livedump_job *job, int err, char *text)
{
	const struct dump_result *r = &job->out.result;
	u64 allowed = div_u64(job->request.max_pause_ns, NSEC_PER_MSEC);

	if (job->request.mode == LD_MODE_LIVE)
		return false;
	if (err == -ETIME && job->request.mode == LD_MODE_PRECOPY)
		return explain_precopy(r, allowed, text);
	if (err == -ETIME && r->times.pause)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "the system was paused for %llu ms, and could not copy all in the %llu ms allowed: the dump was given up",
			  explain_ms(r->times.pause), allowed);
	else if (err == -ETIME)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "the system would be paused for %llu ms, more than the %llu ms allowed",
			  explain_ms(r->times.pause_estimate), allowed);
	else if (err == -ENOMEM && livedump_policy_explain(r->bytes.needed, text))
		return true;
	else if (err == -ENOMEM && r->bytes.needed > job->request.memory)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "a freeze needs %llu MiB of memory for the copy, and may use %llu MiB",
			  r->bytes.needed >> 20, job->request.memory >> 20);
	else if (err == -ENOMEM && r->end.stage == LD_STAGE_FREEZE)
		strscpy(text, "memory came into use before the freeze, more than there is space for in the copy",
			LIVEDUMP_TEXT_SIZE);
	else
		return false;
	return true;
}

/* Set the text, which is for people. Programs use stage, cause and error. */
void livedump_explain(struct livedump_job *job, int err)
{
	const struct dump_end *end = &job->out.result.end;
	char *text = job->arg.result.text;
	const char *why = job->why ?: job->target.why;
	bool writing = dump_end_is_writing(end);

	if (end->incomplete)
		err = end->err;
	if (!err) {
		/* Not an error: the dump is as asked for, but its pause was longer. */
		if (job->out.result.precopy.why)
			scnprintf(text, LIVEDUMP_TEXT_SIZE, "%s: everything was copied in the pause",
				  job->out.result.precopy.why);
		return;
	}
	if (why)
		strscpy(text, why, LIVEDUMP_TEXT_SIZE);
	else if (err == -EDEADLK && !writing)
		strscpy(text, "a processor does not answer, so the system cannot be paused",
			LIVEDUMP_TEXT_SIZE);
	else if (end->cause == LD_CAUSE_SIGNAL || err == -EINTR)
		strscpy(text, "interrupted", LIVEDUMP_TEXT_SIZE);
	else if (end->cause == LD_CAUSE_SUSPEND ||
		 (err == -ECANCELED && ld_control_cancelled(&job->control)))
		strscpy(text, "the system is being suspended", LIVEDUMP_TEXT_SIZE);
	else if (end->cause == LD_CAUSE_PRESSURE)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "%s: error %d: the system ran out of memory, and the dump was given up before a program was killed",
			  ld_stage_name(end->stage), ENOMEM);
	else if (end->cause == LD_CAUSE_SIZE)
		strscpy(text, "the dump is longer than max_bytes", LIVEDUMP_TEXT_SIZE);
	else if (!writing && explain_freeze(job, err, text))
		return;
	else if (!end->err)
		scnprintf(text, LIVEDUMP_TEXT_SIZE, "%s: error %d",
			  job->began ? "the dump could not begin" : "refused", -err);
	else if (err == -EFBIG)
		strscpy(text, "the dump is longer than the largest file allowed (RLIMIT_FSIZE or the file system)",
			LIVEDUMP_TEXT_SIZE);
	else
		scnprintf(text, LIVEDUMP_TEXT_SIZE, "%s: error %d at %s %llu",
			  ld_stage_name(end->stage), -err,
			  ld_stage_at_frame(end->stage) ? "page frame" : "byte", end->at);
}
