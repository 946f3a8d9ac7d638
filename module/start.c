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

#include "core/format/format.h"
#include "livedump.h"
#include "sink_file.h"

#define pr_line(fmt, ...)	pr_info("livedump: " fmt "\n", ##__VA_ARGS__)

/* How often who polls for progress hears of it. */
#define TICK		msecs_to_jiffies(100)

#define FLAGS	(LIVEDUMP_WAIT | LIVEDUMP_KEEP_PARTIAL | LIVEDUMP_BOOST | LIVEDUMP_DRY_RUN)

struct job {
	struct livedump_arg arg;
	struct livedump_target target;
	struct livedump_sink sink;
	struct ld_params params;
	struct ld_control control;
	struct ld_stats stats;
	bool dry;
	struct ld_estimate estimate;	/* of a dry run */
	const struct cred *cred;
	int nice;			/* what its threads have, */
	int ioprio;			/* see livedump_set_priority() */
	const char *why;		/* what is wrong with the argument, or NULL */
	bool began;			/* the file is this dump's */
	u64 memory_bytes;
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

static bool have_codec(const struct ld_codec_ops *codec)
{
	if (codec == &ld_codec_zlib)
		return IS_REACHABLE(CONFIG_ZLIB_DEFLATE);
	if (codec == &ld_codec_zstd)
		return IS_REACHABLE(CONFIG_ZSTD_COMPRESS);
	if (codec == &ld_codec_lzo)
		return IS_REACHABLE(CONFIG_LZO_COMPRESS);
	return true;
}

static int check_codec(struct job *job)
{
	static const struct ld_codec_ops *const codecs[] = {
		[LIVEDUMP_COMP_NONE] = &ld_codec_none,
		[LIVEDUMP_COMP_ZLIB] = &ld_codec_zlib,
		[LIVEDUMP_COMP_ZSTD] = &ld_codec_zstd,
		[LIVEDUMP_COMP_LZO] = &ld_codec_lzo,
	};
	const struct livedump_arg *arg = &job->arg;
	struct ld_params *p = &job->params;

	if (arg->compression >= ARRAY_SIZE(codecs))
		return refuse(job, "unknown compression", -EINVAL);
	p->codec = codecs[arg->compression];
	if (!have_codec(p->codec))
		return refuse(job, "this kernel lacks that compression", -EOPNOTSUPP);
	p->codec_level = arg->compression_level;
	if (!p->codec_level)
		p->codec_level = p->codec->level_default;
	if (p->codec_level < p->codec->level_min || p->codec_level > p->codec->level_max)
		return refuse(job, "compression level out of range", -EINVAL);
	return 0;
}

/* What a dump may take, in bytes: the rest of the system needs some, too. */
static u64 memory_limit(void)
{
	s64 available = si_mem_available();

	return available > 0 ? ((u64)available << PAGE_SHIFT) / 8 * 7 : 0;
}

static int check_live(struct job *job)
{
	if (job->arg.max_pause_ms)
		return refuse(job, "max_pause_ms is for a freeze", -EINVAL);
	job->params.memory = min_t(u64, (u64)job->arg.memory_mib << 20, memory_limit());
	job->params.boost = job->arg.flags & LIVEDUMP_BOOST;
	return 0;
}

static int check_freeze(struct job *job, enum ld_mode mode)
{
	u32 pause = job->arg.max_pause_ms ?: LIVEDUMP_PAUSE_DEFAULT;

	if (job->arg.memory_mib)
		return refuse(job, "memory_mib is for a live dump", -EINVAL);
	if (pause > LIVEDUMP_PAUSE_MAX)
		return refuse(job, "the longest pause allowed is 4000 ms", -EINVAL);
	job->params.mode = mode;
	job->params.twice = IS_ENABLED(CONFIG_LIVEDUMP_TWICE);
	job->params.max_pause_ns = (u64)pause * NSEC_PER_MSEC;
	job->params.memory = memory_limit();
	return 0;
}

static int check_kind(struct job *job)
{
	const struct livedump_arg *arg = &job->arg;
	struct ld_params *p = &job->params;
	int err;

	err = check_codec(job);
	if (err)
		return err;
	if (arg->dump_level > LIVEDUMP_LEVEL_MAX)
		return refuse(job, "unknown dump level", -EINVAL);
	p->level = arg->dump_level;
	switch (arg->format) {
	case LIVEDUMP_FORMAT_KDUMP:
		p->format = &ld_format_kdump;
		break;
	case LIVEDUMP_FORMAT_ELF:
		p->format = &ld_format_elf;
		break;
	default:
		return refuse(job, "unknown format", -EINVAL);
	}
	if (p->codec->flag && !p->format->compresses)
		return refuse(job, "the format takes no compression", -EINVAL);
	switch (arg->mode) {
	case LIVEDUMP_MODE_LIVE:
		return check_live(job);
	case LIVEDUMP_MODE_FREEZE:
		return check_freeze(job, LD_MODE_FREEZE);
	case LIVEDUMP_MODE_FREEZE_KERNEL:
		return check_freeze(job, LD_MODE_FREEZE_KERNEL);
	default:
		return refuse(job, "unknown mode", -EINVAL);
	}
}

static int dump_thread(void *data)
{
	struct job *job = data;
	const struct cred *old;

	livedump_set_priority(current, job->nice, job->ioprio);
	old = override_creds(job->cred);
	if (job->dry)
		job->err = ld_estimate(&job->params, &job->stats, &job->estimate);
	else
		job->err = ld_dump(&job->params, &job->stats);
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
	port_atomic64_set(&job->control.cancel, EINTR);
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
		ld_mode_name(job->params.mode), job->params.level, job->params.codec->name,
		job->dry ? " dry-run" : "");
}

