// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * waits: a test module whose threads wait for each other, one pair for each kind of wait,
 * until the machine is switched off. While the parameter "locked" is set, one more holds
 * back grace periods and its processor, as a reader without CONFIG_PREEMPT_RCU does.
 *
 * /proc/waits tells who waits for what: a line "KIND WAITER OWNER LOCK" for each, in the
 * words of waitgraph, with the PIDs (0: nobody) and the address (0: not compared).
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/percpu-rwsem.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/rtmutex.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/seq_file.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include <linux/ww_mutex.h>

static bool rcu = true;
module_param(rcu, bool, 0600);
MODULE_PARM_DESC(rcu, "have a thread hold back grace periods, until it is set to 0");

/* In order: a thread may wait for one of those before. */
enum waits_role {
	WAITS_MUTEX_H, WAITS_MUTEX_W, WAITS_MUTEX_W2,
	WAITS_AB, WAITS_BA,
	WAITS_WW_H, WAITS_WW_W,
	WAITS_WRITE_H, WAITS_WRITE_R, WAITS_WRITE_W,
	WAITS_READ_H, WAITS_READ_W,
	WAITS_SEM_H, WAITS_SEM_W,
	WAITS_RT_H, WAITS_RT_W,
	WAITS_PERCPU_H, WAITS_PERCPU_W, WAITS_PERCPU_R,
	WAITS_COMPLETION_W,
	WAITS_STUBBORN, WAITS_STOP_W,
	WAITS_WORK_W, WAITS_QUEUE_WORK_W,
	WAITS_WQ_W, WAITS_BIT_W, WAITS_PAGE_W, WAITS_SLEEP_W,
	WAITS_RCU_H, WAITS_RCU_W,
	/* By the parameter "locked" only. */
	WAITS_LOCKED_H, WAITS_LOCKED_W,
	NR_WAITS_ROLES
};

static struct task_struct *waits_tasks[NR_WAITS_ROLES];

/* Whether a processor is to be held. */
static bool waits_locked;

static DEFINE_MUTEX(waits_mutex);
static DEFINE_MUTEX(waits_mutex_a);
static DEFINE_MUTEX(waits_mutex_b);
static DEFINE_WW_CLASS(waits_ww_class);
static struct ww_mutex waits_ww;
static DECLARE_RWSEM(waits_written);
static DECLARE_RWSEM(waits_read);
static struct semaphore waits_semaphore;
static DEFINE_RT_MUTEX(waits_rt);
static struct percpu_rw_semaphore waits_percpu;
static DECLARE_COMPLETION(waits_completion);
static DECLARE_WAIT_QUEUE_HEAD(waits_queue);
static unsigned long waits_bits = 1UL << 5;
static struct page *waits_page;
static struct workqueue_struct *waits_wq;
static struct task_struct *waits_worker, *waits_worker_2;

/* Both hold their first mutex once this reaches 2. */
static atomic_t waits_crossed = ATOMIC_INIT(0);

/* Completed by a thread that has what it is to hold. */
static DECLARE_COMPLETION(waits_ready);

/* Does not count as a wait: the kernel says that such a task is idle. */
static void waits_rest(void)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		schedule();
	}
}

/* What for is nowhere. */
static void waits_sleep(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule();
	}
}

static void waits_hold(void)
{
	complete(&waits_ready);
	waits_rest();
}

static void waits_work_fn(struct work_struct *work)
{
	WRITE_ONCE(waits_worker, current);
	waits_hold();
}

static void waits_work_2_fn(struct work_struct *work)
{
	WRITE_ONCE(waits_worker_2, current);
	waits_hold();
}

static DECLARE_WORK(waits_work, waits_work_fn);
static DECLARE_WORK(waits_work_2, waits_work_2_fn);

static noinline void waits_cross(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	atomic_inc(&waits_crossed);
	while (atomic_read(&waits_crossed) < 2)
		schedule_timeout_idle(1);
	mutex_lock_nested(second, SINGLE_DEPTH_NESTING);
	/* A jump to it would leave nothing that tells it from an rt_mutex on PREEMPT_RT. */
	barrier();
}

