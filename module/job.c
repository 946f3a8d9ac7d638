// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * job.c - runs one dump.
 *
 * Whatever may wait for a disk, a server or a daemon runs in the dump's own
 * threads: truncating the file, writing and flushing it, emptying it after an
 * error, and the last reference to it. The caller's task only waits for thread
 * 0. So it can leave when it is killed, whatever the threads hang in: it
 * abandons the dump.
 *
 * Order: the turn (one dump at a time), then the claim on the file. Thread 0
 * gives both back.
 */
#include <linux/cred.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core/dump/abi.h"
#include "event.h"
#include "job.h"
#include "module/compat/compat.h"
#include "module/crew/answer.h"
#include "module/crew/died.h"
#include "module/crew/hotplug.h"
#include "module/crew/own.h"
#include "module/limits/budget.h"
#include "module/limits/policy.h"
#include "module/limits/pressure.h"
#include "module/source/source_kernel.h"

#define pr_line(fmt, ...)	pr_info("livedump: " fmt "\n", ##__VA_ARGS__)

/* How often the pollers of the device are woken if there is progress. */
#define TICK		msecs_to_jiffies(100)

/*
 * How long a killed caller waits for the dump to end. After the first part the
 * threads are killed, too. The caller is to be gone within a second, also on a
 * machine that is busy.
 */
#define KILL_WAIT	msecs_to_jiffies(250)
#define KILL_WAIT_MORE	msecs_to_jiffies(100)

/* How long a caller waits that has caught a signal, if no partial dump is wanted. */
#define END_WAIT	(10 * HZ)

struct livedump_job *livedump_job_new(void)
{
	struct livedump_job *job = kzalloc(sizeof(*job), LIVEDUMP_GFP);

	if (!job)
		return NULL;
	kref_init(&job->refs);
	job->turn.control = &job->control;
	livedump_crew_init(&job->crew);
	return job;
}

static void job_free(struct kref *refs)
{
	struct livedump_job *job = container_of(refs, struct livedump_job, refs);

	livedump_target_put(&job->target);
	livedump_crew_free(&job->crew);
	kfree(job->request.reason.text);
	kfree(job);
}

void livedump_job_put(struct livedump_job *job)
{
	kref_put(&job->refs, job_free);
}

/* Bytes that the dump holds, with those that it is about to give back. */
static u64 job_memory(struct ld_control *control)
{
	struct livedump_job *job = container_of(control, struct livedump_job, control);

	return atomic64_read(&job->crew.memory_now) + livedump_own_kept();
}

static void job_log_begin(const struct livedump_job *job)
{
	pr_line("start: %s mode %s level %u codec %s%s", job->crew.caller.name,
		ld_mode_name(job->request.mode), job->request.level, job->request.codec->name,
		livedump_job_is_dry(job) ? " dry-run" : "");
}

static void job_log_end(const struct livedump_job *job, int err)
{
	const struct dump_result *r = &job->out.result;

	pr_line("end: %s mode %s pages %llu bytes %llu unreadable %llu pause %llu us result %d%s%s",
		job->crew.caller.name, ld_mode_name(job->request.mode), r->pages.kept,
		err ? 0 : r->bytes.file, r->pages.unreadable,
		div_u64(r->times.pause, NSEC_PER_USEC), err,
		r->end.incomplete ? " incomplete" : "", livedump_job_is_dry(job) ? " dry-run" : "");
	if (r->precopy.why)
		pr_line("not pre-copied: %s", r->precopy.why);
	else if (r->precopy.rounds)
		pr_line("pre-copied in %llu rounds: %llu pages copied in the pause, %llu of them always, estimated %llu us, %llu pauses begun, %llu pages written by devices, %llu KiB of memory",
			r->precopy.rounds, r->pages.paused, r->pages.always,
			div_u64(r->times.pause_estimate, NSEC_PER_USEC), r->precopy.pauses,
			r->pages.unseen, r->bytes.buffer / 1024);
	if (r->pages.unchecked)
		pr_line("note: %llu pages have changed after the pause, and it is not known who wrote to them: a processor does not answer, or memory is short",
			r->pages.unchecked);
	if (job->params.selfcheck && !err)
		pr_line("copied twice: %llu pages differ, not counting %llu written by the copying threads and %llu with marks of the processor",
			job->out.selfcheck.differing, job->out.selfcheck.written,
			job->out.selfcheck.marked);
}