static void log_end(const struct job *job, int err)
{
	const struct ld_stats *st = &job->stats;

	pr_line("end: uid %u pid %d comm %*pE mode %s pages %llu bytes %llu unreadable %llu pause %llu us result %d%s%s",
		from_kuid_munged(&init_user_ns, current_uid()), task_tgid_nr(current),
		(int)strnlen(current->comm, sizeof(current->comm)), current->comm,
		ld_mode_name(job->params.mode), st->kept, err ? 0 : st->file_bytes, st->unreadable,
		div_u64(st->pause_ns, NSEC_PER_USEC), err,
		st->incomplete ? " incomplete" : "", job->dry ? " dry-run" : "");
	if (job->params.twice && !err)
		pr_line("copied twice: %llu pages differ, beside %llu of the copying threads",
			st->differing, st->scratch);
}

static void empty_file(struct job *job)
{
	int err = livedump_truncate(job->target.file, 0, &job->control.cancel);

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

	err = livedump_truncate(file, 0, &job->control.cancel);
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
	err = livedump_source_open(&p->source, &job->control.cancel, p->mode);
	if (err)
		goto out;
	p->workers = clamp(num_online_cpus(), 1U, LIVEDUMP_WORKERS_MAX);
	p->keep_partial = job->arg.flags & LIVEDUMP_KEEP_PARTIAL;
	p->rate = job->arg.rate;
	p->max_bytes = job->arg.max_bytes;
	p->control = &job->control;
	livedump_memory_peak();
	err = run(job);
	job->memory_bytes = livedump_memory_peak();
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
	err = check_kind(job);
	if (!err)
		err = run_alone(job);
	livedump_target_put(&job->target);
	return err;
}

static void say_why(struct job *job, int err)
{
	const struct ld_stats *st = &job->stats;
	char *text = job->arg.result.text;
	const char *why = job->why ?: job->target.why;
	int cause = st->incomplete ? st->cause : err;

	if (!cause)
		return;
	if (why)
		strscpy(text, why, LIVEDUMP_TEXT_SIZE);
	else if (cause == -EINTR)
		strscpy(text, "interrupted", LIVEDUMP_TEXT_SIZE);
	else if (cause == -ETIME && st->pause_ns)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "the system stood still for %llu ms, allowed are %llu: given up",
			  div_u64(st->pause_ns, NSEC_PER_MSEC),
			  div_u64(job->params.max_pause_ns, NSEC_PER_MSEC));
	else if (cause == -ETIME)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "the system would stand still for %llu ms, allowed are %llu",
			  div_u64(st->pause_estimate_ns, NSEC_PER_MSEC),
			  div_u64(job->params.max_pause_ns, NSEC_PER_MSEC));
	else if (cause == -ENOMEM && st->pause_ns)
		strscpy(text, "more memory was in use by the freeze than room was made for",
			LIVEDUMP_TEXT_SIZE);
	else if (cause == -ENOMEM && st->memory_needed > job->params.memory)
		scnprintf(text, LIVEDUMP_TEXT_SIZE,
			  "a freeze copies to %llu MiB of memory, to be had are %llu",
			  st->memory_needed >> 20, job->params.memory >> 20);
	else if (!st->failed)
		scnprintf(text, LIVEDUMP_TEXT_SIZE, "%s: error %d",
			  job->began ? "the dump could not begin" : "refused", -cause);
	else if (st->too_long)
		strscpy(text, "the dump is longer than max_bytes", LIVEDUMP_TEXT_SIZE);
	else if (cause == -EFBIG)
		strscpy(text, "the dump is longer than a file may be (RLIMIT_FSIZE)",
			LIVEDUMP_TEXT_SIZE);
	else
		scnprintf(text, LIVEDUMP_TEXT_SIZE, "%s: error %d at %llu", st->failed, -cause,
			  st->failed_at);
}

static void fill_result(struct job *job, int err)
{
	struct livedump_result *r = &job->arg.result;
	const struct ld_stats *st = &job->stats;

	BUILD_BUG_ON(LD_NR_TYPES > LIVEDUMP_NR_TYPES);
	BUILD_BUG_ON(LD_TYPE_KERNEL != LIVEDUMP_TYPE_KERNEL);
	memset(r, 0, sizeof(*r));
	say_why(job, err);
	if (!job->began)
		return;
	if (st->incomplete)
		r->status |= LIVEDUMP_INCOMPLETE;
	if (st->too_long)
		r->status |= LIVEDUMP_TOO_LONG;
	r->cause = st->incomplete ? -st->cause : 0;
	r->workers = job->params.workers;
	r->page_size = PAGE_SIZE;
	r->frames = st->frames;
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		r->frames_by_type[i] = st->frames_by_type[i];
	r->kept = st->kept;
	r->zero = st->zero;
	r->unreadable = st->unreadable;
	r->blanked = st->blanked;
	r->reclassified_kept = st->reclassified_kept;
	r->reclassified_dropped = st->reclassified_dropped;
	r->raw_bytes = st->raw_bytes;
	r->data_bytes = st->data_bytes;
	r->file_bytes = err ? 0 : st->file_bytes;
	r->memory_bytes = job->memory_bytes;
	r->buffered = st->buffered;
	r->start_ns = st->start_ns;
	r->read_ns = st->read_ns;
	r->write_ns = st->write_ns;
	r->end_ns = st->end_ns;
	r->pause_ns = st->pause_ns;
	r->pause_estimate_ns = st->pause_estimate_ns;
	r->memory_needed = st->memory_needed;
	if (job->dry)
		livedump_fill_estimates(r, &job->estimate, job->params.memory);
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