/* Does not give up its processor, but is preempted. */
static void waits_read_rcu(void)
{
	set_user_nice(current, 19);
	rcu_read_lock();
	complete(&waits_ready);
	while (READ_ONCE(rcu)) {
#ifdef CONFIG_PREEMPT_RCU
		preempt_schedule();
#endif
		cpu_relax();
	}
	rcu_read_unlock();
	waits_rest();
}

/* Nothing else runs on its processor, and it passes no quiescent state. */
static void waits_read_locked(void)
{
	rcu_read_lock();
	preempt_disable();
	complete(&waits_ready);
	while (READ_ONCE(waits_locked))
		cpu_relax();
	preempt_enable();
	rcu_read_unlock();
	waits_rest();
}

static void waits_hold_lock(enum waits_role role)
{
	switch (role) {
	case WAITS_MUTEX_H:
		mutex_lock(&waits_mutex);
		break;
	case WAITS_WW_H:
		ww_mutex_lock(&waits_ww, NULL);
		break;
	case WAITS_WRITE_H:
		down_write(&waits_written);
		break;
	case WAITS_READ_H:
		down_read(&waits_read);
		break;
	case WAITS_SEM_H:
		down(&waits_semaphore);
		break;
	case WAITS_RT_H:
		rt_mutex_lock(&waits_rt);
		break;
	case WAITS_PERCPU_H:
		percpu_down_read(&waits_percpu);
		break;
	case WAITS_RCU_H:
		waits_read_rcu();
		break;
	case WAITS_LOCKED_H:
		waits_read_locked();
		break;
	default:
		break;
	}
	waits_hold();
}

static void waits_wait_lock(enum waits_role role)
{
	switch (role) {
	case WAITS_MUTEX_W:
	case WAITS_MUTEX_W2:
		mutex_lock(&waits_mutex);
		break;
	case WAITS_AB:
		waits_cross(&waits_mutex_a, &waits_mutex_b);
		break;
	case WAITS_BA:
		waits_cross(&waits_mutex_b, &waits_mutex_a);
		break;
	case WAITS_WW_W:
		ww_mutex_lock(&waits_ww, NULL);
		break;
	case WAITS_WRITE_R:
		down_read(&waits_written);
		break;
	case WAITS_WRITE_W:
		down_write(&waits_written);
		break;
	case WAITS_READ_W:
		down_write(&waits_read);
		break;
	case WAITS_SEM_W:
		down(&waits_semaphore);
		break;
	case WAITS_RT_W:
		rt_mutex_lock(&waits_rt);
		break;
	case WAITS_PERCPU_W:
		percpu_down_write(&waits_percpu);
		break;
	case WAITS_PERCPU_R:
		percpu_down_read(&waits_percpu);
		break;
	default:
		break;
	}
}

static void waits_wait_event(enum waits_role role)
{
	switch (role) {
	case WAITS_COMPLETION_W:
		wait_for_completion(&waits_completion);
		break;
	case WAITS_STOP_W:
		kthread_stop(waits_tasks[WAITS_STUBBORN]);
		break;
	case WAITS_WORK_W:
		flush_work(&waits_work);
		break;
	case WAITS_QUEUE_WORK_W:
		flush_workqueue(waits_wq);
		break;
	case WAITS_WQ_W:
		wait_event(waits_queue, waits_bits == 0);
		break;
	case WAITS_BIT_W:
		wait_on_bit(&waits_bits, 5, TASK_UNINTERRUPTIBLE);
		break;
	case WAITS_PAGE_W:
		lock_page(waits_page);
		break;
	case WAITS_SLEEP_W:
		waits_sleep();
		break;
	case WAITS_RCU_W:
	case WAITS_LOCKED_W:
		synchronize_rcu();
		break;
	default:
		break;
	}
}

static bool waits_holds(enum waits_role role)
{
	return role == WAITS_MUTEX_H || role == WAITS_WW_H || role == WAITS_WRITE_H ||
		role == WAITS_READ_H || role == WAITS_SEM_H || role == WAITS_RT_H ||
		role == WAITS_PERCPU_H || role == WAITS_STUBBORN || role == WAITS_RCU_H ||
		role == WAITS_LOCKED_H;
}

