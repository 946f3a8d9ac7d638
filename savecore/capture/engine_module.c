// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * engine_module.c - has livedump.ko write the dump: see livedump(4).
 *
 * The thread that asks for the dump is in the kernel until it is done. A
 * second one follows the progress on an open file of its own, and when the
 * dump is to be cancelled it interrupts the first with a signal that does
 * nothing else. It does so until the call has returned: a signal that comes
 * before the call has begun is lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "include/uapi/livedump.h"
#include "engine.h"
#include "savecore/kcore/kcore_system.h"

#define WAKE_SIGNAL	SIGUSR1
#define TICK_MS		20

struct module_engine {
	int device;
	int watch;			/* for the progress */
	struct ld_system system;
	char failed[64];		/* stats.failed points here */
	struct engine_job *job;
	pthread_t caller;
	port_atomic64_t done;
};

static int open_device(struct error *err)
{
	int fd = open(LIVEDUMP_DEVICE, O_RDWR | O_CLOEXEC);
	int rc = -errno;

	if (fd >= 0)
		return fd;
	switch (-rc) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		error_set(err, "no %s: load the module (modprobe livedump), or use --engine kcore",
			  LIVEDUMP_DEVICE);
		break;
	case EPERM:
		error_set(err, "not allowed to use %s: it takes the capability CAP_SYS_RAWIO and a kernel that is not locked down for confidentiality",
			  LIVEDUMP_DEVICE);
		break;
	case EACCES:
		error_set(err, "not allowed to open %s: run as root", LIVEDUMP_DEVICE);
		break;
	default:
		error_set(err, "cannot open %s: %s", LIVEDUMP_DEVICE, strerror(-rc));
	}
	return rc;
}

static void engine_close(void *state)
{
	struct module_engine *e = state;

	if (e->watch >= 0)
		close(e->watch);
	if (e->device >= 0)
		close(e->device);
	free(e);
}

/*
 * Whether the module knows LIVEDUMP_DRY_RUN. There is no such descriptor, so that
 * nothing is run; but flags are looked at first.
 */
static bool tells_estimates(int device)
{
	struct livedump_arg arg = {
		.size = sizeof(arg),
		.fd = -2,
		.flags = LIVEDUMP_DRY_RUN,
	};

	return ioctl(device, LIVEDUMP_IOC_DUMP, &arg) && errno == EBADF;
}

static int engine_open(void **state, struct engine_job *job, struct error *err)
{
	struct module_engine *e;
	int ret;

	if (job->stream) {
		error_set(err, "the module writes to regular files only: use --engine kcore for a stream");
		return -ESPIPE;
	}
	e = calloc(1, sizeof(*e));
	if (!e) {
		error_set(err, "not enough memory: end other programs");
		return -ENOMEM;
	}
	e->watch = -1;
	e->device = open_device(err);
	ret = e->device;
	if (ret >= 0) {
		e->watch = open_device(err);
		ret = e->watch;
	}
	if (ret >= 0 && job->opt->dry_run && !tells_estimates(e->device)) {
		error_set(err, "the module of this version knows no dry run: install the newer one, or use --engine kcore");
		ret = -EOPNOTSUPP;
	}
	if (ret >= 0)
		ret = kcore_system_running(&e->system, err);
	if (ret < 0) {
		engine_close(e);
		return ret;
	}
	job->system = &e->system;
	job->page_size = (size_t)sysconf(_SC_PAGESIZE);
	/* What the kernel took as it booted is not counted there. */
	job->ram = (u64)sysconf(_SC_PHYS_PAGES) * job->page_size / 7 * 8;
	snprintf(job->device, sizeof(job->device), "%s", LIVEDUMP_DEVICE);
	*state = e;
	return 0;
}

static bool value(const char *line, const char *key, u64 *v)
{
	const char *at = strstr(line, key);

	return at && sscanf(at + strlen(key), "%" SCNu64, v) == 1;
}