static void job_log_abandoned(const struct livedump_job *job)
{
	pr_warn("livedump: abandoned: %s: livedump/0 pid %d hangs in stage %s\n",
		job->crew.caller.name, task_pid_nr(job->crew.thread[0].task),
		ld_stage_name(port_atomic64_read(&job->control.stage)));
}

static void job_empty_file(struct livedump_job *job)
{
	int err = livedump_target_empty(&job->target, &job->control);

	if (err == -EBUSY)
		job->why = "interrupted while the file system is frozen: the file is left as it is";
	else if (err)
		job->why = "the dump failed, and the file could not be emptied afterwards";
}

/* Empty the file. */
static int job_prepare_file(struct livedump_job *job)
{
	int err;

	err = livedump_target_truncate(&job->target, 0, &job->control);
	if (err && ld_control_cancelled(&job->control)) {
		job->why = "interrupted before the file could be emptied: it is left as it is";
		return -ECANCELED;
	}
	if (err)
		return err;
	/* An earlier write error is about data that the file no longer has. */
	err = file_check_and_advance_wb_err(job->target.io);
	if (err)
		pr_line("note: an earlier write to the file failed: error %d", -err);
	return 0;
}

/* The kernel's own errors, of include/linux/errno.h. */
static bool job_is_restart(int err)
{
	return err == -ERESTARTSYS || err == -ERESTARTNOINTR || err == -ERESTARTNOHAND ||
	       err == -ERESTART_RESTARTBLOCK;
}

/*
 * A file system whose wait was ended by a signal asks for the call to be made again, which
 * would begin a new dump. The signal is how the threads of a cancelled dump are ended.
 */
static int job_end_restart(struct livedump_job *job, int err)
{
	enum ld_cause cause = ld_control_cause(&job->control);
	struct dump_end *end = &job->out.result.end;
	int instead = cause == LD_CAUSE_NONE ? -EINTR : -ECANCELED;

	if (job_is_restart(end->err)) {
		end->err = instead;
		end->cause = cause == LD_CAUSE_NONE ? end->cause : cause;
	}
	return job_is_restart(err) ? instead : err;
}

/*
 * Take the dump, in thread 0. If anything fails, the file is left empty. A dry
 * run does not change the file, and may have none.
 */
static int job_take(struct livedump_job *job)
{
	struct ld_params *p = &job->params;
	struct livedump_outcome *out = &job->out;
	struct ld_list_queues queues;
	bool dry = livedump_job_is_dry(job);
	int err;

	if (!dry) {
		err = job_prepare_file(job);
		if (err)
			return err;
	}
	/* Before anything waits for all processors. */
	if (!dry && job->request.mode != LD_MODE_LIVE) {
		err = livedump_answer_processors(NULL);
		if (err)
			return err;
	}
	err = livedump_source_open(&p->source, &job->control, job->request.mode);
	if (err)
		return err;
	p->workers = livedump_workers();
	livedump_budget_apply(&job->request, &p->workers, &job->crew.caller.cgroup);
	job->request.memory = min(job->request.memory, livedump_policy_memory());
	p->request = &job->request;
	p->control = &job->control;
	if (IS_ENABLED(CONFIG_LIVEDUMP_TWICE) && job->request.mode != LD_MODE_LIVE) {
		out->selfcheck.wrote = livedump_source_wrote;
		out->selfcheck.differs = livedump_source_differs;
		p->selfcheck = &out->selfcheck;
	}
	ld_abi_to_queues(&queues, &job->arg);
	p->checker = livedump_lists_open(&job->lists, &queues, &job->control);
	livedump_crew_hire(&job->crew, p->workers);
	if (dry && job->arg.room)
		err = ld_estimate_fit(p, job->arg.room, &out->result, &out->estimate);
	else if (dry)
		err = ld_estimate(p, &out->result, &out->estimate);
	else
		err = ld_dump(p, &out->result);
	livedump_crew_dismiss(&job->crew);
	err = job_end_restart(job, err);
	out->result.bytes.kernel = atomic64_read(&job->crew.memory_peak);
	livedump_source_close(p->source);
	/* To empty the file may take long, and memory: perhaps that is what was short. */
	livedump_own_settle();
	if (err && !dry)
		job_empty_file(job);
	return err;
}

