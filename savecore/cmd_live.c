// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_live.c - savecore -L: take a live dump and store it.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd_live.h"
#include "include/uapi/livedump.h"
#include "port/numbers.h"
#include "port/threads.h"
#include "savecore/capture/engine.h"
#include "savecore/capture/limits.h"
#include "savecore/capture/memory.h"
#include "savecore/output/output.h"
#include "savecore/report/dry_run.h"
#include "savecore/report/dry_run_json.h"
#include "savecore/report/explain.h"
#include "savecore/report/info.h"
#include "savecore/report/json.h"
#include "savecore/report/progress.h"
#include "savecore/report/report.h"
#include "savecore/sandbox/confine.h"
#include "savecore/verify/verify.h"

#define PUBLISH_TRIES	100
#define PRESSURE	"/proc/pressure/memory"

/* A directory and the name of a dump in it. */
#define FILE_MAX	(PATH_MAX + 32)

struct live {
	const struct options *opt;
	struct dump_request request;	/* the options', and how much memory there may be */
	const struct engine *engine;
	void *state;			/* the engine's, NULL if not open */
	char why[128];			/* why this engine */
	struct engine_job job;
	struct output output;
	bool output_open;		/* set once; the watching thread may look */
	struct progress *progress;
	struct limits limits;
	char cause[128];		/* of a partial dump, see explain_cause() */
	struct timespec start;
	struct timespec end;
	bool verified;
	struct verify_report report;
	struct dry_run dry;
	bool unfit;			/* the dry run has found that it would not fit */
};

/*
 * The module if it is there and lets itself be used. What keeps it from that
 * is worth no error where the other engine works; where it does not, its
 * error is the one to tell.
 */
static int open_any(struct live *live, struct error *err)
{
	struct error ignored = { 0 };
	int ret;

	live->engine = &engine_module;
	ret = live->engine->open(&live->state, &live->job, &ignored);
	if (!ret) {
		snprintf(live->why, sizeof(live->why), "%s is there", LIVEDUMP_DEVICE);
		return 0;
	}
	if (ret == -ENOENT)
		snprintf(live->why, sizeof(live->why), "no %s", LIVEDUMP_DEVICE);
	else if (ret == -ESPIPE)
		snprintf(live->why, sizeof(live->why), "the one that writes streams");
	else if (ret == -EOPNOTSUPP)
		snprintf(live->why, sizeof(live->why), "the module is too old for a dry run");
	else
		snprintf(live->why, sizeof(live->why), "%s: %s", LIVEDUMP_DEVICE, strerror(-ret));
	live->engine = &engine_kcore;
	return live->engine->open(&live->state, &live->job, err);
}

static int open_engine(struct live *live, struct error *err)
{
	const struct engine_options *opt = &live->opt->engine;
	bool freeze = live->request.mode != LD_MODE_LIVE;
	const char *why = "the one for --proc";

	if (!strcmp(opt->engine, "auto") && !opt->recorded && !freeze)
		return open_any(live, err);
	if (strcmp(opt->engine, "auto"))
		why = "as requested";
	else if (freeze)
		why = "the one for --freeze";
	snprintf(live->why, sizeof(live->why), "%s", why);
	live->engine = freeze || !strcmp(opt->engine, "module") ? &engine_module : &engine_kcore;
	return live->engine->open(&live->state, &live->job, err);
}

/* In the watching thread. What cancels the dump first has the last word. */
static void tick(void *arg)
{
	struct live *live = arg;
	struct ld_control *control = &live->job.control;
	enum ld_cause cause = LD_CAUSE_NONE;

	if (ld_control_cancelled(control))
		return;
	cause = limits_tick(&live->limits, port_now_ns());
	if (!cause && __atomic_load_n(&live->output_open, __ATOMIC_ACQUIRE) &&
	    live->output.kind == OUTPUT_SLOT && !live->opt->target.dry_run &&
	    store_is_short(&live->output.store))
		cause = LD_CAUSE_MINFREE;
	if (cause)
		ld_control_cancel(control, cause);
}

