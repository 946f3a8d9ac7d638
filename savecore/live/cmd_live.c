// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_live.c - savecore -L: take a live dump and store it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/say.h"
#include "cmd_live.h"
#include "live.h"
#include "port/threads.h"
#include "savecore/json/dry_run_json.h"
#include "savecore/limits/cgroup.h"
#include "savecore/limits/memory.h"
#include "savecore/report/report.h"
#include "savecore/sandbox/confine.h"

#define PRESSURE	"/proc/pressure/memory"

/* Call this when all files are open. Later steps parse memory, which is not trusted. */
static int live_enter_sandbox(struct live *live, struct error *err)
{
	const struct options *opt = live->opt;
	bool kcore = live->choice.engine == &engine_kcore;
	struct sandbox sandbox = {
		.dir = live->output.temp.dir,
		.opens = live->output.kind == OUTPUT_SLOT,
		.locks_memory = kcore,
		.boosts = kcore && live->request.boost,
		.asks_module = !kcore,
	};
	const struct confine_params params = {
		.off = opt->no_sandbox,
		.verbose = opt->verbose,
		.drops = &live->output.fd,
		.nr_drops = 1,
	};

	return confine(&sandbox, live->watch.progress, &params, err);
}

/* What the dump may use depends on the control groups of this process. */
static void live_belong_to_cgroup(struct live *live)
{
	bool freeze = live->request.mode != LD_MODE_LIVE;
	bool module = live->choice.engine == &engine_module;

	cgroup_die_first();
	live->kind.open = live->opt->engine.kind_open && module &&
			  kind_is_allowed(&live->kind);
	live->kind.memory = live->request.memory;
	if (module)
		kind_obey_module(&live->request, KIND_PARAMETERS);
	if (live->opt->request.boost && !live->request.boost)
		live->no_boost = "the module's parameter allow_boost";
	/* The module knows the share of a freeze. */
	if (!live->opt->engine.memory_given)
		live->request.memory = freeze ? 0 : memory_default(live->job.workers, module);
	/* The limit holds only for ordinary priority. */
	if (!freeze && live->request.boost && cgroup_own_limits_time()) {
		live->request.boost = false;
		live->no_boost = "cpu.max";
	}
}

static void live_report_engine(const struct live *live)
{
	const struct report_denied denied = {
		.boost = live->no_boost,
		.memory = !live->opt->engine.memory_given && cgroup_own_dies_together(),
	};

	report_engine(&live->choice, &live->job, &denied, live->output.where);
}

static int live_open(struct live *live, struct error *err)
{
	const struct output_params target = {
		.directory = live->opt->target.directory,
		.file = live->opt->target.output,
		.force = live->opt->target.force,
		.max_total = live->opt->target.keep.bytes,
		.dry_run = live->opt->target.dry_run,
		.json = live->opt->target.json,
		.keeps_rights = live->opt->no_sandbox,
		.no_reader = &live->no_reader,
	};
	struct engine_job *job = &live->job;
	int ret;

	if (live->opt->limits.nice_given) {
		ret = limits_nice((int)live->opt->limits.nice, err);
		if (ret)
			return ret;
	}
	ret = limits_open(&live->watch.limits, PRESSURE, err);
	if (ret)
		return ret;
	ret = output_open(&live->output, &target, &job->control, err);
	if (ret)
		return ret;
	live->reply->on_stderr = live->output.on_stdout;
	__atomic_store_n(&live->output_open, true, __ATOMIC_RELEASE);
	job->fd = live->output.fd;
	job->stream = live->output.kind == OUTPUT_STREAM;
	ret = engine_choose(&live->choice, live->opt->engine.engine,
			    live->opt->engine.recorded, job, err);
	if (ret)
		return ret;
	if (job->crash_kernel)
		error_set(store_warning(&live->output.store), "the memory of the crash kernel is in the dump, because /proc/iomem does not show where it is\nrun savecore with the capability CAP_SYS_ADMIN");
	live->verify_memory = memory_to_read(live->job.workers);
	memory_limits_read(&live->memory);
	live_belong_to_cgroup(live);
	progress_page_size(live->watch.progress, job->source.page_size);
	if (live->opt->verbose)
		live_report_engine(live);
	live_why_give(live);
	ret = live_enter_sandbox(live, err);
	return ret ? ret : live_watch_space(live, err);
}

