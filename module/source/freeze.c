// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * freeze.c - stops all processors and lets them copy memory.
 *
 * stop_machine() makes every processor run its stopper thread with interrupts
 * disabled. The scheduler switches each processor to that thread. So no task
 * has been stopped in a section with preemption or interrupts disabled, and
 * the registers of all other tasks are on their stacks.
 *
 * A task may have been stopped while it holds a mutex, or reads under RCU. With
 * PREEMPT_RT a task that holds a spinlock_t or runs a softirq can be switched out,
 * too, so what these protect may be half changed in the dump. The dump still shows
 * a single moment, as that of a crash does, where each processor stops at any
 * instruction. And nothing here depends on such locks: the copying takes none and
 * follows no list. So a freeze is not refused there; livedump(4) tells what it is
 * worth.
 *
 * What notices a pause: multi_cpu_stop() touches the watchdogs only before and
 * after stop_cpu_thread(). So this does it, too, see port_touch_watchdogs(). RCU's
 * stall detector cannot be told, but its shortest time is 3 s, and
 * LIVEDUMP_PAUSE_MAX is less.
 */
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/ptrace.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/time64.h>
#include <linux/vmalloc.h>

#include "arch.h"
#include "core/format/notes.h"
#include "freeze.h"
#include "include/uapi/livedump.h"
#include "module/track/track.h"

/* Where the registers of the stopper threads go. */
struct stop_notes {
	const struct ld_arch *arch;
	void *data;		/* begins with one NT_PRSTATUS for each CPU < cpus_end */
	unsigned int cpus_end;
};

struct stop_times {
	u64 begun_ns;
	u64 until_ns;		/* nobody waits at a barrier for longer */
	u64 ended_ns;
};

/*
 * This structure is in no dump, nor are a dump's buffers. While all processors
 * are stopped, they write to nothing else but the stacks and the task structures
 * of the stopper threads.
 */
struct livedump_stop {
	int (*fn)(void *arg, unsigned int worker, unsigned int round);
	void *arg;
	unsigned int workers;
	unsigned int rounds;
	unsigned int cpus;	/* that are stopped */
	struct stop_notes notes;
	struct stop_times times;
	atomic_t next;		/* number of the next worker */
	atomic_t arrived;	/* arrivals at barriers, the sum of all barriers */
	atomic_t err;		/* of the first worker that failed */
	struct task_struct *task[];	/* each stopper thread; nr_cpu_ids at most */
};

/*
 * Save a stopper thread's registers as they are after stop_cpu_thread() has
 * returned to the kernel: a debugger has the kernel's unwind tables, but not
 * those of this module.
 */
static void stop_save_registers(const struct livedump_stop *stop, const unsigned long *frame,
				void *caller)
{
	unsigned int cpu = smp_processor_id();
	struct pt_regs regs = {};
	size_t size;

	size = livedump_arch_registers(&regs, frame, caller);
	/* A processor may have been added after the notes were built. */
	if (cpu < stop->notes.cpus_end)
		ld_notes_set_registers(stop->notes.arch, stop->notes.data, cpu, &regs, size);
}

static void stop_set_error(struct livedump_stop *stop, int err)
{
	if (err)
		atomic_cmpxchg(&stop->err, 0, err);
}

/*
 * Turns of a wait, some microseconds. To touch the watchdogs is to write to one place of all
 * processors on kernels before 6.11: a thousand of them that did it all the time would leave
 * nothing of the memory bus to those that copy.
 */
#define STOP_TURNS	1024U

/*
 * Wait until every processor has arrived @times times, as this one has. In a
 * virtual machine a processor may fail to arrive because the host does not run
 * it. So the wait ends after the longest pause that is allowed.
 */
static void stop_wait_for_all(struct livedump_stop *stop, unsigned int times)
{
	unsigned int turns = 0;

	/* Pairs with the read below: each round sees what the one before has copied. */
	atomic_inc_return(&stop->arrived);
	while (atomic_read_acquire(&stop->arrived) < times * stop->cpus) {
		cpu_relax();
		if (++turns % STOP_TURNS)
			continue;
		if (port_now_ns() > READ_ONCE(stop->times.until_ns)) {
			stop_set_error(stop, -ETIME);
			return;
		}
		port_touch_watchdogs();
	}
}

