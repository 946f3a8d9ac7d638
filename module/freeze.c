// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * freeze.c - stop all processors, and have them copy memory.
 *
 * stop_machine() has every processor run its stopper thread, interrupts off.
 * Each processor has switched to that thread by way of the scheduler: none is
 * inside of a section with preemption or interrupts disabled, and the registers
 * of all other tasks are on their stacks.
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

#include "core/format/notes.h"
#include "arch.h"
#include "freeze.h"
#include "include/uapi/livedump.h"

/*
 * The memory of this structure is in no dump. While all processors are stopped,
 * nothing else is written but the stopper threads' own stacks and tasks.
 */
struct livedump_stop {
	int (*fn)(void *arg, unsigned int worker, unsigned int round);
	void *arg;
	unsigned int workers;
	unsigned int rounds;
	unsigned int cpus;	/* that are stopped */
	const struct ld_arch *arch;
	void *notes;		/* an NT_PRSTATUS for each of nr_cpus, first */
	unsigned int nr_cpus;
	atomic_t next;		/* worker */
	atomic_t arrived;	/* at all barriers, added up */
	atomic_t err;		/* of the first worker that failed */
	u64 begun_ns;
	u64 until_ns;		/* no barrier is waited at for longer */
	u64 ended_ns;
	struct task_struct *task[];	/* each stopper thread; nr_cpu_ids at most */
};

/*
 * A stopper thread's registers, as they will be when stop_cpu_thread() has
 * returned to the kernel: debuggers have the kernel's unwind tables, but not
 * this module's.
 */
static void stop_save_registers(const struct livedump_stop *stop, const unsigned long *frame,
				void *caller)
{
	unsigned int cpu = smp_processor_id(), index = 0, other;
	struct pt_regs regs = {};
	size_t size;

	size = livedump_arch_registers(&regs, frame, caller);
	for_each_online_cpu(other)
		index += other < cpu;
	/* It may have come online after the notes were laid out. */
	if (index < stop->nr_cpus)
		ld_notes_set_registers(stop->arch, stop->notes, index, &regs, size);
}

static void stop_set_error(struct livedump_stop *stop, int err)
{
	if (err)
		atomic_cmpxchg(&stop->err, 0, err);
}

/*
 * Wait until all processors have arrived as often as this one, @times. A
 * processor may not arrive, because its host does not let it run: the wait
 * ends when the longest pause that is allowed is over.
 */
static void stop_wait_for_all(struct livedump_stop *stop, unsigned int times)
{
	/* Pairs with itself: what was copied in one round is seen in the next. */
	atomic_inc_return(&stop->arrived);
	while (atomic_read_acquire(&stop->arrived) < times * stop->cpus) {
		if (port_now_ns() > READ_ONCE(stop->until_ns)) {
			stop_set_error(stop, -ETIME);
			return;
		}
		cpu_relax();
	}
}

static int stop_cpu_thread(void *data)
{
	struct livedump_stop *stop = data;
	unsigned int worker = atomic_inc_return(&stop->next) - 1;
	unsigned int round;

	/* None comes or goes from here on: all processors write the same number. */
	WRITE_ONCE(stop->cpus, num_online_cpus());
	stop_save_registers(stop, __builtin_frame_address(0), __builtin_return_address(0));
	stop->task[worker] = current;
	if (!worker) {
		stop->begun_ns = port_now_ns();
		WRITE_ONCE(stop->until_ns, stop->begun_ns + LIVEDUMP_PAUSE_MAX * NSEC_PER_MSEC);
	}
	for (round = 0; round < stop->rounds; round++) {
		stop_wait_for_all(stop, round + 1);
		if (worker < stop->workers && !atomic_read(&stop->err))
			stop_set_error(stop, stop->fn(stop->arg, worker, round));
	}
	stop_wait_for_all(stop, round + 1);
	if (!worker)
		stop->ended_ns = port_now_ns();
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
		/* Set in each copy that survives a page fault. */
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
	stop->arch = sys->arch;
	stop->notes = notes;
	stop->nr_cpus = sys->nr_cpus;
	stop->until_ns = U64_MAX;
	stop->workers = workers;
	err = stop_machine(stop_cpu_thread, stop, cpu_online_mask);
	*pause_ns = stop->ended_ns - stop->begun_ns;
	return err ?: atomic_read(&stop->err);
}