static void job_announce_end(struct livedump_job *job, int err)
{
	/* Once, also if it crashes in a handler: the others must not be told again. */
	bool announced = job->announced;

	job->announced = false;
	if (announced)
		livedump_event_end(&job->request, &job->out.result, job->turn.number, err);
}

static int job_announce_and_take(struct livedump_job *job)
{
	int err;

	if (livedump_job_is_dry(job))
		return job_take(job);
	err = livedump_event_begin(&job->request, job->turn.number);
	if (err)
		return livedump_refuse(job, "another module of the kernel refuses the dump", err);
	job->announced = true;
	err = job_take(job);
	job_announce_end(job, err);
	return err;
}

/*
 * The dump of @job has ended, and its threads have done all that they will: let go
 * of what thread 0 had, in the reverse order. Frees @job unless the caller waits.
 */
static void job_let_go(struct livedump_job *job)
{
	livedump_pressure_end(&job->control);
	livedump_progress_end(&job->control);
	livedump_turn_end(&job->turn);
	livedump_job_put(job);
}

/*
 * A hung system is what dumps are for. Its control groups may take no members any more,
 * and a processor may run nothing.
 */
static int job_expect_hangs(struct livedump_job *job)
{
	struct livedump_cgroup *groups = &job->crew.caller.cgroup;
	int err = livedump_answer_groups(groups);

	if (err != -EDEADLK)
		return err;
	groups->closed = true;
	pr_line("note: control groups do not answer: only the caller's limits on memory hold for the dump");
	err = livedump_answer_processors(&job->crew.avoid);
	if (err != -EDEADLK)
		return err;
	pr_line("note: the dump does not use processors that do not answer: %*pbl",
		cpumask_pr_args(&job->crew.avoid));
	livedump_crew_avoid(&job->crew);
	return 0;
}

static int job_run(struct livedump_job *job)
{
	int err = job_expect_hangs(job);

	/* That may have taken seconds, in which nothing had begun yet. */
	if (!err && ld_control_cancelled(&job->control))
		err = -ECANCELED;
	if (err)
		return err;
	err = livedump_thread_enter(&job->crew.thread[0]);
	if (!err)
		return job_announce_and_take(job);
	job->why = "the caller's control groups do not take the threads of the dump";
	return err;
}

static int job_thread(struct livedump_thread *t)
{
	struct livedump_job *job = container_of(t->crew, struct livedump_job, crew);
	int err;

	err = job_run(job);
	if (err == -ECANCELED && ld_control_cause(&job->control) == LD_CAUSE_PRESSURE)
		err = -ENOMEM;
	/* A suspend is not the caller's doing. */
	if (err == -ECANCELED && ld_control_cause(&job->control) == LD_CAUSE_SIGNAL)
		err = -EINTR;
	job->out.err = err;
	job_log_end(job, err);
	livedump_own_settle();
	if (livedump_own_kept())
		pr_line("note: %llu MiB stay allocated until all processors take interrupts",
			livedump_own_kept() >> 20);
	livedump_target_put(&job->target);
	livedump_thread_leave(t);
	job_let_go(job);
	module_put_and_kthread_exit(0);
	return 0;
}

/* Whether thread 0 has crashed. */
static bool job_is_lost(struct livedump_job *job)
{
	bool lost = livedump_crew_lost(&job->crew);

	/* Pairs with the exit of thread 0, which comes after the end of the dump. */
	smp_rmb();
	return lost && !livedump_turn_wait(&job->turn, LIVEDUMP_CALL_KILL, 0);
}

/*
 * Thread 0 has crashed, so the others have nothing to do. Do what was left to it,
 * except free memory that only it knew of.
 */
static void job_bury(struct livedump_job *job)
{
	livedump_crew_dismiss(&job->crew);
	livedump_hold_reap();
	livedump_own_settle();
	job->out.err = livedump_refuse(job, LIVEDUMP_DIED, -EIO);
	job_announce_end(job, job->out.err);
	job_log_end(job, job->out.err);
	livedump_target_put(&job->target);
	job_let_go(job);
	module_put(THIS_MODULE);
}

/*
 * Wait until the dump ends, or has to end: the caller gets a signal, someone else
 * has cancelled the dump, or thread 0 has crashed.
 */
