// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * turn.c - whose turn it is.
 *
 * Whose turn it is, is a state and not a lock that the caller holds: the thread
 * that takes the dump ends the turn, or the caller, if it is killed and the
 * thread hangs. A dump that was abandoned has nothing left but its file, its
 * memory and its threads, and a number of them may hang beside the dump that
 * runs.
 *
 * When the system is about to be suspended or hibernated, the dump that runs is
 * cancelled, and none begins until the system is back. The threads of a dump are
 * not frozen, so that they can end what they are doing.
 */
#include <linux/jiffies.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/suspend.h>

#include "core/control.h"
#include "turn.h"

/* Each abandoned dump holds memory. If so many hang, something has to be mended first. */
#define ABANDONED_MAX	4

/* How long the suspend waits for a dump to end. */
#define SUSPEND_WAIT	(10 * HZ)

static DEFINE_SPINLOCK(turn_lock);

/* turn_lock protects all of these and each fate, and keeps turn_owner from being freed. */
static struct livedump_turn *turn_owner;
static unsigned int turn_abandoned;
static bool turn_suspending;
static u64 turn_number;

/* What is in the way of a dump, or NULL if its turn has come. */
static const char *turn_try(struct livedump_turn *turn)
{
	const char *why = NULL;

	spin_lock(&turn_lock);
	if (turn_suspending)
		why = "the system is about to be suspended";
	else if (turn_owner)
		why = "another dump is running";
	else if (turn_abandoned >= ABANDONED_MAX)
		why = "too many abandoned dumps still hang, see the kernel log";
	if (!why) {
		turn_owner = turn;
		turn->number = ++turn_number;
	}
	spin_unlock(&turn_lock);
	return why;
}

static bool turn_has_come(void *turn)
{
	return !turn_try(turn);
}

int livedump_turn_take(struct livedump_turn *turn, bool wait, const char **why)
{
	*why = turn_try(turn);
	if (!*why)
		return 0;
	if (!wait)
		return -EBUSY;
	while (!livedump_wait(turn_has_come, turn, LIVEDUMP_CALL_NONE, HZ)) {
		if (livedump_call() != LIVEDUMP_CALL_NONE) {
			*why = "interrupted while waiting for another dump";
			return -EINTR;
		}
	}
	*why = NULL;
	return 0;
}

static void turn_give(struct livedump_turn *turn)
{
	if (turn_owner == turn)
		turn_owner = NULL;
}

void livedump_turn_end(struct livedump_turn *turn)
{
	spin_lock(&turn_lock);
	if (turn->fate == LIVEDUMP_FATE_ABANDONED)
		turn_abandoned--;
	turn->fate = LIVEDUMP_FATE_ENDED;
	turn_give(turn);
	spin_unlock(&turn_lock);
	livedump_wait_wake();
}

/* After this has returned true, the thread of the dump does not look at @turn again. */
static bool turn_has_ended(void *arg)
{
	struct livedump_turn *turn = arg;
	bool ended;

	spin_lock(&turn_lock);
	ended = turn->fate == LIVEDUMP_FATE_ENDED;
	spin_unlock(&turn_lock);
	return ended;
}

bool livedump_turn_wait(struct livedump_turn *turn, enum livedump_call heeded, long timeout)
{
	return livedump_wait(turn_has_ended, turn, heeded, timeout);
}

bool livedump_turn_abandon(struct livedump_turn *turn)
{
	bool runs;

	spin_lock(&turn_lock);
	runs = turn->fate == LIVEDUMP_FATE_RUNS;
	if (runs) {
		turn->fate = LIVEDUMP_FATE_ABANDONED;
		turn_abandoned++;
		turn_give(turn);
	}
	spin_unlock(&turn_lock);
	livedump_wait_wake();
	return runs;
}

unsigned int livedump_turn_abandoned(void)
{
	return READ_ONCE(turn_abandoned);
}

static bool turn_is_free(void *unused)
{
	return !READ_ONCE(turn_owner);
}

/* Whether nobody writes: neither the dump that runs nor one that was abandoned. */
static bool turn_is_quiet(void *unused)
{
	return turn_is_free(NULL) && !READ_ONCE(turn_abandoned);
}

static void turn_set_suspending(bool on)
{
	spin_lock(&turn_lock);
	turn_suspending = on;
	if (on && turn_owner)
		ld_control_cancel(turn_owner->control, LD_CAUSE_SUSPEND);
	spin_unlock(&turn_lock);
	livedump_wait_wake();
}

/* A dump that hangs goes on, or still hangs, after the resume. */
static int turn_suspend(void)
{
	turn_set_suspending(true);
	livedump_wait_deaf(turn_is_free, NULL, SUSPEND_WAIT);
	if (!turn_is_free(NULL))
		pr_warn("livedump: a dump has not ended, the system is suspended nevertheless\n");
	return NOTIFY_OK;
}

/*
 * After the image was taken nothing may be written, or the file system differs
 * from what the image knows of it.
 */
static int turn_hibernate(void)
{
	turn_set_suspending(true);
	livedump_wait_deaf(turn_is_quiet, NULL, SUSPEND_WAIT);
	if (turn_is_quiet(NULL))
		return NOTIFY_OK;
	pr_warn("livedump: a dump has not ended, the system is not hibernated\n");
	/* Whoever refuses is not told of the end. */
	turn_set_suspending(false);
	return notifier_from_errno(-EBUSY);
}

static int turn_notify(struct notifier_block *nb, unsigned long action, void *unused)
{
	switch (action) {
	case PM_SUSPEND_PREPARE:
		return turn_suspend();
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		return turn_hibernate();
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		turn_set_suspending(false);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block turn_notifier = {
	.notifier_call = turn_notify,
};

int livedump_turn_init(void)
{
	return register_pm_notifier(&turn_notifier);
}

void livedump_turn_exit(void)
{
	unregister_pm_notifier(&turn_notifier);
}
