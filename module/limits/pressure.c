// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pressure.c - gives up a dump before the OOM killer ends a program.
 *
 * The kernel asks its OOM notifiers before it selects a program. If they freed
 * something, it tries again to allocate. The notifier here cancels the dump and
 * waits until the dump's threads have freed its buffers.
 */
#include <linux/jiffies.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "pressure.h"

/*
 * How long a task that needs memory waits for the dump. A thread sees that it is
 * cancelled after one chunk, or when its write returns: on a busy machine that
 * was 1.3 s after the cancellation.
 */
#define PRESSURE_WAIT	(5 * HZ)

#define PRESSURE_STEP	msecs_to_jiffies(10)

/* lock protects the members, and keeps the dump from being freed. */
static struct {
	spinlock_t lock;		/* see above */
	struct ld_control *control;	/* the dump, or NULL */
	u64 (*memory)(struct ld_control *control);	/* bytes that it has */
	unsigned long until;		/* jiffies: how long to wait for it */
	bool cancelled;			/* until is set */
} pressure = {
	.lock = __SPIN_LOCK_UNLOCKED(pressure.lock),
};

void livedump_pressure_begin(struct ld_control *control, u64 (*memory)(struct ld_control *control))
{
	spin_lock(&pressure.lock);
	pressure.control = control;
	pressure.memory = memory;
	pressure.cancelled = false;
	spin_unlock(&pressure.lock);
}

void livedump_pressure_end(const struct ld_control *control)
{
	spin_lock(&pressure.lock);
	if (pressure.control == control)
		pressure.control = NULL;
	spin_unlock(&pressure.lock);
}

/*
 * Store in @bytes what the dump has allocated, 0 without a dump. Returns false
 * if it has had enough time to free that.
 */
static bool pressure_read(u64 *bytes)
{
	bool wait;

	spin_lock(&pressure.lock);
	*bytes = pressure.control ? pressure.memory(pressure.control) : 0;
	wait = !pressure.cancelled || time_before(jiffies, pressure.until);
	spin_unlock(&pressure.lock);
	return wait;
}

static void pressure_cancel(void)
{
	bool first = false;

	spin_lock(&pressure.lock);
	if (pressure.control && !pressure.cancelled) {
		first = ld_control_cancel(pressure.control, LD_CAUSE_PRESSURE);
		pressure.until = jiffies + PRESSURE_WAIT;
		pressure.cancelled = true;
	}
	spin_unlock(&pressure.lock);
	if (first)
		pr_info("livedump: out of memory: the dump is given up\n");
}

/*
 * The current task may be a thread of the dump. So a kernel thread waits for one
 * step only, tries to allocate again, and comes back here.
 */
static int pressure_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	unsigned long *freed = data;
	u64 before, now;
	bool wait;

	pressure_cancel();
	wait = pressure_read(&before);
	for (now = before; now && wait;) {
		schedule_timeout_uninterruptible(PRESSURE_STEP);
		wait = pressure_read(&now);
		if (current->flags & PF_KTHREAD) {
			*freed += wait;
			break;
		}
	}
	if (now < before)
		*freed += (before - now) >> PAGE_SHIFT;
	return NOTIFY_OK;
}

static struct notifier_block pressure_nb = { .notifier_call = pressure_notify };

int livedump_pressure_init(void)
{
	return register_oom_notifier(&pressure_nb);
}

void livedump_pressure_exit(void)
{
	unregister_oom_notifier(&pressure_nb);
}
