// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * progress.c - the progress of the running dump.
 *
 * The dump only stores numbers in its ld_control. The task that requested the
 * dump reads them from time to time and wakes the pollers of the device.
 */
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/wait.h>

#include "livedump.h"
#include "turn.h"

DECLARE_WAIT_QUEUE_HEAD(livedump_progress_wait);

/* Protects all of these but seq, and keeps what control points to from being freed. */
static DEFINE_SPINLOCK(progress_lock);
static struct ld_control *control;
static pid_t pid;
static u64 begun_ns;
static s64 last_stage;
static s64 last_done;
static atomic64_t seq = ATOMIC64_INIT(1);

static void progress_wake_pollers(void)
{
	atomic64_inc(&seq);
	wake_up_interruptible(&livedump_progress_wait);
}

u64 livedump_progress_seq(void)
{
	return atomic64_read(&seq);
}

void livedump_progress_begin(struct ld_control *ctl)
{
	spin_lock(&progress_lock);
	control = ctl;
	pid = task_tgid_nr(current);
	begun_ns = port_now_ns();
	last_stage = -1;
	last_done = -1;
	spin_unlock(&progress_lock);
	progress_wake_pollers();
}

void livedump_progress_tick(struct ld_control *ctl)
{
	s64 stage = atomic64_read(&ctl->stage);
	s64 done = atomic64_read(&ctl->done);
	bool news;

	spin_lock(&progress_lock);
	news = control == ctl && (stage != last_stage || done != last_done);
	if (news) {
		last_stage = stage;
		last_done = done;
	}
	spin_unlock(&progress_lock);
	if (news)
		progress_wake_pollers();
}

void livedump_progress_end(struct ld_control *ctl)
{
	bool news;

	spin_lock(&progress_lock);
	news = control == ctl;
	if (news)
		control = NULL;
	spin_unlock(&progress_lock);
	if (news)
		progress_wake_pollers();
}

ssize_t livedump_progress_text(char *buf, size_t size)
{
	unsigned int abandoned = livedump_turn_abandoned();
	struct ld_control *ctl;
	ssize_t len;

	spin_lock(&progress_lock);
	ctl = control;
	if (!ctl) {
		len = scnprintf(buf, size, "state=idle");
	} else {
		len = scnprintf(buf, size,
				"state=dump pid=%d stage=%s done=%llu expected=%llu written=%llu ms=%llu",
				pid, ld_stage_name(atomic64_read(&ctl->stage)),
				(u64)atomic64_read(&ctl->done) << PAGE_SHIFT,
				(u64)atomic64_read(&ctl->total) << PAGE_SHIFT,
				(u64)atomic64_read(&ctl->bytes),
				div_u64(port_now_ns() - begun_ns, NSEC_PER_MSEC));
	}
	spin_unlock(&progress_lock);
	if (abandoned)
		len += scnprintf(buf + len, size - len, " abandoned=%u", abandoned);
	return len + scnprintf(buf + len, size - len, "\n");
}
