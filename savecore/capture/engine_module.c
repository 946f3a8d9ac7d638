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

#include "core/capture/abi.h"
#include "engine.h"
#include "savecore/kcore/kcore_system.h"

#define WAKE_SIGNAL	SIGUSR1
#define TICK_MS		20

struct module_engine {
	int device;
	int watch;			/* for the progress */
	struct ld_system system;
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
	if (ret >= 0 && job->dry_run && !tells_estimates(e->device)) {
		error_set(err, "the module of this version knows no dry run: install the newer one, or use --engine kcore");
		ret = -EOPNOTSUPP;
	}
	if (ret >= 0)
		ret = kcore_system_running(&e->system, err);
	if (ret < 0) {
		engine_close(e);
		return ret;
	}
	job->source.system = &e->system;
	job->source.page_size = (size_t)sysconf(_SC_PAGESIZE);
	/* What the kernel took as it booted is not counted there. */
	job->source.ram = (u64)sysconf(_SC_PHYS_PAGES) * job->source.page_size / 7 * 8;
	snprintf(job->source.device, sizeof(job->source.device), "%s", LIVEDUMP_DEVICE);
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
	size_t page = e->job->source.page_size;
	u64 done, total, bytes, pid;
	const char *at;
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
	at = strstr(line, "stage=");
	for (unsigned int s = 0; at && s < LD_NR_STAGES; s++) {
		const char *name = ld_stage_name(s);
		size_t len = strlen(name);

		if (!strncmp(at + 6, name, len) && at[6 + len] == ' ')
			ld_control_enter(ctl, s);
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
		if (ld_control_cancelled(&e->job->control))
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
	*arg = (struct livedump_arg){ .size = sizeof(*arg), .fd = job->fd };
	ld_abi_from_request(arg, job->request);
	arg->dump_level = level;
}

/*
 * What the call returned. The kernel only knows that it was interrupted; this
 * process knows why.
 */
static int take_result(struct engine_job *job, const struct livedump_result *r, int ret)
{
	enum ld_cause cause = ld_control_cause(&job->control);
	struct dump_end *end = &job->result.end;

	ld_abi_to_result(&job->result, r);
	if (r->workers)
		job->workers = r->workers;
	snprintf(job->text, sizeof(job->text), "%.*s", LIVEDUMP_TEXT_SIZE, r->text);
	/* A module that did not get as far as a result. */
	if (dump_end_blame(end, LD_STAGE_START, 0, ret) && !end->cause)
		end->cause = LD_CAUSE_ERROR;
	if (end->cause == LD_CAUSE_SIGNAL && cause)
		end->cause = cause;
	return ret;
}

/* One call, which the job's control follows and cancels. Returns 0 or a negative errno. */
static int call(struct module_engine *e, struct engine_job *job, struct livedump_arg *arg)
{
	struct sigaction action = { .sa_handler = wake }, old;
	sigset_t set, old_set;
	pthread_t follower;
	int ret;

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
		ret = take_result(job, &arg->result, ret);
	}
	pthread_sigmask(SIG_SETMASK, &old_set, NULL);
	sigaction(WAKE_SIGNAL, &old, NULL);

	return ret;
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
	ld_abi_to_estimate(estimate, &arg.result);
	job->memory_allowed = arg.result.memory_allowed;
	return ret;
}

static int engine_dump(void *state, struct engine_job *job)
{
	struct livedump_arg arg;
	int ret;

	fill_arg(job, job->request->level, &arg);
	ret = call(state, job, &arg);
	if (!ret)
		port_atomic64_set(&job->control.bytes, (s64)job->result.bytes.data);
	return ret;
}

const struct engine engine_module = {
	.name = "module",
	.open = engine_open,
	.estimate = engine_estimate,
	.dump = engine_dump,
	.close = engine_close,
};
