// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * job.c - runs one dump.
 *
 * Lock order: job_dump_mutex (one dump at a time), then the claim on the file.
 * A dump has its own threads. The caller's task only waits for them; if it gets
 * a signal, it cancels the dump.
 */
#include <linux/cred.h>
#include <linux/ioprio.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched/task.h>

#include "job.h"
#include "port_kernel.h"
#include "source_kernel.h"

#define pr_line(fmt, ...)	pr_info("livedump: " fmt "\n", ##__VA_ARGS__)

/* How often the pollers of the device are woken if there is progress. */
#define TICK		msecs_to_jiffies(100)

static DEFINE_MUTEX(job_dump_mutex);

static int job_dump_thread(void *data)
{
	struct livedump_job *job = data;
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
static void job_wait_for_dump(struct livedump_job *job, struct task_struct *task)
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

static int job_run_threads(struct livedump_job *job)
{
	struct task_struct *task;

	task = kthread_create(job_dump_thread, job, "livedump/0");
	/* fork() returns -EAGAIN for what it lacks. For the caller, that is memory. */
	if (IS_ERR(task))
		return PTR_ERR(task) == -EAGAIN ? -ENOMEM : PTR_ERR(task);
	get_task_struct(task);
	livedump_workers_start(job->params.workers, job->caller.cred, job->caller.nice,
			       job->caller.ioprio);
	livedump_progress_begin(&job->control);
	wake_up_process(task);
	job_wait_for_dump(job, task);
	kthread_stop(task);
	put_task_struct(task);
	livedump_progress_end();
	livedump_workers_stop(job->params.workers);
	return job->out.err;
}

static void job_log_begin(const struct livedump_job *job)
{
	pr_line("start: uid %u pid %d comm %*pE mode %s level %u codec %s%s",
		from_kuid_munged(&init_user_ns, current_uid()), task_tgid_nr(current),
		(int)strnlen(current->comm, sizeof(current->comm)), current->comm,
		ld_mode_name(job->request.mode), job->request.level, job->request.codec->name,
		job->dry ? " dry-run" : "");
}

static void job_log_end(const struct livedump_job *job, int err)
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

static void job_empty_file(struct livedump_job *job)
{
	int err = livedump_truncate(job->target.file, 0, &job->control);

	if (err == -EBUSY)
		job->why = "interrupted while the file system is frozen: the file is left as it is";
	else if (err)
		job->why = "the dump failed, and the file could not be emptied afterwards";
}

/* Empty the file and make it the sink. */
static int job_prepare_file(struct livedump_job *job)
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
static int job_run_dump(struct livedump_job *job)
{
	struct ld_params *p = &job->params;
	int err;

	job->began = true;
	job_log_begin(job);
	if (!job->dry) {
		err = job_prepare_file(job);
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
	err = job_run_threads(job);
	if (err == -ECANCELED)
		err = -EINTR;
	job->out.result.bytes.kernel = livedump_memory_peak();
	livedump_source_close(p->source);
	if (err && !job->dry)
		job_empty_file(job);
out:
	job_log_end(job, err);
	return err;
}

int livedump_job_run(struct livedump_job *job)
{
	int err;

	if (mutex_trylock(&job_dump_mutex))
		err = 0;
	else if (job->arg.flags & LIVEDUMP_WAIT)
		err = mutex_lock_interruptible(&job_dump_mutex);
	else
		return livedump_refuse(job, "another dump is running", -EBUSY);
	if (err)
		return livedump_refuse(job, "interrupted while waiting for another dump", -EINTR);

	/* The kernel may have been locked down during the wait. */
	err = livedump_permitted();
	if (!err && job->target.file)
		err = livedump_target_claim(&job->target);
	if (!err)
		err = job_run_dump(job);
	mutex_unlock(&job_dump_mutex);
	return err;
}