/*
 * Processors may have gone since the workers were counted, and some rounds divide the work
 * among all workers: then this processor does that of several.
 */
static void stop_work_round(struct livedump_stop *stop, unsigned int worker, unsigned int round)
{
	for (; worker < stop->workers && !atomic_read(&stop->err); worker += stop->cpus)
		stop_set_error(stop, stop->fn(stop->arg, worker, round));
}

static int stop_cpu_thread(void *data)
{
	struct livedump_stop *stop = data;
	unsigned int worker = atomic_inc_return(&stop->next) - 1;
	unsigned int round;

	/*
	 * This writes to per-processor data, which is in the dump. Before the
	 * first barrier nothing is copied, and later it writes the same values.
	 */
	port_touch_watchdogs();
	/* No processor comes or goes from here on, so all write the same number. */
	WRITE_ONCE(stop->cpus, num_online_cpus());
	stop_save_registers(stop, __builtin_frame_address(0), __builtin_return_address(0));
	stop->task[worker] = current;
	if (!worker) {
		stop->times.begun_ns = port_now_ns();
		WRITE_ONCE(stop->times.until_ns,
			   stop->times.begun_ns + LIVEDUMP_PAUSE_MAX * NSEC_PER_MSEC);
	}
	for (round = 0; round < stop->rounds; round++) {
		stop_wait_for_all(stop, round + 1);
		stop_work_round(stop, worker, round);
	}
	stop_wait_for_all(stop, round + 1);
	/* A round may have cleared dirty bits. */
	livedump_track_flush();
	if (!worker)
		stop->times.ended_ns = port_now_ns();
	port_touch_watchdogs();
	return 0;
}

static size_t stop_bytes(void)
{
	return max_t(size_t, struct_size((struct livedump_stop *)NULL, task, nr_cpu_ids),
		     PAGE_SIZE);
}

struct livedump_stop *livedump_stop_alloc(void)
{
	return port_alloc(stop_bytes());
}

void livedump_stop_free(struct livedump_stop *stop)
{
	port_free(stop, stop_bytes());
}

static unsigned long stop_stack_pfn(void *addr)
{
	return is_vmalloc_addr(addr) ? vmalloc_to_pfn(addr) : PHYS_PFN(virt_to_phys(addr));
}

bool livedump_stop_wrote(const struct livedump_stop *stop, u64 pfn)
{
	for (unsigned int i = 0; i < stop->cpus; i++) {
		struct task_struct *task = stop->task[i];

		for (size_t at = 0; task && at < THREAD_SIZE; at += PAGE_SIZE)
			if (stop_stack_pfn(task_stack_page(task) + at) == pfn)
				return true;
		/* copy_from_kernel_nofault() writes to this field. */
		if (task && PHYS_PFN(virt_to_phys(&task->pagefault_disabled)) == pfn)
			return true;
	}
	return false;
}

int livedump_freeze(struct livedump_stop *stop, unsigned int workers, unsigned int rounds,
		    int (*fn)(void *arg, unsigned int worker, unsigned int round), void *arg,
		    const struct ld_system *sys, void *notes, u64 *pause_ns)
{
	int err;

	memset(stop, 0, stop_bytes());
	stop->fn = fn;
	stop->arg = arg;
	stop->rounds = rounds;
	stop->notes.arch = sys->arch;
	stop->notes.data = notes;
	stop->notes.cpus_end = sys->cpus_end;
	stop->times.until_ns = U64_MAX;
	stop->workers = workers;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		pr_info_once("livedump: note: with PREEMPT_RT tasks in a frozen dump may be in the middle of a section that holds a spinlock\n");
	err = stop_machine(stop_cpu_thread, stop, cpu_online_mask);
	*pause_ns = stop->times.ended_ns - stop->times.begun_ns;
	return err ?: atomic_read(&stop->err);
}
