// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * engine_module.c - the engine that has livedump.ko write the dump, see
 * livedump(4).
 *
 * The thread that calls the ioctl is in the kernel until the dump ends. A second
 * thread, the follower, reads the progress from its own open file of the device.
 * To cancel the dump it interrupts the calling thread with WAKE_SIGNAL. It
 * repeats the signal until the ioctl returns: one that arrives before the
 * ioctl starts has no effect.
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

#include "base/hint.h"
#include "core/dump/abi.h"
#include "engine.h"
#include "port/threads.h"
#include "queues.h"
#include "savecore/kcore/kcore_system.h"

#define WAKE_SIGNAL	SIGUSR1
#define TICK_MS		20

struct module_engine {
	int device;
	int watch;			/* open on the device, to read progress */
	struct ld_system system;
	struct ld_list_queues queues;	/* zeroes: not known, or the module is too old */
	struct engine_job *job;
	pthread_t caller;
	port_atomic64_t done;
};

static int module_open_device(const struct dump_request *request, struct error *err)
{
	int fd = open(LIVEDUMP_DEVICE, O_RDWR | O_CLOEXEC);
	int rc = -errno;

	if (fd >= 0)
		return fd;
	switch (-rc) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		error_set_code(err, ERROR_NO_ENGINE,
			       "no %s\nload the module (modprobe livedump), or %s",
			       LIVEDUMP_DEVICE, engine_instead(request));
		break;
	case EPERM:
		error_set(err, "not allowed to use %s: it needs CAP_SYS_RAWIO and a kernel that is not locked down for confidentiality\nrun as root, or turn off lockdown",
			  LIVEDUMP_DEVICE);
		break;
	case EACCES:
		error_set(err, "not allowed to open %s\nrun as root", LIVEDUMP_DEVICE);
		break;
	default:
		error_set(err, "cannot open %s: %s\n%s", LIVEDUMP_DEVICE, strerror(-rc),
			  engine_instead(request));
	}
	return rc;
}

static void module_engine_close(void *state)
{
	struct module_engine *e = state;

	if (e->watch >= 0)
		close(e->watch);
	if (e->device >= 0)
		close(e->device);
	free(e);
}

/*
 * Whether the module knows LIVEDUMP_DRY_RUN. The module checks the flags before
 * the descriptor, which is invalid here, so that no dump starts. Of the errors only
 * EINVAL is about the flag; the others would be those of a dump, too.
 */
static int module_check_estimate(int device, const struct dump_request *request,
				 struct error *err)
{
	struct livedump_arg arg = {
		.size = sizeof(arg),
		.fd = -2,
		.flags = LIVEDUMP_DRY_RUN,
	};
	int errnum = ioctl(device, LIVEDUMP_IOC_DUMP, &arg) ? errno : EINVAL;

	switch (errnum) {
	case EBADF:
		return 0;
	case EINVAL:
		error_set_code(err, ERROR_NO_ENGINE,
			       "the loaded module is too old for a dry run\ninstall a newer module, or %s",
			       engine_instead(request));
		return -EOPNOTSUPP;
	case E2BIG:
	case ENOTTY:
		error_set_code(err, ERROR_NO_ENGINE,
			       "the loaded module and savecore have different versions\ninstall the same version of both, or %s",
			       engine_instead(request));
		return -EPROTO;
	default:
		error_set(err, "%s: %s\n%s, or %s", LIVEDUMP_DEVICE, strerror(errnum),
			  hint_of(HINT_MODULE, errnum), engine_instead(request));
		return -errnum;
	}
}

