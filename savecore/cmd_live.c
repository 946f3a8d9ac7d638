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

#include "include/uapi/livedump.h"
#include "cmd_live.h"
#include "savecore/sandbox/confine.h"
#include "savecore/report/dry_run.h"
#include "savecore/capture/engine.h"
#include "savecore/report/explain.h"
#include "savecore/report/info.h"
#include "savecore/report/json.h"
#include "savecore/capture/limits.h"
#include "savecore/capture/memory.h"
#include "savecore/output/output.h"
#include "savecore/report/progress.h"
#include "savecore/report/report.h"
#include "port/threads.h"
#include "savecore/verify/verify.h"

#define PUBLISH_TRIES	100
#define PRESSURE	"/proc/pressure/memory"

/* A directory and the name of a dump in it. */
#define FILE_MAX	(PATH_MAX + 32)

struct live {
	const struct options *opt;
	const struct engine *engine;
	void *state;			/* the engine's, NULL if not open */
	char why[128];			/* why this engine */
	struct engine_job job;
	struct output output;
	bool output_open;		/* set once; the watching thread may look */
	struct progress *progress;
	port_atomic64_t below_minfree;
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
	const struct options *opt = live->opt;

	if (!strcmp(opt->engine, "auto") && !opt->recorded && opt->mode == LD_MODE_LIVE)
		return open_any(live, err);
	snprintf(live->why, sizeof(live->why), "%s", strcmp(opt->engine, "auto") ? "as told" :
		 opt->mode != LD_MODE_LIVE ? "the one for --freeze" : "the one for --proc");
	live->engine = opt->mode != LD_MODE_LIVE || !strcmp(opt->engine, "module") ?
		       &engine_module : &engine_kcore;
	return live->engine->open(&live->state, &live->job, err);
}

/* In the watching thread. */
static void tick(void *arg)
{
	struct live *live = arg;
	int err = limits_tick(&live->limits, port_now_ns());

	/* Whoever cancelled it before has the last word. */
	if (err)
		port_atomic64_cas(&live->job.control.cancel, 0, -err);
	if (!__atomic_load_n(&live->output_open, __ATOMIC_ACQUIRE) ||
	    live->output.kind != OUTPUT_SLOT || live->opt->dry_run)
		return;
	if (!store_is_short(&live->output.store) ||
	    port_atomic64_read(&live->job.control.cancel))
		return;
	port_atomic64_set(&live->below_minfree, 1);
	port_atomic64_set(&live->job.control.cancel, ENOSPC);
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
		.patient = live->opt->keep_partial,
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
	if (live->opt->mode == LD_MODE_LIVE) {
		format_size(size, sizeof(size), live->job.memory);
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
		.boosts = kcore && !opt->recorded && !opt->no_boost,
		.asks_module = !kcore,
	};

	return confine(&sandbox, live->progress, opt, err);
}

static int open_all(struct live *live, struct error *err)
{
	struct engine_job *job = &live->job;
	int ret;

	if (live->opt->nice_given) {
		ret = limits_nice((int)live->opt->nice, err);
		if (ret)
			return ret;
	}
	ret = limits_open(&live->limits, PRESSURE, err);
	if (ret)
		return ret;
	ret = output_open(&live->output, live->opt, &job->control, err);
	if (ret)
		return ret;
	__atomic_store_n(&live->output_open, true, __ATOMIC_RELEASE);
	job->fd = live->output.fd;
	job->stream = live->output.kind == OUTPUT_STREAM;
	ret = open_engine(live, err);
	if (ret)
		return ret;
	if (live->opt->memory_given)
		job->memory = live->opt->memory;
	else
		job->memory = memory_default(live->engine == &engine_module);
	progress_page_size(live->progress, job->page_size);
	if (live->opt->verbose)
		say_engine(live);
	return give_up_rest(live, err);
}

/* A limit that was hit when all was done already has ended nothing. */
static void take_limit(struct live *live, struct failure *failure)
{
	enum limit limit = (enum limit)port_atomic64_read(&live->limits.hit);
	s64 cancel = port_atomic64_read(&live->job.control.cancel);
	int cause = failure->err ? failure->err : live->job.stats.cause;

	if (limit && cause == -(int)cancel)
		failure->limit = limit;
	else if (limit && !cause)
		port_atomic64_cas(&live->job.control.cancel, cancel, 0);
	failure->pressure = (unsigned int)port_atomic64_read(&live->limits.pressure);
	explain_cause(live->cause, sizeof(live->cause), failure);
}

static struct fit fit_of(struct live *live)
{
	return (struct fit){
		.engine = live->engine,
		.state = live->state,
		.job = &live->job,
		.output = &live->output,
	};
}

/* What there is to say of a failure, but for how it came about. */
static struct failure failure_of(const struct live *live)
{
	return (struct failure){
		.stats = &live->job.stats,
		.text = live->job.text,
		.module = live->engine == &engine_module,
		.opt = live->opt,
		.from = live->job.device,
		.to = live->output.where,
		.written = (u64)port_atomic64_read(&live->job.control.bytes),
	};
}

