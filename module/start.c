// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * start.c - runs one dump, from the ioctl's argument to its result.
 *
 * Lock order: start_dump_mutex (one dump at a time), then the claim on the
 * file. A dump has its own threads. The caller's task only waits for them; if
 * it gets a signal, it cancels the dump.
 */
#include <linux/capability.h>
#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/ioprio.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/capture/abi.h"
#include "livedump.h"
#include "port_kernel.h"
#include "sink_file.h"
#include "source_kernel.h"
#include "target.h"

#define pr_line(fmt, ...)	pr_info("livedump: " fmt "\n", ##__VA_ARGS__)

/* How often the pollers of the device are woken if there is progress. */
#define TICK		msecs_to_jiffies(100)

#define FLAGS	(LIVEDUMP_WAIT | LIVEDUMP_KEEP_PARTIAL | LIVEDUMP_BOOST | LIVEDUMP_DRY_RUN)

/* Whose rights and priority the threads of the dump have. */
struct start_caller {
	const struct cred *cred;
	int nice;		/* see livedump_set_priority() */
	int ioprio;
};

/* What the core returns. */
struct start_outcome {
	struct dump_result result;
	struct ld_estimate estimate;	/* of a dry run */
	struct ld_selfcheck selfcheck;
	int err;
};

struct job {
	struct livedump_arg arg;
	struct livedump_target target;
	struct livedump_sink sink;
	struct dump_request request;
	struct ld_params params;
	struct ld_control control;
	struct start_caller caller;
	struct start_outcome out;
	bool dry;			/* LIVEDUMP_DRY_RUN */
	bool began;			/* all checks passed, the file is claimed */
	const char *why;		/* what is wrong with the argument, or NULL */
	struct completion done;		/* of start_dump_thread() */
};

static DEFINE_MUTEX(start_dump_mutex);

int livedump_permitted(void)
{
	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	return security_locked_down(LOCKDOWN_KCORE);
}

static int start_refuse(struct job *job, const char *why, int err)
{
	job->why = why;
	return err;
}