/* In the watching thread. */
static void abandon(void *arg)
{
	struct live *live = arg;

	if (__atomic_load_n(&live->output_open, __ATOMIC_ACQUIRE))
		output_abandon(&live->output);
}

static int watch(struct live *live, struct error *err)
{
	struct progress_config config = {
		.control = &live->job.control,
		.verbose = live->opt->verbose,
		.tick = tick,
		.abandon = abandon,
		.patient = live->opt->request.keep_partial,
		.arg = live,
	};

	return progress_start(&live->progress, &config, err);
}

static void say_engine(const struct live *live)
{
	char size[32];

	fprintf(stderr, "savecore: engine %s (%s), ", live->engine->name, live->why);
	if (live->engine == &engine_kcore)
		fprintf(stderr, "%u threads, ", live->job.workers);
	if (live->request.mode == LD_MODE_LIVE) {
		number_format_size(size, sizeof(size), live->request.memory);
		fprintf(stderr, "up to %s of memory, ", size);
	}
	fprintf(stderr, "to %s\n", live->output.where);
}

/* Everything is open: what follows goes by what memory and dumps hold. */
static int give_up_rest(struct live *live, struct error *err)
{
	const struct options *opt = live->opt;
	bool kcore = live->engine == &engine_kcore;
	struct sandbox sandbox = {
		.dir = live->output.temp.fd >= 0 ? live->output.temp.dir : -1,
		.opens = live->output.kind == OUTPUT_SLOT,
		.pins = kcore,
		.boosts = kcore && opt->request.boost,
		.asks_module = !kcore,
	};
	const struct confine_params params = {
		.off = opt->no_sandbox,
		.verbose = opt->verbose,
	};

	return confine(&sandbox, live->progress, &params, err);
}

static int open_all(struct live *live, struct error *err)
{
	const struct output_params target = {
		.directory = live->opt->target.directory,
		.file = live->opt->target.output,
		.force = live->opt->target.force,
		.dry_run = live->opt->target.dry_run,
	};
	struct engine_job *job = &live->job;
	int ret;

	if (live->opt->limits.nice_given) {
		ret = limits_nice((int)live->opt->limits.nice, err);
		if (ret)
			return ret;
	}
	ret = limits_open(&live->limits, PRESSURE, err);
	if (ret)
		return ret;
	ret = output_open(&live->output, &target, &job->control, err);
	if (ret)
		return ret;
	__atomic_store_n(&live->output_open, true, __ATOMIC_RELEASE);
	job->fd = live->output.fd;
	job->stream = live->output.kind == OUTPUT_STREAM;
	ret = open_engine(live, err);
	if (ret)
		return ret;
	if (!live->opt->engine.memory_given)
		live->request.memory = memory_default(live->engine == &engine_module);
	progress_page_size(live->progress, job->source.page_size);
	if (live->opt->verbose)
		say_engine(live);
	return give_up_rest(live, err);
}

static struct fit fit_of(struct live *live)
{
	return (struct fit){
		.engine = live->engine,
		.state = live->state,
		.job = &live->job,
		.output = &live->output,
		.force = live->opt->target.force,
	};
}

/* All there is to say of a dump that failed or is partial. */
static struct failure failure_of(const struct live *live)
{
	return (struct failure){
		.request = &live->request,
		.result = &live->job.result,
		.text = live->job.text,
		.module = live->engine == &engine_module,
		.written = (u64)port_atomic64_read(&live->job.control.bytes),
		.stream = live->output.kind == OUTPUT_STREAM,
		.sent = live->job.sent,
		.from = live->job.source.device,
		.to = live->output.where,
		.limits = {
			.signal = progress_signal(live->progress),
			.minfree = live->output.store.minfree,
			.max_time = live->limits.max_time,
			.max_pressure = live->limits.max_pressure,
			.pressure = (unsigned int)port_atomic64_read(&live->limits.pressure),
		},
	};
}