static struct fit live_fit(struct live *live)
{
	return (struct fit){
		.engine = live->choice.engine,
		.state = live->choice.state,
		.job = &live->job,
		.output = &live->output,
		.force = live->opt->target.force,
		.rotates = live->opt->target.keep.dumps && live->output.kind == OUTPUT_SLOT,
	};
}

static struct failure live_failure(const struct live *live)
{
	return (struct failure){
		.request = &live->request,
		.result = &live->job.result,
		.text = live->job.text,
		.module = live->choice.engine == &engine_module,
		.written = (u64)port_atomic64_read(&live->job.control.bytes),
		.stream = live->output.kind == OUTPUT_STREAM,
		.sent = (u64)port_atomic64_read(&live->job.sent),
		.from = live->job.source.device,
		.to = live->output.where,
		.limits = live_limits(live),
	};
}

static int live_estimate_dump(struct live *live, struct error *err)
{
	struct failure failure;
	int ret;

	live->dry.fit = live_fit(live);
	live->dry.why = live->choice.why;
	live->dry.keep = &live->opt->target.keep;
	live->dry.verifies = !live->opt->no_verify && live->output.kind != OUTPUT_STREAM;
	ret = dry_run_estimate(&live->dry);
	if (!ret)
		return 0;
	dump_end_blame(&live->job.result.end, LD_STAGE_START, 0, ret);
	failure = live_failure(live);
	explain(err, &failure);
	return ret;
}

/*
 * A dump can be complete although it was cancelled: the cancellation came too
 * late. A limit is ignored then. A signal still discards the dump, unless a
 * partial one would be kept, and so does a dump that leaves less than minfree.
 * Returns 0 if the dump is kept.
 */
static int live_resolve_late_cancel(struct live *live)
{
	struct ld_control *control = &live->job.control;
	struct dump_end *end = &live->job.result.end;
	enum ld_cause cause = ld_control_cause(control);

	switch (cause) {
	case LD_CAUSE_NONE:
		return 0;
	case LD_CAUSE_SIGNAL:
		if (live->request.keep_partial)
			return 0;
		break;
	case LD_CAUSE_MINFREE:
		break;
	default:
		port_atomic64_cas(&control->cancel, cause, LD_CAUSE_NONE);
		return 0;
	}
	*end = (struct dump_end){ .cause = cause, .err = -ECANCELED };
	return -ECANCELED;
}

static int live_run_dump(struct live *live, struct error *err)
{
	struct failure failure;
	int ret;

	clock_gettime(CLOCK_REALTIME, &live->outcome.start);
	limits_begin(&live->watch.limits);
	ret = kind_dump(&live->kind, &live->choice, &live->job, &live->request);
	limits_end(&live->watch.limits);
	clock_gettime(CLOCK_REALTIME, &live->outcome.end);
	if (!ret && (!live->job.result.end.incomplete ||
		     ld_control_cause(&live->job.control) == LD_CAUSE_MINFREE))
		ret = live_resolve_late_cancel(live);
	dump_end_blame(&live->job.result.end, LD_STAGE_START, 0, ret);
	failure = live_failure(live);
	explain_cause(live->outcome.cause, sizeof(live->outcome.cause), &failure);
	if (ret)
		explain(err, &failure);
	return ret;
}

/*
 * What becomes of a dump whose verification has ended early with @ret. One that a
 * signal has come for is as good as one that nobody wanted to verify, with
 * --keep-partial. Returns @ret if the dump is not kept.
 */
static int live_judge_unverified(struct live *live, enum ld_cause cause, int ret,
				 struct error *err)
{
	struct failure failure;

	if (cause == LD_CAUSE_MINFREE || cause == LD_CAUSE_SIZE) {
		live->job.result.end.cause = cause;
		failure = live_failure(live);
		explain(err, &failure);
		return ret;
	}
	if (ret != -ECANCELED || cause != LD_CAUSE_SIGNAL || !live->request.keep_partial)
		return ret;
	live->outcome.interrupted = true;
	*err = (struct error){ 0 };
	return 0;
}

