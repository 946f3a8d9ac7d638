// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hotplug.c - holds off memory going offline, and pages being taken away.
 *
 * The kernel may remove the struct page and the direct map of a page frame
 * after the memory section that holds it has gone offline. The module reads
 * them only inside an SRCU read-side section, after pfn_to_online_page() has
 * found the memory section online. The kernel calls the notifier after it has
 * taken the memory section offline and before it removes anything. The notifier
 * waits for all readers that may have found the memory section online.
 *
 * Drivers that share memory with a hypervisor take single pages out of an online
 * section: they mark them PageOffline() between page_offline_begin() and
 * page_offline_end(), and then have the hypervisor remove them. Reading such a
 * page may be fatal. /proc/kcore excludes these drivers with the read side of
 * that lock. A module has only the write side, which excludes the module's own
 * threads from each other, too. So there is a gate in front of it: the first
 * thread that finds it unowned takes the lock, opens the gate, and is its owner.
 * Others go through an open gate without the lock. When the owner has done its
 * own work, it closes the gate, waits for those inside, and releases the lock,
 * which is to be released by the task that has taken it. Then the next thread
 * may own the gate. A thread stays inside for as long as it reads one
 * ONLINE_UNIT, so the lock is held for twice that at most.
 *
 * A freeze needs nothing of this: no driver runs, and whatever a hypervisor was
 * told to remove before was marked before that.
 *
 * A thread that crashes takes nothing along: others find it in the list of holds,
 * and end what it has held. Those who wait at the gate look, and who sees that a
 * thread of a dump has crashed, calls livedump_hold_reap().
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/memory.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched/task.h>
#include <linux/srcu.h>
#include <linux/wait.h>

#include "died.h"
#include "hotplug.h"
#include "module/compat/compat.h"

#define HOLD_MEMORY	BIT(0)	/* is in an SRCU section */
#define HOLD_INSIDE	BIT(1)	/* is inside the gate */
#define HOLD_GATE	BIT(2)	/* owns the gate */
#define HOLD_LOCK	BIT(3)	/* has returned from page_offline_begin() */

DEFINE_STATIC_SRCU(offline_srcu);

/* The number of threads inside, not counting the owner, and two bits. */
static atomic_t gate = ATOMIC_INIT(0);
#define GATE_OWNED	BIT(30)
#define GATE_OPEN	BIT(29)
#define GATE_INSIDE	(GATE_OPEN - 1)

static DECLARE_WAIT_QUEUE_HEAD(gate_queue);

/* All holds. The lock is for the list and for the holds of crashed threads. */
static LIST_HEAD(hold_list);
static DEFINE_MUTEX(hold_list_lock);

/* How often who waits at the gate looks whether a thread has crashed. */
#define LOOK	HZ

/* Go inside an open gate, or become the owner of one that nobody owns. */
static bool gate_try(struct livedump_hold *hold)
{
	int old = atomic_read(&gate), new;

	do {
		if (old & GATE_OPEN)
			new = old + 1;
		else if (!(old & GATE_OWNED))
			new = old | GATE_OWNED;
		else
			return false;
	} while (!atomic_try_cmpxchg(&gate, &old, new));
	hold->kinds |= old & GATE_OPEN ? HOLD_INSIDE : HOLD_GATE;
	return true;
}

static void gate_enter(struct livedump_hold *hold)
{
	while (!wait_event_idle_timeout(gate_queue, gate_try(hold), LOOK))
		livedump_hold_reap();
	if (!(hold->kinds & HOLD_GATE))
		return;
	livedump_page_offline_begin();
	hold->kinds |= HOLD_LOCK;
	/* Fully ordered, as all that change the gate: who is let in, is behind the lock. */
	atomic_fetch_or(GATE_OPEN, &gate);
	wake_up_all(&gate_queue);
}

static bool gate_is_empty(void)
{
	return !(atomic_read(&gate) & GATE_INSIDE);
}

static void gate_leave_inside(void)
{
	if (!(atomic_dec_return(&gate) & (GATE_INSIDE | GATE_OPEN)))
		wake_up_all(&gate_queue);
}

/* The gate is closed and empty. */
static void gate_give_back(const struct livedump_hold *hold)
{
	if (hold->kinds & HOLD_LOCK)
		livedump_page_offline_end();
	atomic_fetch_andnot(GATE_OWNED, &gate);
	wake_up_all(&gate_queue);
}

static void gate_leave(const struct livedump_hold *hold)
{
	if (hold->kinds & HOLD_INSIDE) {
		gate_leave_inside();
	} else if (hold->kinds & HOLD_GATE) {
		atomic_fetch_andnot(GATE_OPEN, &gate);
		while (!wait_event_idle_timeout(gate_queue, gate_is_empty(), LOOK))
			livedump_hold_reap();
		gate_give_back(hold);
	}
}

void livedump_hold_add(struct livedump_hold *hold)
{
	hold->task = NULL;
	hold->kinds = 0;
	mutex_lock(&hold_list_lock);
	list_add(&hold->link, &hold_list);
	mutex_unlock(&hold_list_lock);
}