static int foresee(struct live *live, struct error *err)
{
	struct failure failure = failure_of(live);

	live->dry.room = fit_of(live);
	live->dry.why = live->why;
	failure.err = dry_run_estimate(&live->dry);
	failure.signal = progress_signal(live->progress);
	if (failure.err)
		explain(err, &failure);
	return failure.err;
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
	failure = failure_of(live);
	failure.err = ret;
	failure.signal = progress_signal(live->progress);
	if (failure.signal && !live->opt->keep_partial)
		failure.err = -EINTR;
	take_limit(live, &failure);
	if (port_atomic64_read(&live->below_minfree)) {
		failure.minfree = live->output.store.minfree;
		failure.err = -ENOSPC;
	}
	failure.stream = live->output.kind == OUTPUT_STREAM;
	failure.sent = live->job.sent;
	if (failure.err)
		explain(err, &failure);
	return failure.err;
}

/*
 * See that the dump is good before anyone can take it for one. A signal that
 * has cut a partial dump short does not end this, too; a second one does.
 */
static int verify(struct live *live, struct error *err)
{
	bool cancelled = port_atomic64_read(&live->job.control.cancel);
	struct utsname running;
	struct verify_options options = {
		.control = cancelled ? NULL : &live->job.control,
		.threads = live->job.workers,
		.running = live->opt->recorded || uname(&running) ? NULL : &running,
		.hint = "nothing is kept; run it again, and see the kernel log if it fails again",
	};
	int ret;

	if (live->opt->no_verify || live->output.kind == OUTPUT_STREAM)
		return 0;
	progress_verify(live->progress);
	ret = verify_dump(live->output.fd, live->output.where, &options, &live->report, err);
	live->verified = !ret;
	if (ret && port_atomic64_read(&live->below_minfree)) {
		struct failure failure = failure_of(live);

		failure.err = -ENOSPC;
		failure.minfree = live->output.store.minfree;
		explain(err, &failure);
	}
	return ret;
}

static struct info info_of(const struct live *live)
{
	return (struct info){
		.system = live->job.system,
		.stats = &live->job.stats,
		.format = live->opt->format,
		.codec = live->opt->codec,
		.codec_level = live->opt->codec_level,
		.level = live->opt->level,
		.page_size = live->job.page_size,
		.workers = live->job.workers,
		.device = live->job.device,
		.engine = live->engine->name,
		.engine_why = live->why,
		.kernel_memory = live->job.kernel_memory,
		.mode = live->opt->mode,
		.rate = live->opt->rate,
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
	if (ret || !live->opt->json)
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
	const char *output = live->opt->output;
	FILE *f = output && !strcmp(output, "-") ? stderr : stdout;
	struct info info = info_of(live);
	char file[FILE_MAX];

	name_of(live, file, sizeof(file));
	if (live->opt->json)
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
	const struct ld_stats *st = &live->job.stats;
	unsigned int maxdumps = live->opt->maxdumps;
	int ret;

	if (live->output.kind == OUTPUT_SLOT)
		ret = publish_slot(live, err);
	else
		ret = output_publish(&live->output, err);
	if (ret)
		return ret;
	/* A partial dump is no reason to lose a whole one. */
	if (live->output.kind == OUTPUT_SLOT)
		ret = store_finish(&live->output.store, st->incomplete ? 0 : maxdumps, err);
	report(live);
	if (st->incomplete)
		error_set(err, "the dump is partial: %s: it is kept as told; run it again for a whole one",
			  live->cause[0] ? live->cause : strerror(-st->cause));
	return st->incomplete ? st->cause : ret;
}

/* From the first look at memory to a dump that is good. */
static int take(struct live *live, struct error *err)
{
	struct fit room = fit_of(live);
	int ret;

	ret = fit_check(&room, err);
	if (!ret)
		ret = run_dump(live, err);
	if (!ret)
		ret = verify(live, err);
	return ret;
}

static int show(struct live *live, struct error *err)
{
	int ret;

	ret = dry_run_print(&live->dry, stdout);
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

	live.limits.max_time = opt->max_time;
	live.limits.max_pressure = opt->max_pressure;
	live.job.opt = opt;
	live.job.workers = opt->threads ? opt->threads : threads_default();
	ret = watch(&live, err);
	if (ret)
		return EXIT_FAILURE;
	ret = open_all(&live, err);
	if (!ret)
		ret = opt->dry_run ? foresee(&live, err) : take(&live, err);
	sig = progress_stop(live.progress);
	if (ret && sig)
		error_set(err, "%s: nothing was dumped: run it again for a dump", strsignal(sig));
	if (!ret)
		ret = opt->dry_run ? show(&live, err) : keep(&live, err);
	if (live.state)
		live.engine->close(live.state);
	output_close(&live.output);
	limits_close(&live.limits);
	if (!ret)
		return live.unfit ? EXIT_NO_FIT : EXIT_SUCCESS;
	return sig ? 128 + sig : EXIT_FAILURE;
}
