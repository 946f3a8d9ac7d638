// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * start.c - the ioctl: its argument, its checks, its result. The dump itself is
 * in job.c.
 */
#include <linux/capability.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/dump/abi.h"
#include "core/format/notes.h"
#include "include/linux/livedump.h"
#include "job.h"
#include "module/source/system.h"

#define FLAGS	(LIVEDUMP_WAIT | LIVEDUMP_KEEP_PARTIAL | LIVEDUMP_BOOST | LIVEDUMP_DRY_RUN)

int livedump_permitted(void)
{
	return capable(CAP_SYS_RAWIO) ? livedump_unlocked() : -EPERM;
}

int livedump_unlocked(void)
{
	return security_locked_down(LOCKDOWN_KCORE);
}

static int start_get_arg(struct livedump_job *job, struct livedump_arg __user *uarg, u32 *size)
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

/* Bytes of the result that a structure of @size bytes has. */
static size_t start_result_size(u32 size)
{
	return min_t(size_t, size, offsetof(struct livedump_arg, reason)) -
	       offsetof(struct livedump_arg, result);
}

/*
 * Copy why the dump is taken. The copy belongs to @job. @kernel: the caller is code of
 * the kernel, and so is the address.
 */
static int start_get_reason(struct livedump_job *job, bool kernel)
{
	const struct livedump_arg *arg = &job->arg;
	struct dump_reason *reason = &job->request.reason;
	char *text;

	if (!arg->reason_size)
		return 0;
	if (arg->reason_size > LIVEDUMP_REASON_MAX)
		return livedump_refuse(job, "the reason is too long", -EINVAL);
	text = kmalloc(arg->reason_size, LIVEDUMP_GFP);
	if (!text)
		return -ENOMEM;
	*reason = (struct dump_reason){ text, arg->reason_size };
	if (kernel)
		memcpy(text, (const void *)(uintptr_t)arg->reason, reason->size);
	else if (copy_from_user(text, u64_to_user_ptr(arg->reason), reason->size))
		return livedump_refuse(job, "the reason cannot be read", -EFAULT);
	if (!ld_reason_is_valid(reason))
		return livedump_refuse(job, "the reason is not printable text", -EINVAL);
	return 0;
}

/* Writes no more than @size, the length of the caller's structure. */
static int start_put_result(const struct livedump_job *job, struct livedump_arg __user *uarg,
			    u32 size)
{
	return copy_to_user(&uarg->result, &job->arg.result, start_result_size(size)) ? -EFAULT : 0;
}

static int start_check_flags(struct livedump_job *job)
{
	const struct livedump_arg *arg = &job->arg;

	if (arg->flags & ~FLAGS)
		return livedump_refuse(job, "unknown flags", -EINVAL);
	if (arg->reserved || arg->reason_reserved)
		return livedump_refuse(job, "reserved fields are not zero", -EINVAL);
	if (arg->room && !livedump_job_is_dry(job))
		return livedump_refuse(job, "room is for a dry run", -EINVAL);
	return 0;
}

static int start_check_and_run(struct livedump_job *job, struct file *file)
{
	int err;

	err = start_check_flags(job);
	if (err)
		return err;
	if (file)
		err = livedump_target_use(&job->target, file);
	else if (!livedump_job_is_dry(job) || job->arg.fd != -1)
		err = livedump_target_get(&job->target, job->arg.fd);
	if (err)
		return err;
	err = ld_abi_to_request(&job->request, &job->arg, &job->why);
	if (!err)
		err = start_get_reason(job, job->crew.caller.kernel);
	if (!err)
		err = livedump_job_check_policy(job);
	if (!err)
		err = livedump_system_check(&job->why);
	if (!err)
		err = livedump_job_run(job);
	return err;
}

/* The dump goes on without the caller, who learns nothing but why. Returns the error. */
static int start_fill_abandoned(struct livedump_job *job)
{
	struct livedump_result *r = &job->arg.result;
	enum ld_cause cause = ld_control_cause(&job->control);

	memset(r, 0, sizeof(*r));
	r->cause = cause;
	r->error = cause == LD_CAUSE_SIGNAL ? EINTR : ECANCELED;
	strscpy(r->text, "interrupted, but the file system does not answer: the file is left as it is",
		sizeof(r->text));
	return -r->error;
}

/* A file system, or another module that refuses the dump, may return -ECANCELED, too. */
static enum ld_cause start_cause(const struct livedump_job *job, int err)
{
	if (err == -EINTR)
		return LD_CAUSE_SIGNAL;
	return err == -ECANCELED && ld_control_cancelled(&job->control) ? LD_CAUSE_SUSPEND :
									   LD_CAUSE_ERROR;
}

static void start_fill_result(struct livedump_job *job, int err)
{
	struct livedump_result *r = &job->arg.result;
	struct dump_end *end = &job->out.result.end;

	memset(r, 0, sizeof(*r));
	livedump_explain(job, err);
	/* An error outside of the core came before it ran, or while emptying the file. */
	if (dump_end_blame(end, LD_STAGE_START, 0, err) && !end->cause)
		end->cause = start_cause(job, err);
	/* A dump that a signal has ended returns EINTR, not ECANCELED. */
	if (end->cause == LD_CAUSE_SIGNAL)
		end->err = -EINTR;
	if (end->cause == LD_CAUSE_PRESSURE)
		end->err = -ENOMEM;
	if (err)
		job->out.result.bytes.file = 0;
	ld_abi_from_result(r, &job->out.result);
	if (!job->began)
		return;
	r->page_size = PAGE_SIZE;
	if (!livedump_job_is_dry(job))
		return;
	ld_abi_from_estimate(r, &job->out.estimate);
	r->memory_allowed = job->request.memory;
}

/* @file: where the dump goes, or NULL: the argument has a file descriptor. */
static int start_run(struct livedump_job *job, struct file *file)
{
	int err = start_check_and_run(job, file);

	if (job->abandoned)
		return start_fill_abandoned(job);
	start_fill_result(job, err);
	return err;
}

int livedump_start(struct livedump_arg __user *uarg)
{
	struct livedump_job *job;
	u32 size;
	int err;

	err = livedump_permitted();
	if (err)
		return err;
	job = livedump_job_new();
	if (!job)
		return -ENOMEM;
	err = start_get_arg(job, uarg, &size);
	if (!err) {
		err = start_run(job, NULL);
		if (start_put_result(job, uarg, size) && !err)
			err = -EFAULT;
	}
	livedump_job_put(job);
	return err;
}

int livedump_start_file(struct file *file, struct livedump_arg *arg)
{
	u32 size = arg->size;
	struct livedump_job *job;
	int err;

	might_sleep();
	if (size < LIVEDUMP_ARG_SIZE_MIN)
		return -EINVAL;
	/* A newer caller than this module. */
	if (size > sizeof(*arg))
		return -E2BIG;
	job = livedump_job_new();
	if (!job)
		return -ENOMEM;
	job->crew.caller.kernel = true;
	memcpy(&job->arg, arg, size);
	job->arg.fd = -1;
	err = livedump_job_permitted(job);
	if (err)
		start_fill_result(job, err);
	else
		err = start_run(job, file);
	memcpy(&arg->result, &job->arg.result, start_result_size(size));
	livedump_job_put(job);
	return err;
}
EXPORT_SYMBOL_GPL(livedump_start_file);