/* The kernel's line becomes the numbers that are drawn. */
static void show(struct module_engine *e)
{
	struct ld_control *ctl = &e->job->control;
	size_t page = e->job->page_size;
	u64 done, total, bytes, pid;
	char line[256];
	ssize_t n;

	n = pread(e->watch, line, sizeof(line) - 1, 0);
	if (n <= 0)
		return;
	line[n] = '\0';
	/* It may be someone else's dump that this one waits for. */
	if (!value(line, "pid=", &pid) || pid != (u64)getpid() ||
	    !value(line, "done=", &done) || !value(line, "expected=", &total) ||
	    !value(line, "written=", &bytes))
		return;
	for (unsigned int p = 0; p < LD_NR_PHASES; p++) {
		const char *name = ld_phase_name(p), *at = strstr(line, "phase=");

		if (at && !strncmp(at + 6, name, strlen(name)))
			port_atomic64_set(&ctl->phase, p);
	}
	port_atomic64_set(&ctl->total, (s64)(total / page));
	port_atomic64_set(&ctl->done, (s64)(done / page));
	port_atomic64_set(&ctl->bytes, (s64)bytes);
}

static void *follow(void *arg)
{
	struct module_engine *e = arg;

	while (!port_atomic64_read(&e->done)) {
		struct timespec tick = { 0, TICK_MS * 1000000L };

		nanosleep(&tick, NULL);
		show(e);
		if (port_atomic64_read(&e->job->control.cancel))
			pthread_kill(e->caller, WAKE_SIGNAL);
	}
	return NULL;
}

static void wake(int sig)
{
	(void)sig;
}

static void fill_arg(const struct engine_job *job, unsigned int level, struct livedump_arg *arg)
{
	static const u32 modes[LD_NR_MODES] = {
		[LD_MODE_LIVE] = LIVEDUMP_MODE_LIVE,
		[LD_MODE_FREEZE] = LIVEDUMP_MODE_FREEZE,
		[LD_MODE_FREEZE_KERNEL] = LIVEDUMP_MODE_FREEZE_KERNEL,
	};
	const struct options *opt = job->opt;

	memset(arg, 0, sizeof(*arg));
	arg->size = sizeof(*arg);
	arg->fd = job->fd;
	if (opt->keep_partial)
		arg->flags |= LIVEDUMP_KEEP_PARTIAL;
	arg->format = opt->format == &ld_format_elf ? LIVEDUMP_FORMAT_ELF : LIVEDUMP_FORMAT_KDUMP;
	arg->mode = modes[opt->mode];
	arg->max_pause_ms = opt->max_pause_ms;
	if (opt->mode == LD_MODE_LIVE) {
		u64 mib = (job->memory + (1 << 20) - 1) >> 20;

		arg->memory_mib = mib < UINT32_MAX ? (u32)mib : UINT32_MAX;
		if (!opt->no_boost)
			arg->flags |= LIVEDUMP_BOOST;
	}
	if (opt->codec == &ld_codec_zlib)
		arg->compression = LIVEDUMP_COMP_ZLIB;
	else if (opt->codec == &ld_codec_zstd)
		arg->compression = LIVEDUMP_COMP_ZSTD;
	else if (opt->codec == &ld_codec_lzo)
		arg->compression = LIVEDUMP_COMP_LZO;
	else
		arg->compression = LIVEDUMP_COMP_NONE;
	if (arg->compression != LIVEDUMP_COMP_NONE)
		arg->compression_level = opt->codec_level;
	arg->dump_level = level;
	arg->rate = opt->rate;
	arg->max_bytes = opt->max_size;
}

/* "write: error 28 at 4096", or a sentence of its own. */
static void take_text(struct module_engine *e, const char *text, struct ld_stats *st)
{
	const char *colon = strstr(text, ": error ");
	const char *at = strstr(text, " at ");

	if (!colon) {
		snprintf(e->job->text, sizeof(e->job->text), "%s", text);
		return;
	}
	snprintf(e->failed, sizeof(e->failed), "%.*s", (int)(colon - text), text);
	st->failed = e->failed;
	if (at)
		st->failed_at = strtoull(at + 4, NULL, 10);
}

