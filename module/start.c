// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * start.c - one dump, from the ioctl's argument to its result.
 *
 * Locking, from the outside in: the dump's own mutex (one dump at a time),
 * then the claim on the file. A dump has threads of its own; the caller's
 * task only waits for them, and turns its signals into a cancel.
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

/* How often who polls for progress hears of it. */
#define TICK		msecs_to_jiffies(100)

#define FLAGS	(LIVEDUMP_WAIT | LIVEDUMP_KEEP_PARTIAL | LIVEDUMP_BOOST | LIVEDUMP_DRY_RUN)

struct job {
	struct livedump_arg arg;
	struct livedump_target target;
	struct livedump_sink sink;
	struct dump_request request;
	struct ld_params params;
	struct ld_control control;
	struct ld_selfcheck selfcheck;
	struct dump_result result;
	bool dry;
	struct ld_estimate estimate;	/* of a dry run */
	const struct cred *cred;
	int nice;			/* what its threads have, */
	int ioprio;			/* see livedump_set_priority() */
	const char *why;		/* what is wrong with the argument, or NULL */
	bool began;			/* the file is this dump's */
	struct completion done;
	int err;
};

static DEFINE_MUTEX(one_at_a_time);

int livedump_permitted(void)
{
	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	return security_locked_down(LOCKDOWN_KCORE);
}

static int refuse(struct job *job, const char *why, int err)
{
	job->why = why;
	return err;
}

static int get_arg(struct job *job, struct livedump_arg __user *uarg, u32 *size)
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

/* The caller's structure ends where it says, whatever this kernel knows. */
static int put_result(const struct job *job, struct livedump_arg __user *uarg, u32 size)
{
	size_t off = offsetof(struct livedump_arg, result);
	size_t len = min_t(size_t, size, sizeof(job->arg)) - off;

	return copy_to_user(&uarg->result, &job->arg.result, len) ? -EFAULT : 0;
}

static int check_flags(struct job *job)
{
	const struct livedump_arg *arg = &job->arg;

	if (arg->flags & ~FLAGS)
		return refuse(job, "unknown flags", -EINVAL);
	if (arg->reserved)
		return refuse(job, "reserved fields are not zero", -EINVAL);
	return 0;
}

/* What a dump may take, in bytes: the rest of the system needs some, too. */
static u64 memory_limit(void)
{
	s64 available = si_mem_available();

	return available > 0 ? ((u64)available << PAGE_SHIFT) / 8 * 7 : 0;
}

static int check_request(struct job *job)
{
	int err;

	err = ld_abi_to_request(&job->request, &job->arg, &job->why);
	if (err)
		return err;
	if (job->request.mode == LD_MODE_LIVE)
		job->request.memory = min(job->request.memory, memory_limit());
	else
		job->request.memory = memory_limit();
	return 0;
}

static int dump_thread(void *data)
{
	struct job *job = data;
	const struct cred *old;

	livedump_set_priority(current, job->nice, job->ioprio);
	old = override_creds(job->cred);
	if (job->dry)
		job->err = ld_estimate(&job->params, &job->result, &job->estimate);
	else
		job->err = ld_dump(&job->params, &job->result);
	revert_creds(old);
	complete(&job->done);
	return 0;
}

/* Wait for the dump of @task; the first signal ends it, and this waits for that. */
static void wait_for_dump(struct job *job, struct task_struct *task)
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
	livedump_workers_unthrottle(job->params.workers);
	wait_for_completion(&job->done);
}

static int run(struct job *job)
{
	struct task_struct *task;

	task = kthread_create(dump_thread, job, "livedump/0");
	/* Whatever fork() lacked, it was some memory for a task. */
	if (IS_ERR(task))
		return PTR_ERR(task) == -EAGAIN ? -ENOMEM : PTR_ERR(task);
	get_task_struct(task);
	livedump_workers_start(job->params.workers, job->cred, job->nice, job->ioprio);
	livedump_progress_begin(&job->control);
	wake_up_process(task);
	wait_for_dump(job, task);
	kthread_stop(task);
	put_task_struct(task);
	livedump_progress_end();
	livedump_workers_stop(job->params.workers);
	return job->err;
}

static void log_start(const struct job *job)
{
	pr_line("start: uid %u pid %d comm %*pE mode %s level %u codec %s%s",
		from_kuid_munged(&init_user_ns, current_uid()), task_tgid_nr(current),
		(int)strnlen(current->comm, sizeof(current->comm)), current->comm,
		ld_mode_name(job->request.mode), job->request.level, job->request.codec->name,
		job->dry ? " dry-run" : "");
}

static void log_end(const struct job *job, int err)
{
	const struct dump_result *r = &job->result;

	pr_line("end: uid %u pid %d comm %*pE mode %s pages %llu bytes %llu unreadable %llu pause %llu us result %d%s%s",
		from_kuid_munged(&init_user_ns, current_uid()), task_tgid_nr(current),
		(int)strnlen(current->comm, sizeof(current->comm)), current->comm,
		ld_mode_name(job->request.mode), r->pages.kept, err ? 0 : r->bytes.file,
		r->pages.unreadable, div_u64(r->times.pause, NSEC_PER_USEC), err,
		r->end.incomplete ? " incomplete" : "", job->dry ? " dry-run" : "");
	if (job->params.selfcheck && !err)
		pr_line("copied twice: %llu pages differ, beside %llu of the copying threads",
			job->selfcheck.differing, job->selfcheck.written);
}

