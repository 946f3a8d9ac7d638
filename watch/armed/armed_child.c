// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * armed_child.c - the process that waits, takes one dump and ends.
 *
 * What is between child_wait() and child_answer() must not open or map a file. The
 * sandbox forbids the former.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "armed.h"
#include "base/numbers.h"
#include "base/process/tlb.h"
#include "core/codec/codec.h"
#include "core/format/format.h"
#include "port/procfile.h"
#include "port/threads.h"
#include "sandbox/sandbox.h"
#include "savecore/capture/engine_choose.h"
#include "savecore/capture/kind.h"
#include "savecore/limits/cgroup.h"
#include "savecore/limits/memory.h"
#include "savecore/report/explain.h"
#include "savecore/report/info.h"
#include "savecore/verify/verdict.h"
#include "savecore/why/why.h"

#define NS_PER_MS	1000000ULL
#define WHY_SECONDS	30U
#define NAME		"the dump in memory"

struct armed_state {
	int sock;
	int fd;
	int meminfo;			/* what may be used is known only when the dump begins */
	bool module;
	unsigned int max_time;		/* seconds */
	struct dump_request request;
	struct engine_choice choice;
	struct engine_job job;
	struct kind kind;
	struct why why;
	struct verdict verdict;
	char cut[128];			/* why it is partial, or empty */
	struct timespec start;
	struct timespec end;
};

static void child_set_request(struct armed_state *s, const struct armed_params *params)
{
	const struct config_dump *dump = params->dump;

	s->request = (struct dump_request){
		.mode = LD_MODE_LIVE,
		.format = &ld_format_kdump,
		.codec = &ld_codec_zstd,
		.codec_level = ld_codec_zstd.level_default,
		.level = dump->level,
		/* What there is of the dump of a machine that hangs is better than none. */
		.keep_partial = true,
		.boost = true,
		.max_pause_ns = NS_PER_MS * (dump->max_pause_ms ? dump->max_pause_ms :
					     LIVEDUMP_PAUSE_PRECOPY),
		.max_pause_open = !dump->max_pause_ms,
	};
	s->job.request = &s->request;
	s->job.proc = params->proc;
	s->job.workers = memory_threads_default(true);
	s->job.fd = s->fd;
}

/*
 * All memory that there is now, and what is mapped later as it is used. With it are the
 * libraries' code and data, so that no page has to be read from a disk.
 */
static int child_lock_memory(void)
{
	if (mlockall(MCL_CURRENT) || mlockall(MCL_FUTURE | MCL_ONFAULT))
		return -errno;
	return 0;
}

/* Bytes that this process has locked, by /proc/self/status. */
static u64 child_locked(void)
{
	char text[PROCFILE_MAX];
	u64 kib = 0;

	if (!procfile_read("/proc/self/status", text, sizeof(text)))
		procfile_number(text, "VmLck:", " kB", &kib);
	return kib << 10;
}

static int child_enter_sandbox(const struct armed_state *s, struct error *err)
{
	const struct sandbox sandbox = {
		.dir = -1,
		.locks_memory = true,
		.boosts = s->request.boost,
		.asks_module = s->module,
	};

	return sandbox_enter(&sandbox, NULL, err);
}

static int child_prepare(struct armed_state *s, const struct armed_params *params,
			 struct armed_answer *answer, struct error *err)
{
	bool recorded = strcmp(params->proc, "/proc") != 0;
	int ret;

	cgroup_die_first();
	/* When memory is short, do not wait for a disk to take some. Needs CAP_SYS_RESOURCE. */
	prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	why_start(&s->why, summary_of_file);
	child_set_request(s, params);
	ret = engine_choose(&s->choice,
			    recorded || params->no_module ? "kcore" : params->dump->engine,
			    recorded, &s->job, err);
	if (ret)
		return ret;
	s->module = s->choice.engine == &engine_module;
	s->kind.open = s->module && !params->dump->live && kind_is_allowed(&s->kind);
	s->request.memory = memory_default(s->job.workers, s->module);
	s->kind.memory = 0;
	if (s->module)
		kind_obey_module(&s->request, KIND_PARAMETERS);
	if (cgroup_own_limits_time())
		s->request.boost = false;
	s->max_time = (unsigned int)(params->dump->max_ms / 1000);
	answer->module = s->module;
	s->meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	if (s->why.pid)
		why_give(&s->why, s->fd, 0, true);
	ret = child_lock_memory();
	if (ret) {
		error_set(err, "cannot lock memory: %s\nraise LimitMEMLOCK", strerror(-ret));
		return ret;
	}
	answer->locked = child_locked();
	ret = child_enter_sandbox(s, err);
	snprintf(answer->error, sizeof(answer->error), "engine %s (%.200s)", s->choice.engine->name,
		 s->choice.why);
	return ret;
}