static int module_engine_open(void **state, struct engine_job *job, struct error *err)
{
	struct module_engine *e;
	int ret;

	if (job->stream) {
		error_set_code(err, ERROR_NO_ENGINE,
			       "the module writes to regular files only\n%s, or name a file",
			       engine_instead(job->request));
		return -ESPIPE;
	}
	e = calloc(1, sizeof(*e));
	if (!e) {
		error_set(err, "not enough memory\nend other programs and run savecore again");
		return -ENOMEM;
	}
	e->watch = -1;
	e->device = module_open_device(job->request, err);
	ret = e->device;
	if (ret >= 0) {
		e->watch = module_open_device(job->request, err);
		ret = e->watch;
	}
	if (ret >= 0 && job->dry_run)
		ret = module_check_estimate(e->device, job->request, err);
	if (ret >= 0)
		ret = kcore_system_running(&e->system, err);
	if (ret < 0) {
		module_engine_close(e);
		return ret;
	}
	queues_find(&e->queues);
	job->source.system = &e->system;
	job->source.page_size = (size_t)sysconf(_SC_PAGESIZE);
	/* This count lacks the memory that the kernel reserved when it booted. */
	job->source.ram = (u64)sysconf(_SC_PHYS_PAGES) * job->source.page_size / 7 * 8;
	snprintf(job->source.device, sizeof(job->source.device), "%s", LIVEDUMP_DEVICE);
	*state = e;
	return 0;
}

static bool module_parse_field(const char *line, const char *key, u64 *v)
{
	const char *at = strstr(line, key);

	return at && sscanf(at + strlen(key), "%" SCNu64, v) == 1;
}

/* Set the job's control from the line that the module prints. */
static void module_read_progress(struct module_engine *e)
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
	/* The line may be about the dump of another process. */
	if (!module_parse_field(line, "pid=", &pid) || pid != (u64)getpid() ||
	    !module_parse_field(line, "done=", &done) ||
	    !module_parse_field(line, "expected=", &total) ||
	    !module_parse_field(line, "written=", &bytes))
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

static void *module_follow_progress(void *arg)
{
	struct module_engine *e = arg;

	while (!port_atomic64_read(&e->done)) {
		struct timespec tick = { 0, TICK_MS * 1000000L };

		nanosleep(&tick, NULL);
		module_read_progress(e);
		if (ld_control_cancelled(&e->job->control))
			pthread_kill(e->caller, WAKE_SIGNAL);
	}
	return NULL;
}

/* The signal only interrupts the ioctl. */
static void module_ignore_signal(int sig)
{
	(void)sig;
}

static void module_fill_arg(const struct module_engine *e, const struct engine_job *job,
			    unsigned int level, u64 flags, struct livedump_arg *arg)
{
	*arg = (struct livedump_arg){ .size = sizeof(*arg), .fd = job->fd };
	ld_abi_from_request(arg, job->request);
	ld_abi_from_queues(arg, &e->queues);
	arg->dump_level = level;
	arg->flags |= flags;
	if (job->no_reason) {
		arg->reason = 0;
		arg->reason_size = 0;
	}
}

/*
 * Store what the ioctl returned. The module reports an interrupted dump as
 * LD_CAUSE_SIGNAL. The control has the cause for which this process interrupted it.
 */
static int module_store_result(struct engine_job *job, const struct livedump_result *r, int ret)
{
	enum ld_cause cause = ld_control_cause(&job->control);
	struct dump_end *end = &job->result.end;

	ld_abi_to_result(&job->result, r);
	if (r->workers)
		job->workers = r->workers;
	snprintf(job->text, sizeof(job->text), "%.*s", LIVEDUMP_TEXT_SIZE, r->text);
	/* The ioctl failed before it wrote a result. */
	if (dump_end_blame(end, LD_STAGE_START, 0, ret) && !end->cause)
		end->cause = LD_CAUSE_ERROR;
	if (end->cause == LD_CAUSE_SIGNAL && cause)
		end->cause = cause;
	return ret;
}

/* Call the ioctl, with a follower thread meanwhile. Returns 0 or a negative errno. */
static int module_call_dump(struct module_engine *e, struct engine_job *job,
			    struct livedump_arg *arg)
{
	struct sigaction action = { .sa_handler = module_ignore_signal }, old;
	sigset_t set, old_set;
	pthread_t follower;
	int ret;