static int start_get_arg(struct job *job, struct livedump_arg __user *uarg, u32 *size)
{
	BUILD_BUG_ON(offsetof(struct livedump_arg, result) != LIVEDUMP_ARG_SIZE_MIN);
	BUILD_BUG_ON(sizeof(struct livedump_arg) % 8);

	if (get_user(*size, &uarg->size))
		return -EFAULT;
	if (*size < LIVEDUMP_ARG_SIZE_MIN)
		return -EINVAL;
	if (*size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(&job->arg, sizeof(job->arg), uarg, *size);
}

/* Writes no more than @size, the length of the caller's structure. */
static int start_put_result(const struct job *job, struct livedump_arg __user *uarg, u32 size)
{
	size_t off = offsetof(struct livedump_arg, result);
	size_t len = min_t(size_t, size, sizeof(job->arg)) - off;

	return copy_to_user(&uarg->result, &job->arg.result, len) ? -EFAULT : 0;
}

static int start_check_flags(struct job *job)
{
	const struct livedump_arg *arg = &job->arg;

	if (arg->flags & ~FLAGS)
		return start_refuse(job, "unknown flags", -EINVAL);
	if (arg->reserved)
		return start_refuse(job, "reserved fields are not zero", -EINVAL);
	return 0;
}

/* The most memory that a dump may allocate, in bytes: the system needs some, too. */
static u64 start_memory_limit(void)
{
	s64 available = si_mem_available();

	return available > 0 ? ((u64)available << PAGE_SHIFT) / 8 * 7 : 0;
}

static int start_check_request(struct job *job)
{
	int err;

	err = ld_abi_to_request(&job->request, &job->arg, &job->why);
	if (err)
		return err;
	if (job->request.mode == LD_MODE_LIVE)
		job->request.memory = min(job->request.memory, start_memory_limit());
	else
		job->request.memory = start_memory_limit();
	return 0;
}

static int start_dump_thread(void *data)
{
	struct job *job = data;
	const struct cred *old;

	livedump_set_priority(current, job->caller.nice, job->caller.ioprio);
	old = override_creds(job->caller.cred);
	if (job->dry)
		job->out.err = ld_estimate(&job->params, &job->out.result, &job->out.estimate);
	else
		job->out.err = ld_dump(&job->params, &job->out.result);
	revert_creds(old);
	complete(&job->done);
	return 0;
}

/* Wait until the dump of @task ends. The first signal cancels it. */
static void start_wait_for_dump(struct job *job, struct task_struct *task)
{
	long left;

	do {
		left = wait_for_completion_interruptible_timeout(&job->done, TICK);
		livedump_progress_tick();
	} while (!left);
	if (left > 0)
		return;
	ld_control_cancel(&job->control, LD_CAUSE_SIGNAL);
	livedump_set_priority(task, 0, IOPRIO_DEFAULT);
	livedump_workers_reset_priority(job->params.workers);
	wait_for_completion(&job->done);
}

static int start_run_threads(struct job *job)
{
	struct task_struct *task;

	task = kthread_create(start_dump_thread, job, "livedump/0");
	/* fork() returns -EAGAIN for what it lacks. For the caller, that is memory. */
	if (IS_ERR(task))
		return PTR_ERR(task) == -EAGAIN ? -ENOMEM : PTR_ERR(task);
	get_task_struct(task);
	livedump_workers_start(job->params.workers, job->caller.cred, job->caller.nice,
			       job->caller.ioprio);
	livedump_progress_begin(&job->control);
	wake_up_process(task);
	start_wait_for_dump(job, task);
	kthread_stop(task);
	put_task_struct(task);
	livedump_progress_end();
	livedump_workers_stop(job->params.workers);
	return job->out.err;
}

static void start_log_begin(const struct job *job)
{
	pr_line("start: uid %u pid %d comm %*pE mode %s level %u codec %s%s",
		from_kuid_munged(&init_user_ns, current_uid()), task_tgid_nr(current),
		(int)strnlen(current->comm, sizeof(current->comm)), current->comm,
		ld_mode_name(job->request.mode), job->request.level, job->request.codec->name,
		job->dry ? " dry-run" : "");
}

static void start_log_end(const struct job *job, int err)
{
	const struct dump_result *r = &job->out.result;

	pr_line("end: uid %u pid %d comm %*pE mode %s pages %llu bytes %llu unreadable %llu pause %llu us result %d%s%s",
		from_kuid_munged(&init_user_ns, current_uid()), task_tgid_nr(current),
		(int)strnlen(current->comm, sizeof(current->comm)), current->comm,
		ld_mode_name(job->request.mode), r->pages.kept, err ? 0 : r->bytes.file,
		r->pages.unreadable, div_u64(r->times.pause, NSEC_PER_USEC), err,
		r->end.incomplete ? " incomplete" : "", job->dry ? " dry-run" : "");
	if (job->params.selfcheck && !err)
		pr_line("copied twice: %llu pages differ, not counting %llu written by the copying threads",
			job->out.selfcheck.differing, job->out.selfcheck.written);
}

static void start_empty_file(struct job *job)
{
	int err = livedump_truncate(job->target.file, 0, &job->control);

	if (err == -EBUSY)
		job->why = "interrupted while the file system is frozen: the file is left as it is";
	else if (err)
		job->why = "the dump failed, and the file could not be emptied afterwards";
}

/* Empty the file and make it the sink. */
static int start_prepare_file(struct job *job)
{
	struct file *file = job->target.file;
	int err;

	err = livedump_truncate(file, 0, &job->control);
	if (err)
		return err;
	/* An earlier write error is about data that the file no longer has. */
	err = file_check_and_advance_wb_err(file);
	if (err)
		pr_line("note: an earlier write to the file failed: error %d", -err);
	livedump_sink_init(&job->sink, file, &job->control);
	job->params.sink = &job->sink.sink;
	return 0;
}

/*
 * Take the dump. The file is claimed. If anything fails, the file is left
 * empty. A dry run does not change the file, and may have none.
 */
static int start_run_dump(struct job *job)
{
	struct ld_params *p = &job->params;
	int err;

	job->began = true;
	start_log_begin(job);
	if (!job->dry) {
		err = start_prepare_file(job);
		if (err)
			goto out;
	}
	err = livedump_source_open(&p->source, &job->control, job->request.mode);
	if (err)
		goto out;
	p->request = &job->request;
	p->workers = clamp(num_online_cpus(), 1U, LIVEDUMP_WORKERS_MAX);
	p->control = &job->control;
	if (IS_ENABLED(CONFIG_LIVEDUMP_TWICE) && job->request.mode != LD_MODE_LIVE) {
		job->out.selfcheck.wrote = livedump_source_wrote;
		p->selfcheck = &job->out.selfcheck;
	}
	livedump_memory_peak();
	err = start_run_threads(job);
	if (err == -ECANCELED)
		err = -EINTR;
	job->out.result.bytes.kernel = livedump_memory_peak();
	livedump_source_close(p->source);
	if (err && !job->dry)
		start_empty_file(job);
out:
	start_log_end(job, err);
	return err;
}

static int start_run_exclusive(struct job *job)
{
	int err;

	if (mutex_trylock(&start_dump_mutex))
		err = 0;
	else if (job->arg.flags & LIVEDUMP_WAIT)
		err = mutex_lock_interruptible(&start_dump_mutex);
	else
		return start_refuse(job, "another dump is running", -EBUSY);
	if (err)
		return start_refuse(job, "interrupted while waiting for another dump", -EINTR);

	/* The kernel may have been locked down during the wait. */
	err = livedump_permitted();
	if (!err && job->target.file)
		err = livedump_target_claim(&job->target);
	if (!err)
		err = start_run_dump(job);
	mutex_unlock(&start_dump_mutex);
	return err;
}

static int start_check_and_run(struct job *job)
{
	int err;

	err = start_check_flags(job);
	if (err)
		return err;
	job->dry = job->arg.flags & LIVEDUMP_DRY_RUN;
	if (!job->dry || job->arg.fd != -1)
		err = livedump_target_get(&job->target, job->arg.fd);
	if (err)
		return err;
	err = start_check_request(job);
	if (!err)
		err = start_run_exclusive(job);
	livedump_target_put(&job->target);
	return err;
}

/* Set @text and return true if a limit of the freeze is what failed. */
static bool start_explain_freeze(const struct job *job, int err, char *text)
{
	const struct dump_result *r = &job->out.result;
	u64 allowed = div_u64(job->request.max_pause_ns, NSEC_PER_MSEC);

	if (job->request.mode == LD_MODE_LIVE)
		return false;
	if (err == -ETIME && r->times.pause)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "the system was paused for %llu ms, more than the %llu ms allowed: the dump was given up",
			  div_u64(r->times.pause, NSEC_PER_MSEC), allowed);
	else if (err == -ETIME)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "the system would be paused for %llu ms, more than the %llu ms allowed",
			  div_u64(r->times.pause_estimate, NSEC_PER_MSEC), allowed);
	else if (err == -ENOMEM && r->times.pause)
		strscpy(text, "memory came into use before the freeze, and the memory allocated for the copy is too small",
			LIVEDUMP_TEXT_SIZE);
	else if (err == -ENOMEM && r->bytes.needed > job->request.memory)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "a freeze needs %llu MiB of memory for the copy, %llu MiB are available",
			  r->bytes.needed >> 20, job->request.memory >> 20);
	else
		return false;
	return true;
}

