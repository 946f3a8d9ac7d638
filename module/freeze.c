// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * freeze.c - stop all processors, and have them copy memory.
 *
 * stop_machine() has every processor run its stopper thread, interrupts off.
 * To get there each of them has left whatever it was doing by way of the
 * scheduler: no one is inside of a section with preemption or interrupts
 * disabled, and every other task's registers are on its stack.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/ptrace.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>

#include <asm/segment.h>

#include "../core/notes.h"
#include "livedump.h"

struct stop {
	int (*fn)(void *arg, unsigned int worker);
	void *arg;
	unsigned int workers;
	void *notes;		/* an NT_PRSTATUS for each of nr_cpus, first */
	unsigned int nr_cpus;
	atomic_t next;		/* worker */
	atomic_t err;		/* of the first worker that failed */
	u64 begun_ns;
	atomic64_t ended_ns;
};

/*
 * A stopper thread's registers, as they will be when stopped() has returned to
 * the kernel: debuggers have the kernel's unwind tables, but not this
 * module's. struct user_regs_struct begins like struct pt_regs.
 */
static void save_registers(const struct stop *stop, const unsigned long *frame, void *caller)
{
	unsigned int cpu = smp_processor_id(), index = 0, other;
	struct pt_regs regs = {
		.bp = frame[0],
		.sp = (unsigned long)(frame + 2),
		.ip = (unsigned long)caller,
		.cs = __KERNEL_CS,
		.ss = __KERNEL_DS,
		.flags = native_save_fl(),
	};

	for_each_online_cpu(other)
		index += other < cpu;
	/* It may have come online after the notes were laid out. */
	if (index < stop->nr_cpus)
		ld_notes_set_registers(stop->notes, index, &regs, sizeof(regs));
}

static int stopped(void *data)
{
	struct stop *stop = data;
	unsigned int worker = atomic_inc_return(&stop->next) - 1;
	int err = 0;

	save_registers(stop, __builtin_frame_address(0), __builtin_return_address(0));
	if (!worker)
		stop->begun_ns = port_now_ns();
	if (worker < stop->workers)
		err = stop->fn(stop->arg, worker);
	if (err)
		atomic_cmpxchg(&stop->err, 0, err);
	atomic64_set(&stop->ended_ns, port_now_ns());
	return 0;
}

int livedump_freeze(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg,
		    struct ld_system *sys, void *notes, u64 *pause_ns)
{
	struct stop stop = {
		.fn = fn,
		.arg = arg,
		.workers = workers,
		.notes = notes,
		.nr_cpus = sys->nr_cpus,
		.next = ATOMIC_INIT(0),
		.err = ATOMIC_INIT(0),
	};
	int err;

	err = stop_machine(stopped, &stop, cpu_online_mask);
	*pause_ns = atomic64_read(&stop.ended_ns) - stop.begun_ns;
	return err ?: atomic_read(&stop.err);
}