static void child_answer(const struct armed_state *s, struct armed_message *m, const char *info,
			 const char *why)
{
	struct armed_answer *answer = &m->answer;

	answer->info = (u32)strnlen(info, ARMED_INFO_MAX - 1);
	answer->why = (u32)strnlen(why, ARMED_WHY_MAX - 1);
	memcpy(m->text, info, answer->info);
	memcpy(m->text + answer->info, why, answer->why);
	if (write(s->sock, m, sizeof(*answer) + answer->info + answer->why) < 0)
		_exit(EXIT_FAILURE);
}

/*
 * Not more than is available now; it was more, perhaps, when the process was started.
 * What it needs beside that it has already.
 */
static void child_limit_memory(struct armed_state *s)
{
	char text[PROCFILE_MAX];
	u64 available;

	if (s->meminfo < 0 || procfile_read_fd(s->meminfo, text, sizeof(text)) ||
	    !memory_available(text, &available))
		return;
	available = memory_share(available, UINT64_MAX, 0, s->module);
	if (available < s->request.memory)
		s->request.memory = available;
}

/* Of this process only. */
static struct ld_control *child_control;

/* The daemon gives it no more time. */
static void child_cut(int sig)
{
	(void)sig;
	ld_control_cancel(child_control, LD_CAUSE_TIME);
}

const char *armed_explain_cut(char *buf, size_t size, const struct failure *f)
{
	char room[32];

	switch (f->result->end.cause) {
	case LD_CAUSE_SIZE:
		number_format_size(room, sizeof(room), f->request->max_bytes);
		snprintf(buf, size, "it is longer than the %s that hold allows", room);
		return buf;
	case LD_CAUSE_TIME:
		snprintf(buf, size, "it took longer than the %u s of max-time", f->limits.max_time);
		return buf;
	default:
		return explain_cause(buf, size, f);
	}
}

static void child_explain(struct armed_state *s, int ret, struct error *err)
{
	const struct failure failure = {
		.request = &s->request,
		.result = &s->job.result,
		.text = s->job.text,
		.module = s->module,
		.written = (u64)port_atomic64_read(&s->job.control.bytes),
		.from = s->job.source.device,
		.to = NAME,
		.limits.max_time = s->max_time,
	};

	if (ret)
		explain(err, &failure);
	else if (s->job.result.end.incomplete)
		armed_explain_cut(s->cut, sizeof(s->cut), &failure);
}

/* Not enough memory or time to verify it is no reason to lose the dump. */
static int child_verify(struct armed_state *s, struct error *err)
{
	struct ld_control control = { 0 };
	struct verify_options options = {
		.control = &control,
		.threads = s->job.workers,
		.hint = "the dump was discarded",
		.memory = s->request.memory,
	};

	return verdict_reach(&s->verdict, s->fd, NAME, &options, err);
}

static int child_take_dump(struct armed_state *s, struct armed_answer *answer,
			   struct error *err)
{
	u64 begin = port_now_ns();
	int ret;

	child_limit_memory(s);
	clock_gettime(CLOCK_REALTIME, &s->start);
	ret = kind_dump(&s->kind, &s->choice, &s->job, &s->request);
	clock_gettime(CLOCK_REALTIME, &s->end);
	dump_end_blame(&s->job.result.end, LD_STAGE_START, 0, ret);
	child_explain(s, ret, err);
	answer->taken_ns = port_now_ns() - begin;
	answer->partial = s->job.result.end.incomplete;
	answer->paused = s->request.mode != LD_MODE_LIVE;
	answer->pause_ns = s->job.result.times.pause;
	return ret;
}