static void job_wait_while_wanted(struct livedump_job *job)
{
	while (!livedump_turn_wait(&job->turn, LIVEDUMP_CALL_NONE, TICK)) {
		if (job_is_lost(job))
			return;
		if (livedump_call() != LIVEDUMP_CALL_NONE)
			ld_control_cancel(&job->control, LD_CAUSE_SIGNAL);
		if (ld_control_cancelled(&job->control))
			return;
		livedump_progress_tick(&job->control);
	}
}

/* Whether the dump has ended, or will not as thread 0 has crashed. */
static bool job_wait_some(struct livedump_job *job, long left)
{
	for (; left > 0; left -= TICK) {
		if (livedump_turn_wait(&job->turn, LIVEDUMP_CALL_END, min_t(long, left, TICK)))
			return true;
		if (job_is_lost(job))
			return true;
		if (livedump_call() > LIVEDUMP_CALL_END)
			return false;
	}
	return false;
}

/* The dump is cancelled. Wait until it has ended, but not for ever. */
static void job_wait_for_end(struct livedump_job *job)
{
	long left = job->request.keep_partial ? MAX_SCHEDULE_TIMEOUT : END_WAIT;

	livedump_crew_hurry(&job->crew);
	if (job_wait_some(job, left))
		return;
	if (livedump_turn_wait(&job->turn, LIVEDUMP_CALL_KILL, KILL_WAIT))
		return;
	livedump_crew_kill(&job->crew);
	livedump_turn_wait(&job->turn, LIVEDUMP_CALL_KILL, KILL_WAIT_MORE);
}

/* Thread 0 runs. Returns the result of the dump, of which there is none if it is abandoned. */
static int job_wait(struct livedump_job *job)
{
	struct livedump_cgroup *cgroup = &job->crew.caller.cgroup;

	livedump_cgroup_begin(cgroup);
	job_wait_while_wanted(job);
	if (ld_control_cancelled(&job->control))
		job_wait_for_end(job);
	livedump_cgroup_done(cgroup);
	if (job_is_lost(job)) {
		job_bury(job);
		return job->out.err;
	}
	if (livedump_turn_abandon(&job->turn)) {
		livedump_progress_end(&job->control);
		job_log_abandoned(job);
		job->abandoned = true;
		return -ECANCELED;
	}
	/* It has nothing left to do but to exit. Then the module can be unloaded. */
	kthread_stop(job->crew.thread[0].task);
	return job->out.err;
}

static int job_start(struct livedump_job *job)
{
	int err;

	job->began = true;
	job_log_begin(job);
	if (!livedump_job_is_dry(job)) {
		livedump_sink_init(&job->sink, &job->target, &job->control);
		job->params.sink = &job->sink.sink;
	}
	livedump_progress_begin(&job->control);
	livedump_pressure_begin(&job->control, job_memory);
	kref_get(&job->refs);
	err = livedump_crew_start(&job->crew, job_thread);
	if (!err)
		return 0;
	livedump_job_put(job);
	livedump_pressure_end(&job->control);
	livedump_progress_end(&job->control);
	job_log_end(job, err);
	return err;
}

int livedump_job_check_policy(struct livedump_job *job)
{
	int err = livedump_policy_check(&job->request, job->arg.max_pause_ms, &job->why);

	if (err)
		job->out.result.end.cause = LD_CAUSE_POLICY;
	return err;
}

int livedump_job_permitted(const struct livedump_job *job)
{
	return job->crew.caller.kernel ? livedump_unlocked() : livedump_permitted();
}

/*
 * It is the turn of @job. The kernel may have been locked down while it waited, or
 * the policy changed.
 */
static int job_check(struct livedump_job *job)
{
	int err = livedump_job_permitted(job) ?: livedump_job_check_policy(job);

	if (!err && job->target.file)
		err = livedump_target_claim(&job->target);
	return err;
}

int livedump_job_run(struct livedump_job *job)
{
	int err;

	err = livedump_turn_take(&job->turn, job->arg.flags & LIVEDUMP_WAIT, &job->why);
	if (err)
		return err;
	err = job_check(job);
	if (!err)
		err = job_start(job);
	if (!err)
		return job_wait(job);
	livedump_target_put(&job->target);
	livedump_turn_end(&job->turn);
	return err;
}