/* Set the text, which is for people. Programs use stage, cause and error. */
static void start_explain_error(struct job *job, int err)
{
	const struct dump_end *end = &job->out.result.end;
	char *text = job->arg.result.text;
	const char *why = job->why ?: job->target.why;

	if (end->incomplete)
		err = end->err;
	if (!err)
		return;
	if (why)
		strscpy(text, why, LIVEDUMP_TEXT_SIZE);
	else if (end->cause == LD_CAUSE_SIGNAL || err == -EINTR)
		strscpy(text, "interrupted", LIVEDUMP_TEXT_SIZE);
	else if (end->cause == LD_CAUSE_SIZE)
		strscpy(text, "the dump is longer than max_bytes", LIVEDUMP_TEXT_SIZE);
	else if (start_explain_freeze(job, err, text))
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

static void start_fill_result(struct job *job, int err)
{
	struct livedump_result *r = &job->arg.result;
	struct dump_end *end = &job->out.result.end;

	memset(r, 0, sizeof(*r));
	start_explain_error(job, err);
	/* An error outside of the core came before it ran, or while emptying the file. */
	if (dump_end_blame(end, LD_STAGE_START, 0, err) && !end->cause)
		end->cause = err == -EINTR ? LD_CAUSE_SIGNAL : LD_CAUSE_ERROR;
	/* A dump that a signal has ended returns EINTR, not ECANCELED. */
	if (end->cause == LD_CAUSE_SIGNAL)
		end->err = -EINTR;
	if (err)
		job->out.result.bytes.file = 0;
	ld_abi_from_result(r, &job->out.result);
	if (!job->began)
		return;
	r->page_size = PAGE_SIZE;
	if (!job->dry)
		return;
	ld_abi_from_estimate(r, &job->out.estimate);
	r->memory_allowed = job->request.memory;
}

int livedump_start(struct livedump_arg __user *uarg)
{
	struct job *job;
	u32 size;
	int err;

	err = livedump_permitted();
	if (err)
		return err;
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		return -ENOMEM;
	init_completion(&job->done);
	job->caller.cred = current_cred();
	job->caller.nice = max(task_nice(current), LIVEDUMP_NICE);
	job->caller.ioprio = get_current_ioprio();
	err = start_get_arg(job, uarg, &size);
	if (!err) {
		err = start_check_and_run(job);
		start_fill_result(job, err);
		if (start_put_result(job, uarg, size) && !err)
			err = -EFAULT;
	}
	kfree(job);
	return err;
}