/* @doubt: why the dump is not verified yet; NULL: as the verdict says. */
static int child_build_info(const struct armed_state *s, const char *doubt, char **text,
			    size_t *len)
{
	const struct info info = {
		.request = &s->request,
		.result = &s->job.result,
		.system = s->job.source.system,
		.engine = {
			.name = s->choice.engine->name,
			.why = s->choice.why,
			.device = s->job.source.device,
		},
		.mode_why = s->kind.why[0] ? s->kind.why : NULL,
		.page_size = s->job.source.page_size,
		.cause = s->cut[0] ? s->cut : NULL,
		.start = s->start,
		.end = s->end,
		.lists = &s->job.lists,
		.no_reason = s->job.no_reason,
		.verified = s->verdict.kind == VERDICT_GOOD,
		.unverified = doubt ? doubt : verdict_doubt(&s->verdict),
	};

	return info_build(&info, text, len);
}

/* The dump is there. What is still done with it may fail, or hang as others do. */
static void child_tell_written(const struct armed_state *s, struct armed_message *m)
{
	char *info = NULL;
	size_t len;

	m->answer.dump = s->job.result.bytes.file;
	m->answer.no_reason = s->job.no_reason;
	if (child_build_info(s, "the process that verified it did not end well", &info, &len))
		info = NULL;
	m->answer.written = true;
	child_answer(s, m, info ? info : "", "");
	m->answer.written = false;
	free(info);
}

/* Runs when the dump is there already: what fails here is left out. */
static void child_tell(struct armed_state *s, u32 pid, struct armed_message *m)
{
	const struct why_question question = { .name = "livecore", .pid = pid };
	struct why_answer *why = calloc(1, sizeof(*why));
	char *info = NULL;
	size_t len;

	if (child_build_info(s, NULL, &info, &len))
		info = NULL;
	if (why && s->why.given)
		why_ask(&s->why, &question, WHY_SECONDS, why);
	if (why && why->there) {
		m->answer.hangs = why->hangs;
		memcpy(m->answer.signature, why->signature, sizeof(m->answer.signature));
	}
	child_answer(s, m, info ? info : "", why && why->there ? why->text : "");
}

/* The pages stay locked as long as someone maps them: that is the daemon, later. */
static void child_lock_dump(const struct armed_state *s, u64 size)
{
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, s->fd, 0);

	if (map != MAP_FAILED && mlock(map, size))
		munmap(map, size);
}

static void child_fail(const struct armed_state *s, struct armed_message *m, int ret,
		       const struct error *err)
{
	m->answer.ret = ret;
	snprintf(m->answer.error, sizeof(m->answer.error), "%.255s",
		 err->text[0] ? err->text : strerror(-ret));
	child_answer(s, m, "", "");
	_exit(EXIT_FAILURE);
}

void armed_child(int sock, int fd, const struct armed_params *params)
{
	struct armed_state state = { .sock = sock, .fd = fd, .meminfo = -1 }, *s = &state;
	static struct armed_message m;
	static struct armed_order order;
	struct error err = { 0 };
	int ret;

	child_control = &s->job.control;
	signal(SIGTERM, child_cut);
	signal(SIGXFSZ, SIG_IGN);
	prctl(PR_SET_NAME, "livedump-armed");
	ret = child_prepare(s, params, &m.answer, &err);
	if (ret)
		child_fail(s, &m, ret, &err);
	m.answer.armed = true;
	child_answer(s, &m, "", "");
	tlb_settle(sock);
	do
		ret = (int)read(sock, &order, sizeof(order));
	while (ret < 0 && errno == EINTR);
	if (ret != sizeof(order))
		_exit(EXIT_SUCCESS);
	m.answer = (struct armed_answer){ 0 };
	s->request.max_bytes = order.max_bytes;
	s->request.reason = (struct dump_reason){
		order.reason, strnlen(order.reason, sizeof(order.reason)),
	};
	ret = child_take_dump(s, &m.answer, &err);
	if (!ret) {
		child_tell_written(s, &m);
		ret = child_verify(s, &err);
	}
	if (ret)
		child_fail(s, &m, ret, &err);
	child_lock_dump(s, m.answer.dump);
	child_tell(s, order.pid, &m);
	/* The daemon has to map the dump before this process lets go of it. */
	ret = (int)read(sock, &m, sizeof(m));
	_exit(ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