static void take_result(struct module_engine *e, struct livedump_result *r, struct ld_stats *st)
{
	memset(st, 0, sizeof(*st));
	st->frames = r->frames;
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		st->frames_by_type[i] = r->frames_by_type[i];
	st->kept = r->kept;
	st->zero = r->zero;
	st->unreadable = r->unreadable;
	st->blanked = r->blanked;
	st->buffered = r->buffered;
	st->streamed = r->kept - r->blanked - r->buffered;
	st->reclassified_kept = r->reclassified_kept;
	st->reclassified_dropped = r->reclassified_dropped;
	st->raw_bytes = r->raw_bytes;
	st->data_bytes = r->data_bytes;
	st->file_bytes = r->file_bytes;
	st->start_ns = r->start_ns;
	st->read_ns = r->read_ns;
	st->write_ns = r->write_ns;
	st->end_ns = r->end_ns;
	st->incomplete = r->status & LIVEDUMP_INCOMPLETE;
	st->cause = -r->cause;
	st->too_long = r->status & LIVEDUMP_TOO_LONG;
	if (r->workers)
		e->job->workers = r->workers;
	e->job->kernel_memory = r->memory_bytes;
	st->pause_ns = r->pause_ns;
	st->pause_estimate_ns = r->pause_estimate_ns;
	st->memory_needed = r->memory_needed;
	r->text[LIVEDUMP_TEXT_SIZE - 1] = '\0';
	take_text(e, r->text, st);
}

/* One call, which the job's control follows and cancels. Returns 0 or a negative errno. */
static int call(struct module_engine *e, struct engine_job *job, struct livedump_arg *arg)
{
	struct sigaction action = { .sa_handler = wake }, old;
	sigset_t set, old_set;
	pthread_t follower;
	int ret, cancel;

	e->job = job;
	e->caller = pthread_self();
	port_atomic64_set(&e->done, 0);
	sigemptyset(&set);
	sigaddset(&set, WAKE_SIGNAL);
	sigaction(WAKE_SIGNAL, &action, &old);
	/* Blocked in the follower, which inherits the mask of now. */
	pthread_sigmask(SIG_BLOCK, &set, &old_set);
	ret = -pthread_create(&follower, NULL, follow, e);
	if (!ret) {
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		if (ioctl(e->device, LIVEDUMP_IOC_DUMP, arg))
			ret = -errno;
		port_atomic64_set(&e->done, 1);
		pthread_join(follower, NULL);
		take_result(e, &arg->result, &job->stats);
	}
	pthread_sigmask(SIG_SETMASK, &old_set, NULL);
	sigaction(WAKE_SIGNAL, &old, NULL);

	/* The kernel only knows that it was interrupted; who did so knows why. */
	cancel = (int)port_atomic64_read(&job->control.cancel);
	if (cancel && ret == -EINTR)
		ret = -cancel;
	if (cancel && job->stats.incomplete && job->stats.cause == -EINTR)
		job->stats.cause = -cancel;
	return ret;
}

static void take_estimate(const struct livedump_result *r, struct ld_estimate *estimate)
{
	static const u32 compressions[LD_NR_CODECS] = {
		LIVEDUMP_COMP_NONE, LIVEDUMP_COMP_ZLIB, LIVEDUMP_COMP_ZSTD, LIVEDUMP_COMP_LZO,
	};

	memset(estimate, 0, sizeof(*estimate));
	estimate->sampled = r->sampled;
	estimate->zero = r->zero;
	estimate->buffer_bytes = r->buffer_bytes;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct livedump_estimate *from = &r->estimate[compressions[c]];

		if (!from->file_bytes)
			continue;
		estimate->packed[c] = (struct ld_packed){
			.codec = ld_codecs[c],
			.level = from->compression_level,
			.file_bytes = from->file_bytes,
			.disk_bytes = from->disk_bytes,
			.error = from->error,
			.time_ns = from->time_ns,
		};
	}
}

static int engine_estimate(void *state, struct engine_job *job, unsigned int level,
			   struct ld_estimate *estimate)
{
	struct livedump_arg arg;
	int ret;

	fill_arg(job, level, &arg);
	arg.flags |= LIVEDUMP_DRY_RUN;
	ret = call(state, job, &arg);
	if (ret == -EINVAL)
		return -EOPNOTSUPP;
	take_estimate(&arg.result, estimate);
	job->memory_allowed = arg.result.memory_allowed;
	return ret;
}

static int engine_dump(void *state, struct engine_job *job)
{
	struct livedump_arg arg;
	int ret;

	job->text[0] = '\0';
	fill_arg(job, job->opt->level, &arg);
	ret = call(state, job, &arg);
	if (!ret)
		port_atomic64_set(&job->control.bytes, (s64)job->stats.data_bytes);
	return ret;
}

const struct engine engine_module = {
	.name = "module",
	.open = engine_open,
	.estimate = engine_estimate,
	.dump = engine_dump,
	.close = engine_close,
};