	e->job = job;
	e->caller = pthread_self();
	port_atomic64_set(&e->done, 0);
	sigemptyset(&set);
	sigaddset(&set, WAKE_SIGNAL);
	sigaction(WAKE_SIGNAL, &action, &old);
	/* The follower inherits this mask: only the calling thread is interrupted. */
	pthread_sigmask(SIG_BLOCK, &set, &old_set);
	ret = threads_start(&follower, module_follow_progress, e);
	if (!ret) {
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
		if (ioctl(e->device, LIVEDUMP_IOC_DUMP, arg))
			ret = -errno;
		port_atomic64_set(&e->done, 1);
		pthread_join(follower, NULL);
		ret = module_store_result(job, &arg->result, ret);
	}
	pthread_sigmask(SIG_SETMASK, &old_set, NULL);
	sigaction(WAKE_SIGNAL, &old, NULL);

	return ret;
}

/*
 * The same with the job's request at dump level @level. A module that does not know where
 * to be told of run queues, or the reason, refuses it before anything else: then the dump
 * is taken without it.
 */
static int module_request_dump(struct module_engine *e, unsigned int level, u64 flags,
			       struct livedump_arg *arg, struct engine_job *job)
{
	int ret;

	module_fill_arg(e, job, level, flags, arg);
	ret = module_call_dump(e, job, arg);
	if (ret == -E2BIG && arg->runqueues) {
		e->queues = (struct ld_list_queues){ 0 };
		module_fill_arg(e, job, level, flags, arg);
		ret = module_call_dump(e, job, arg);
	}
	if (ret == -E2BIG && arg->reason_size) {
		job->no_reason = true;
		module_fill_arg(e, job, level, flags, arg);
		ret = module_call_dump(e, job, arg);
	}
	return ret;
}

static int module_engine_estimate(void *state, struct engine_job *job, unsigned int level,
				  struct ld_estimate *estimate)
{
	struct livedump_arg arg;
	int ret;

	ret = module_request_dump(state, level, LIVEDUMP_DRY_RUN, &arg, job);
	if (ret == -EINVAL)
		return -EOPNOTSUPP;
	ld_abi_to_estimate(estimate, &arg.result);
	job->memory_allowed = arg.result.memory_allowed;
	return ret;
}

/* A module that does not know the field refuses it before anything else. */
static int module_engine_estimate_fit(void *state, struct engine_job *job, u64 room,
				      struct ld_estimate *estimate)
{
	struct module_engine *e = state;
	struct livedump_arg arg;
	int ret;

	module_fill_arg(e, job, job->request->level, LIVEDUMP_DRY_RUN, &arg);
	/* A dump has no lists to look at then, and no reason to give. */
	ld_abi_from_queues(&arg, &(struct ld_list_queues){ 0 });
	arg.reason = 0;
	arg.reason_size = 0;
	arg.room = room ? room : 1;
	ret = module_call_dump(e, job, &arg);
	if (ret == -E2BIG || ret == -EINVAL)
		return -EOPNOTSUPP;
	ld_abi_to_estimate(estimate, &arg.result);
	return ret;
}

static int module_engine_dump(void *state, struct engine_job *job)
{
	struct livedump_arg arg;
	int ret;

	ret = module_request_dump(state, job->request->level, 0, &arg, job);
	if (!ret)
		port_atomic64_set(&job->control.bytes, (s64)job->result.bytes.data);
	/* A frozen dump is of one moment; an older module does not look. */
	if (job->request->mode == LD_MODE_LIVE && job->result.lists.readings)
		lists_tell(&job->result.lists, "", &job->lists);
	return ret;
}

const struct engine engine_module = {
	.name = "module",
	.open = module_engine_open,
	.estimate = module_engine_estimate,
	.estimate_fit = module_engine_estimate_fit,
	.dump = module_engine_dump,
	.close = module_engine_close,
};