/* Whether a limit of the dump came too late for the dump, and has ended its verification. */
static bool live_is_late_limit(struct ld_control *control, int ret)
{
	enum ld_cause cause = ld_control_cause(control);

	return ret == -ECANCELED && (cause == LD_CAUSE_TIME || cause == LD_CAUSE_PRESSURE) &&
	       port_atomic64_cas(&control->cancel, cause, LD_CAUSE_NONE);
}

/*
 * Verify the dump before it gets its name. The signal that ended a partial dump
 * does not end its verification. A second signal does.
 */
static int live_verify(struct live *live, struct error *err)
{
	bool cancelled = ld_control_cancelled(&live->job.control);
	struct ld_control *control = cancelled ? &live->watch.verify : &live->job.control;
	struct utsname running;
	struct verify_options options = {
		.control = control,
		.threads = live->job.workers,
		.running = live->opt->engine.recorded || uname(&running) ? NULL : &running,
		.hint = "the dump was discarded; run savecore again, and read the kernel log if it fails again",
		.memory = live->verify_memory,
	};
	int ret;

	if (live->opt->no_verify || live->output.kind == OUTPUT_STREAM)
		return 0;
	progress_verify(live->watch.progress, control);
	do {
		*err = (struct error){ 0 };
		ret = verdict_reach(&live->outcome.verdict, live->output.fd, live->output.where,
				    &options, err);
	} while (live_is_late_limit(control, ret));
	return ret ? live_judge_unverified(live, ld_control_cause(control), ret, err) : 0;
}

/* Estimate whether the dump fits, write it, verify it. */
static int live_take_dump(struct live *live, struct error *err)
{
	struct fit fit = live_fit(live);
	int ret;

	ret = fit_check(&fit, err);
	if (!ret)
		ret = live_run_dump(live, err);
	if (!ret && !live->job.result.end.incomplete)
		ret = store_check_total(&live->output.store, live->output.fd,
					live->request.level, err);
	if (!ret)
		ret = live_verify(live, err);
	return ret;
}

/* Returns the exit status. */
static int live_report_estimate(struct live *live, struct error *err)
{
	if (live->opt->target.json)
		reply_report(live->reply, dry_run_json(&live->dry));
	else
		dry_run_print(&live->dry, say_out());
	reply_warn(live->reply, &live->output.store);
	return dry_run_fits(&live->dry, err) ? EXIT_SUCCESS : EXIT_NO_FIT;
}

int cmd_live(const struct options *opt, struct reply *reply, struct error *err)
{
	struct live live = {
		.opt = opt,
		.output = OUTPUT_INIT,
		.reply = reply,
		.watch.limits = LIMITS_INIT,
	};
	int ret, status = EXIT_SUCCESS;

	live.watch.limits.max_time = opt->limits.max_time;
	live.watch.limits.max_pressure = opt->limits.max_pressure;
	live.request = opt->request;
	live_set_reason(&live);
	live.job.request = &live.request;
	live.job.proc = opt->engine.proc;
	live.job.dry_run = opt->target.dry_run;
	live.job.workers = opt->threads ? opt->threads : memory_threads_default(true);
	live_why_start(&live);
	ret = live_watch_start(&live, err);
	if (ret) {
		why_stop(&live.outcome.why);
		error_classify(err, ret);
		return EXIT_FAILURE;
	}
	ret = live_open(&live, err);
	if (!ret)
		ret = opt->target.dry_run ? live_estimate_dump(&live, err) :
					    live_take_dump(&live, err);
	live.outcome.signal = live_watch_stop(&live);
	if (ret && live.outcome.signal)
		error_set_code(err, ERROR_INTERRUPTED, "%s: no dump was taken\nrun savecore again",
			       strsignal(live.outcome.signal));
	if (!ret && opt->target.dry_run)
		status = live_report_estimate(&live, err);
	else if (!ret)
		ret = live_publish(&live, err);
	why_stop(&live.outcome.why);
	engine_choice_close(&live.choice);
	output_close(&live.output);
	limits_close(&live.watch.limits);
	error_classify(err, ret);
	return ret ? live_exit_status(&live) : status;
}