static int estimate_dump(struct live *live, struct error *err)
{
	struct failure failure;
	int ret;

	live->dry.fit = fit_of(live);
	live->dry.why = live->why;
	live->dry.verifies = !live->opt->no_verify && live->output.kind != OUTPUT_STREAM;
	ret = dry_run_estimate(&live->dry);
	if (!ret)
		return 0;
	dump_end_blame(&live->job.result.end, LD_STAGE_START, 0, ret);
	failure = failure_of(live);
	explain(err, &failure);
	return ret;
}

/*
 * What cancelled a dump that was whole all the same. A limit has ended nothing
 * then; a signal says that the dump is not wanted, and it has left less than
 * minfree. Returns 0 if the dump may stay.
 */
static int settle_late_cancel(struct live *live)
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

static int run_dump(struct live *live, struct error *err)
{
	struct failure failure;
	int ret;

	clock_gettime(CLOCK_REALTIME, &live->start);
	limits_begin(&live->limits);
	ret = live->engine->dump(live->state, &live->job);
	limits_end(&live->limits);
	clock_gettime(CLOCK_REALTIME, &live->end);
	if (!ret && (!live->job.result.end.incomplete ||
		     ld_control_cause(&live->job.control) == LD_CAUSE_MINFREE))
		ret = settle_late_cancel(live);
	dump_end_blame(&live->job.result.end, LD_STAGE_START, 0, ret);
	failure = failure_of(live);
	explain_cause(live->cause, sizeof(live->cause), &failure);
	if (ret)
		explain(err, &failure);
	return ret;
}

/*
 * See that the dump is good before anyone can take it for one. A signal that
 * has cut a partial dump short does not end this, too; a second one does.
 */
static int verify(struct live *live, struct error *err)
{
	bool cancelled = ld_control_cancelled(&live->job.control);
	struct utsname running;
	struct verify_options options = {
		.control = cancelled ? NULL : &live->job.control,
		.threads = live->job.workers,
		.running = live->opt->engine.recorded || uname(&running) ? NULL : &running,
		.hint = "nothing is kept; run it again, and see the kernel log if it fails again",
	};
	int ret;

	if (live->opt->no_verify || live->output.kind == OUTPUT_STREAM)
		return 0;
	progress_verify(live->progress);
	ret = verify_dump(live->output.fd, live->output.where, &options, &live->report, err);
	live->verified = !ret;
	if (ret && ld_control_cause(&live->job.control) == LD_CAUSE_MINFREE) {
		struct failure failure = failure_of(live);

		live->job.result.end.cause = LD_CAUSE_MINFREE;
		explain(err, &failure);
	}
	return ret;
}

static struct info info_of(const struct live *live)
{
	return (struct info){
		.request = &live->request,
		.result = &live->job.result,
		.system = live->job.source.system,
		.engine = {
			.name = live->engine->name,
			.why = live->why,
			.device = live->job.source.device,
		},
		.page_size = live->job.source.page_size,
		.cause = live->cause[0] ? live->cause : NULL,
		.start = live->start,
		.end = live->end,
		.slot = live->output.store.slot,
		.verified = live->verified,
	};
}

/* The name of the dump, as it is or will be. */
static void name_of(const struct live *live, char *buf, size_t size)
{
	const struct output *output = &live->output;

	if (output->kind == OUTPUT_SLOT)
		snprintf(buf, size, "%s/livecore.%" PRIu64, output->where, output->store.slot);
	else
		snprintf(buf, size, "%s", output->where);
}

/* The texts that go with the dump; no JSON unless it is asked for. The caller frees them. */
static int build_texts(const struct live *live, char **text, char **json)
{
	struct info info = info_of(live);
	char file[FILE_MAX];
	size_t len;
	int ret;

	*json = NULL;
	ret = info_build(&info, text, &len);
	if (ret || !live->opt->target.json)
		return ret;
	name_of(live, file, sizeof(file));
	*json = json_text(json_of_info(&info, file));
	if (*json)
		return 0;
	free(*text);
	return -ENOMEM;
}

