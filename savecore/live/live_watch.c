// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_watch.c - what ends a live dump early: signals and limits.
 */
#include <string.h>

#include "live.h"

/* Runs in the watching thread. The first cause that cancels a dump stays. */
static void live_check_limits(void *arg)
{
	struct live *live = arg;
	struct ld_control *control = &live->job.control;
	enum ld_cause cause;

	if (ld_control_cancelled(control))
		return;
	cause = limits_tick(&live->watch.limits, port_now_ns());
	if (cause)
		ld_control_cancel(control, cause);
}

/* The next two run in a thread of its own, just before the process ends. */
static void live_answer_end(void *arg, int status, const struct error *err)
{
	struct live *live = arg;

	reply_print_end(live->reply, status, err);
}

static void live_abandon_output(void *arg)
{
	struct live *live = arg;

	if (__atomic_load_n(&live->output_open, __ATOMIC_ACQUIRE))
		output_abandon(&live->output);
}

/*
 * Runs in the watching thread. A partial dump takes as long to finish as the disk
 * needs, or a reader that still reads.
 */
static bool live_is_finishing(void *arg)
{
	struct live *live = arg;
	u64 passed = (u64)port_atomic64_read(&live->job.control.passed);
	u64 sent = (u64)port_atomic64_read(&live->job.sent);
	bool moved = sent != live->watch.sent;

	live->watch.sent = sent;
	if (!live->opt->request.keep_partial || !(passed >> LD_STAGE_WRITE & 1))
		return false;
	return live->job.stream ? moved : true;
}

/* Runs in the watching thread. */
static const char *live_opening(void *arg)
{
	const struct live *live = arg;
	const struct target_options *target = &live->opt->target;

	if (__atomic_load_n(&live->output_open, __ATOMIC_ACQUIRE) ||
	    __atomic_load_n(&live->no_reader, __ATOMIC_RELAXED))
		return NULL;
	if (!target->output)
		return target->directory;
	return strcmp(target->output, "-") ? target->output : NULL;
}

struct failure_limits live_limits(const struct live *live)
{
	const struct limits *limits = &live->watch.limits;

	return (struct failure_limits){
		.signal = progress_signal(live->watch.progress),
		.minfree = live->output.store.minfree,
		/* The core has a limit of its own: --max-size. */
		.max_total = ld_control_cause(&live->job.control) == LD_CAUSE_SIZE ?
			     live->output.store.max_total : 0,
		.maxdumps = live->opt->target.keep.dumps,
		.max_time = limits->max_time,
		.max_pressure = limits->max_pressure,
		.pressure = (unsigned int)port_atomic64_read(&limits->pressure),
		.memory = memory_limits_name(&live->memory),
	};
}

/* Runs in the watching thread. The dump has no result yet. */
static enum error_code live_explain_cancel(void *arg, char *buf, size_t size)
{
	struct live *live = arg;
	const struct dump_result result = {
		.end.cause = ld_control_cause(&live->job.control),
	};
	const struct failure failure = {
		.request = &live->request,
		.result = &result,
		.limits = live_limits(live),
	};

	explain_cause(buf, size, &failure);
	return explain_code(&result.end);
}

int live_watch_start(struct live *live, struct error *err)
{
	struct progress_config config = {
		.control = &live->job.control,
		.verbose = live->opt->verbose,
		.tick = live_check_limits,
		.finishing = live_is_finishing,
		.answer = live_answer_end,
		.abandon = live_abandon_output,
		.why = live_explain_cancel,
		.opening = live_opening,
		.arg = live,
	};

	return progress_start(&live->watch.progress, &config, err);
}

int live_watch_space(struct live *live, struct error *err)
{
	if (live->opt->target.dry_run)
		return 0;
	return space_start(&live->watch.space, &live->output, &live->job.control,
			   &live->watch.verify, err);
}

int live_watch_stop(struct live *live)
{
	space_stop(live->watch.space);
	return progress_stop(live->watch.progress);
}