void livedump_hold_remove(struct livedump_hold *hold)
{
	/* Its thread has crashed. Other threads may still be inside its gate. */
	while (READ_ONCE(hold->task)) {
		livedump_hold_reap();
		schedule_timeout_uninterruptible(1);
	}
	mutex_lock(&hold_list_lock);
	list_del(&hold->link);
	mutex_unlock(&hold_list_lock);
}

/* Sparse cannot follow that livedump_hold_end() ends the SRCU section. */
void livedump_hold_memory(struct livedump_hold *hold)
{
	hold->srcu_idx = srcu_read_lock(&offline_srcu);
	__release(&offline_srcu);
	hold->kinds = HOLD_MEMORY;
	/* Pairs with livedump_hold_reap(). */
	smp_store_release(&hold->task, get_task_struct(current));
}

void livedump_hold_pages(struct livedump_hold *hold)
{
	livedump_hold_memory(hold);
	gate_enter(hold);
}

static void hold_end_memory(struct livedump_hold *hold)
{
	struct task_struct *task = hold->task;

	hold->kinds = 0;
	WRITE_ONCE(hold->task, NULL);
	__acquire(&offline_srcu);
	srcu_read_unlock(&offline_srcu, hold->srcu_idx);
	put_task_struct(task);
}

void livedump_hold_end(struct livedump_hold *hold)
{
	gate_leave(hold);
	hold_end_memory(hold);
}

static bool hold_is_orphan(const struct livedump_hold *hold)
{
	const struct task_struct *task;
	bool died;

	rcu_read_lock();
	/* Pairs with livedump_hold_memory(). */
	task = smp_load_acquire(&hold->task);
	died = task && livedump_task_died(task);
	/*
	 * A thread that lives may end the hold and exit meanwhile. It ends the hold first:
	 * pairs with srcu_read_unlock() in hold_end_memory().
	 */
	smp_rmb();
	died = died && READ_ONCE(hold->task) == task;
	rcu_read_unlock();
	return died;
}

/*
 * End @hold, of a thread that has crashed. Its locks are released by a task that
 * has not taken them. Only the debugging of locks would mind, and the crash has
 * ended that. False if other threads are still inside the gate that it owns.
 */
static bool hold_inherit(struct livedump_hold *hold)
{
	if (hold->kinds & HOLD_GATE) {
		atomic_fetch_andnot(GATE_OPEN, &gate);
		if (!gate_is_empty())
			return false;
		gate_give_back(hold);
	} else {
		gate_leave(hold);
	}
	hold_end_memory(hold);
	return true;
}

void livedump_hold_reap(void)
{
	struct livedump_hold *hold;

	/* Someone else does it, perhaps on behalf of the current task. */
	if (!mutex_trylock(&hold_list_lock))
		return;
	list_for_each_entry(hold, &hold_list, link) {
		if (hold_is_orphan(hold) && hold_inherit(hold))
			pr_warn("livedump: a thread has crashed while it read memory: its locks are released\n");
	}
	mutex_unlock(&hold_list_lock);
}

/*
 * A thread that crashes leaves this on: its dump may have split the kernel's mappings of
 * memory, and nobody is left to undo it.
 */
static unsigned int removal_refused;

static bool removal_runs;		/* one at a time does */
static DEFINE_SPINLOCK(removal_lock);	/* for both */

bool livedump_refuse_removal(void)
{
	bool refused;

	spin_lock(&removal_lock);
	refused = !removal_runs;
	removal_refused += refused;
	spin_unlock(&removal_lock);
	return refused;
}

void livedump_allow_removal(void)
{
	spin_lock(&removal_lock);
	removal_refused--;
	spin_unlock(&removal_lock);
}

/* Returns false if @action is the begin of a removal, and it is refused. */
static bool removal_notify(unsigned long action)
{
	bool goes_on = true;

	spin_lock(&removal_lock);
	if (action == MEM_GOING_OFFLINE)
		goes_on = !removal_refused;
	if (action == MEM_GOING_OFFLINE || action == MEM_OFFLINE || action == MEM_CANCEL_OFFLINE)
		removal_runs = action == MEM_GOING_OFFLINE && goes_on;
	spin_unlock(&removal_lock);
	return goes_on;
}

static int hotplug_notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	if (!removal_notify(action)) {
		pr_info("livedump: no memory can be removed: a dump follows what is written to\n");
		return notifier_from_errno(-EBUSY);
	}
	if (action == MEM_OFFLINE) {
		livedump_hold_reap();
		synchronize_srcu(&offline_srcu);
	}
	return NOTIFY_OK;
}

static struct notifier_block hotplug_notifier = {
	.notifier_call = hotplug_notify,
};

int livedump_hotplug_init(void)
{
	return register_memory_notifier(&hotplug_notifier);
}

void livedump_hotplug_exit(void)
{
	unregister_memory_notifier(&hotplug_notifier);
}