static int waits_thread(void *data)
{
	enum waits_role role = (long)data;

	if (waits_holds(role))
		waits_hold_lock(role);
	waits_wait_lock(role);
	waits_wait_event(role);
	/* Not reached but by what has nothing to wait for. */
	waits_rest();
	return 0;
}

static int waits_start(enum waits_role role)
{
	static const char *const names[NR_WAITS_ROLES] = {
		[WAITS_MUTEX_H] = "w_mutex_h", [WAITS_MUTEX_W] = "w_mutex",
		[WAITS_MUTEX_W2] = "w_mutex_2", [WAITS_AB] = "w_ab", [WAITS_BA] = "w_ba",
		[WAITS_WW_H] = "w_ww_h", [WAITS_WW_W] = "w_ww",
		[WAITS_WRITE_H] = "w_write_h", [WAITS_WRITE_R] = "w_write_r",
		[WAITS_WRITE_W] = "w_write_w", [WAITS_READ_H] = "w_read_h",
		[WAITS_READ_W] = "w_read_w", [WAITS_SEM_H] = "w_sem_h", [WAITS_SEM_W] = "w_sem",
		[WAITS_RT_H] = "w_rt_h", [WAITS_RT_W] = "w_rt",
		[WAITS_PERCPU_H] = "w_percpu_h", [WAITS_PERCPU_W] = "w_percpu_w",
		[WAITS_PERCPU_R] = "w_percpu_r", [WAITS_COMPLETION_W] = "w_completion",
		[WAITS_STUBBORN] = "w_stubborn", [WAITS_STOP_W] = "w_stop",
		[WAITS_WORK_W] = "w_work", [WAITS_QUEUE_WORK_W] = "w_workqueue",
		[WAITS_WQ_W] = "w_queue", [WAITS_BIT_W] = "w_bit", [WAITS_PAGE_W] = "w_page",
		[WAITS_SLEEP_W] = "w_sleep",
		[WAITS_RCU_H] = "w_rcu_h", [WAITS_RCU_W] = "w_rcu",
		[WAITS_LOCKED_H] = "w_locked_h", [WAITS_LOCKED_W] = "w_locked",
	};
	struct task_struct *task;

	task = kthread_run(waits_thread, (void *)(long)role, "%s", names[role]);
	if (IS_ERR(task))
		return PTR_ERR(task);
	waits_tasks[role] = task;
	if (waits_holds(role))
		wait_for_completion(&waits_ready);
	else
		schedule_timeout_idle(HZ / 50);
	/* It waits for a grace period before it keeps out new readers. */
	while (role == WAITS_PERCPU_W && !atomic_read(&waits_percpu.block))
		schedule_timeout_idle(1);
	return 0;
}

static void waits_show_task(struct seq_file *seq, const char *kind, enum waits_role waiter,
			    struct task_struct *owner, void *lock)
{
	struct task_struct *task = waits_tasks[waiter];

	if (task)
		seq_printf(seq, "%s %d %d %px\n", kind, task_pid_nr(task),
			   owner ? task_pid_nr(owner) : 0, lock);
}

static void waits_show_pair(struct seq_file *seq, const char *kind, enum waits_role waiter,
			    enum waits_role owner, void *lock)
{
	waits_show_task(seq, kind, waiter, waits_tasks[owner], lock);
}