/* A number that someone else takes meanwhile is no reason to lose a dump. */
static int publish_slot(struct live *live, struct error *err)
{
	struct store *store = &live->output.store;
	int ret = -EEXIST;

	for (int i = 0; i < PUBLISH_TRIES && ret == -EEXIST; i++) {
		char *text, *json;

		ret = store_pick(store, err);
		if (ret)
			return ret;
		ret = build_texts(live, &text, &json);
		if (ret) {
			error_set(err, "not enough memory: end other programs");
			return ret;
		}
		ret = store_publish(store, &live->output.temp, text, json, err);
		free(text);
		free(json);
	}
	if (ret == -EEXIST)
		error_set(err, "%s: every number was taken by another program: use a directory of savecore's own",
			  live->output.where);
	return ret;
}

static void report(const struct live *live)
{
	const char *output = live->opt->target.output;
	FILE *f = output && !strcmp(output, "-") ? stderr : stdout;
	struct info info = info_of(live);
	char file[FILE_MAX];

	name_of(live, file, sizeof(file));
	if (live->opt->target.json)
		json_print(json_of_info(&info, file), f);
	else
		report_line(&info, file, f);
	if (!live->opt->verbose)
		return;
	if (live->verified)
		verify_say_time(&live->report);
	report_details(&info);
}

/* The dump is complete, or partial as asked for. */
static int keep(struct live *live, struct error *err)
{
	const struct dump_end *end = &live->job.result.end;
	unsigned int maxdumps = live->opt->target.maxdumps;
	int ret;

	if (live->output.kind == OUTPUT_SLOT)
		ret = publish_slot(live, err);
	else
		ret = output_publish(&live->output, err);
	if (ret)
		return ret;
	/* A partial dump is no reason to lose a whole one. */
	if (live->output.kind == OUTPUT_SLOT)
		ret = store_finish(&live->output.store, end->incomplete ? 0 : maxdumps, err);
	report(live);
	if (end->incomplete)
		error_set(err, "the dump is partial: %s: it is kept as requested; run it again for a whole one",
			  live->cause[0] ? live->cause : strerror(-end->err));
	return end->incomplete ? end->err : ret;
}

/* From the first look at memory to a dump that is good. */
static int take(struct live *live, struct error *err)
{
	struct fit fit = fit_of(live);
	int ret;

	ret = fit_check(&fit, err);
	if (!ret)
		ret = run_dump(live, err);
	if (!ret)
		ret = verify(live, err);
	return ret;
}

static int report_estimate(struct live *live, struct error *err)
{
	int ret = 0;

	if (live->opt->target.json)
		ret = json_print(dry_run_json(&live->dry), stdout);
	else
		dry_run_print(&live->dry, stdout);
	if (ret)
		error_set(err, "not enough memory: end other programs");
	else
		live->unfit = !dry_run_fits(&live->dry, err);
	return ret;
}

int cmd_live(const struct options *opt, struct error *err)
{
	struct live live = {
		.opt = opt,
		.output = OUTPUT_INIT,
		.limits = LIMITS_INIT,
	};
	int ret, sig;

	live.limits.max_time = opt->limits.max_time;
	live.limits.max_pressure = opt->limits.max_pressure;
	live.request = opt->request;
	live.job.request = &live.request;
	live.job.proc = opt->engine.proc;
	live.job.dry_run = opt->target.dry_run;
	live.job.workers = opt->threads ? opt->threads : threads_default();
	ret = watch(&live, err);
	if (ret)
		return EXIT_FAILURE;
	ret = open_all(&live, err);
	if (!ret)
		ret = opt->target.dry_run ? estimate_dump(&live, err) : take(&live, err);
	sig = progress_stop(live.progress);
	if (ret && sig)
		error_set(err, "%s: nothing was dumped: run it again for a dump", strsignal(sig));
	if (!ret)
		ret = opt->target.dry_run ? report_estimate(&live, err) : keep(&live, err);
	if (live.state)
		live.engine->close(live.state);
	output_close(&live.output);
	limits_close(&live.limits);
	if (!ret)
		return live.unfit ? EXIT_NO_FIT : EXIT_SUCCESS;
	return sig ? 128 + sig : EXIT_FAILURE;
}