static void empty_file(struct job *job)
{
	int err = livedump_truncate(job->target.file, 0, &job->control);

	if (err == -EBUSY)
		job->why = "interrupted; the file system is frozen, the file is left as it is";
	else if (err)
		job->why = "the dump failed, and the file could not be emptied after it";
}

/* The file becomes this dump's. */
static int begin_file(struct job *job)
{
	struct file *file = job->target.file;
	int err;

	err = livedump_truncate(file, 0, &job->control);
	if (err)
		return err;
	/* What could not be written is gone from the file, and no error of this dump. */
	err = file_check_and_advance_wb_err(file);
	if (err)
		pr_line("note: a write to the file had failed before, error %d", -err);
	livedump_sink_init(&job->sink, file, &job->control);
	job->params.sink = &job->sink.sink;
	return 0;
}

/*
 * The dump proper, with the file claimed. Whatever fails, the file is empty
 * after it; a dry run does nothing to it, and may have none.
 */
static int dump(struct job *job)
{
	struct ld_params *p = &job->params;
	int err;

	job->began = true;
	log_start(job);
	if (!job->dry) {
		err = begin_file(job);
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
		job->selfcheck.wrote = livedump_source_wrote;
		p->selfcheck = &job->selfcheck;
	}
	livedump_memory_peak();
	err = run(job);
	if (err == -ECANCELED)
		err = -EINTR;
	job->result.bytes.kernel = livedump_memory_peak();
	livedump_source_close(p->source);
	if (err && !job->dry)
		empty_file(job);
out:
	log_end(job, err);
	return err;
}

static int run_alone(struct job *job)
{
	int err;

	if (mutex_trylock(&one_at_a_time))
		err = 0;
	else if (job->arg.flags & LIVEDUMP_WAIT)
		err = mutex_lock_interruptible(&one_at_a_time);
	else
		return refuse(job, "another dump is running", -EBUSY);
	if (err)
		return refuse(job, "interrupted while another dump was running", -EINTR);

	/* The kernel may have been locked down while this one waited. */
	err = livedump_permitted();
	if (!err && job->target.file)
		err = livedump_target_claim(&job->target);
	if (!err)
		err = dump(job);
	mutex_unlock(&one_at_a_time);
	return err;
}

static int check_and_run(struct job *job)
{
	int err;

	err = check_flags(job);
	if (err)
		return err;
	job->dry = job->arg.flags & LIVEDUMP_DRY_RUN;
	if (!job->dry || job->arg.fd != -1)
		err = livedump_target_get(&job->target, job->arg.fd);
	if (err)
		return err;
	err = check_request(job);
	if (!err)
		err = run_alone(job);
	livedump_target_put(&job->target);
	return err;
}

/* What ended a freeze, or kept it from beginning. Whether it is one of these. */
static bool explain_freeze(const struct job *job, int err, char *text)
{
	const struct dump_result *r = &job->result;
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
		strscpy(text, "more memory came into use before the freeze than was allocated to copy it to",
			LIVEDUMP_TEXT_SIZE);
	else if (err == -ENOMEM && r->bytes.needed > job->request.memory)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "a freeze needs %llu MiB of memory for the copy, %llu MiB are available",
			  r->bytes.needed >> 20, job->request.memory >> 20);
	else
		return false;
	return true;
}

/* For people: programs go by stage, cause and error. */
static void explain(struct job *job, int err)
{
	const struct dump_end *end = &job->result.end;
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
	else if (explain_freeze(job, err, text))
		return;
	else if (!end->err)
		scnprintf(text, LIVEDUMP_TEXT_SIZE, "%s: error %d",
			  job->began ? "the dump could not begin" : "refused", -err);
	else if (err == -EFBIG)
		strscpy(text, "the dump is longer than a file may be (RLIMIT_FSIZE)",
			LIVEDUMP_TEXT_SIZE);
	else
		scnprintf(text, LIVEDUMP_TEXT_SIZE, "%s: error %d at %s %llu",
			  ld_stage_name(end->stage), -err,
			  ld_stage_at_frame(end->stage) ? "page frame" : "byte", end->at);
}

static void fill_result(struct job *job, int err)
{
	struct livedump_result *r = &job->arg.result;
	struct dump_end *end = &job->result.end;

	memset(r, 0, sizeof(*r));
	explain(job, err);
	/* What failed outside of the core failed before it, or emptied the file after it. */
	if (dump_end_blame(end, LD_STAGE_START, 0, err) && !end->cause)
		end->cause = err == -EINTR ? LD_CAUSE_SIGNAL : LD_CAUSE_ERROR;
	/* To a caller a dump that a signal has ended was interrupted. */
	if (end->cause == LD_CAUSE_SIGNAL)
		end->err = -EINTR;
	if (err)
		job->result.bytes.file = 0;
	ld_abi_from_result(r, &job->result);
	if (!job->began)
		return;
	r->page_size = PAGE_SIZE;
	if (!job->dry)
		return;
	ld_abi_from_estimate(r, &job->estimate);
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
	job->cred = current_cred();
	job->nice = max(task_nice(current), LIVEDUMP_NICE);
	job->ioprio = get_current_ioprio();
	err = get_arg(job, uarg, &size);
	if (!err) {
		err = check_and_run(job);
		fill_result(job, err);
		if (put_result(job, uarg, size) && !err)
			err = -EFAULT;
	}
	kfree(job);
	return err;
}