static int waits_show(struct seq_file *seq, void *unused)
{
	struct task_struct *reader = waits_tasks[WAITS_READ_H], *sem = NULL;

#ifdef CONFIG_PREEMPT_RT
	/* Its readers are counted only. */
	reader = NULL;
#endif
#ifdef CONFIG_DETECT_HUNG_TASK_BLOCKER
	sem = waits_tasks[WAITS_SEM_H];
#endif
	waits_show_pair(seq, "mutex", WAITS_MUTEX_W, WAITS_MUTEX_H, &waits_mutex);
	waits_show_pair(seq, "mutex", WAITS_MUTEX_W2, WAITS_MUTEX_H, &waits_mutex);
	waits_show_pair(seq, "mutex", WAITS_AB, WAITS_BA, &waits_mutex_b);
	waits_show_pair(seq, "mutex", WAITS_BA, WAITS_AB, &waits_mutex_a);
	waits_show_pair(seq, "ww_mutex", WAITS_WW_W, WAITS_WW_H, &waits_ww);
	waits_show_pair(seq, "rw_semaphore", WAITS_WRITE_R, WAITS_WRITE_H, &waits_written);
	waits_show_pair(seq, "rw_semaphore", WAITS_WRITE_W, WAITS_WRITE_H, &waits_written);
	waits_show_task(seq, "rw_semaphore", WAITS_READ_W, reader, &waits_read);
	waits_show_task(seq, "semaphore", WAITS_SEM_W, sem, &waits_semaphore);
	waits_show_pair(seq, "rt_mutex", WAITS_RT_W, WAITS_RT_H, &waits_rt);
	waits_show_task(seq, "percpu_rw_semaphore", WAITS_PERCPU_W, NULL, &waits_percpu);
	waits_show_pair(seq, "percpu_rw_semaphore", WAITS_PERCPU_R, WAITS_PERCPU_W,
			&waits_percpu);
	waits_show_task(seq, "completion", WAITS_COMPLETION_W, NULL, &waits_completion);
	waits_show_pair(seq, "kthread_stop", WAITS_STOP_W, WAITS_STUBBORN, NULL);
	waits_show_task(seq, "work", WAITS_WORK_W, waits_worker, &waits_work);
	waits_show_task(seq, "workqueue", WAITS_QUEUE_WORK_W, waits_worker_2, waits_wq);
	waits_show_task(seq, "wait_queue", WAITS_WQ_W, NULL, &waits_queue);
	waits_show_task(seq, "bit", WAITS_BIT_W, NULL, &waits_bits);
	waits_show_task(seq, "page", WAITS_PAGE_W, NULL, waits_page);
	waits_show_task(seq, "sleep", WAITS_SLEEP_W, NULL, NULL);
	if (rcu)
		waits_show_pair(seq, "rcu", WAITS_RCU_W, WAITS_RCU_H, NULL);
	if (waits_locked)
		waits_show_pair(seq, "rcu", WAITS_LOCKED_W, WAITS_LOCKED_H, NULL);
	return 0;
}

static int waits_set_locked(const char *value, const struct kernel_param *param)
{
	bool before = waits_locked;
	int ret = param_set_bool(value, param);

	if (ret || before || !waits_locked)
		return ret;
	ret = waits_start(WAITS_LOCKED_H);
	return ret ?: waits_start(WAITS_LOCKED_W);
}

static const struct kernel_param_ops waits_locked_ops = {
	.set = waits_set_locked,
	.get = param_get_bool,
};

module_param_cb(locked, &waits_locked_ops, &waits_locked, 0600);
MODULE_PARM_DESC(locked, "have a thread hold back grace periods and a processor, until set to 0");

static int waits_prepare(void)
{
	int ret;

	ww_mutex_init(&waits_ww, &waits_ww_class);
	sema_init(&waits_semaphore, 1);
	ret = percpu_init_rwsem(&waits_percpu);
	if (ret)
		return ret;
	waits_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	waits_wq = alloc_workqueue("waits_wq", WQ_UNBOUND, 0);
	if (!waits_page || !waits_wq)
		return -ENOMEM;
	lock_page(waits_page);
	schedule_work(&waits_work);
	wait_for_completion(&waits_ready);
	queue_work(waits_wq, &waits_work_2);
	wait_for_completion(&waits_ready);
	return 0;
}

/* What has begun stays, as there is no module_exit(): on an error, too. */
static int __init waits_init(void)
{
	int ret = waits_prepare(), last = rcu ? NR_WAITS_ROLES : WAITS_RCU_H, i;

	for (i = 0; !ret && i < last; i++)
		ret = waits_start(i);
	if (ret)
		pr_err("waits: error %d\n", ret);
	__module_get(THIS_MODULE);
	return proc_create_single("waits", 0400, NULL, waits_show) ? 0 : -ENOMEM;
}

module_init(waits_init);
MODULE_DESCRIPTION("Threads that wait for each other");
MODULE_LICENSE("Dual BSD/GPL");
