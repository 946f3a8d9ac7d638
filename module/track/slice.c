// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * slice.c - stops the system for a moment, to read page tables and to change
 * them.
 *
 * When the kernel frees a page table, it waits at most for the processors to which it
 * sends an IPI. So page tables are read only while nothing else runs, and each time from
 * the root on. stop_machine() calls its function when all processors have disabled
 * interrupts. No processor leaves stop_machine() before the function has returned on
 * all of them.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/stop_machine.h>

#include "arch.h"
#include "module/crew/answer.h"
#include "port/port.h"
#include "slice.h"

/* Written while the system is stopped, see PORT_OWN_MIN. */
struct track_slice {
	int (*fn)(void *arg);
	void *arg;
	atomic_t next;
	int result;
	bool done;
	u64 took_ns;			/* including the stop */
};

static size_t slice_bytes(void)
{
	return port_own_bytes(sizeof(struct track_slice));
}

struct track_slice *track_slice_alloc(void)
{
	return port_alloc(slice_bytes());
}

void track_slice_free(struct track_slice *slice)
{
	port_free(slice, slice_bytes());
}

static int slice_cpu_thread(void *data)
{
	struct track_slice *slice = data;

	if (atomic_inc_return(&slice->next) == 1) {
		slice->result = slice->fn(slice->arg);
		/* Pairs with the acquire below: all processors see the changed tables. */
		smp_store_release(&slice->done, true);
	} else {
		/* Pairs with the release above. */
		while (!smp_load_acquire(&slice->done))
			cpu_relax();
	}
	track_arch_flush();
	return 0;
}

int track_slice_run(struct track_slice *slice, int (*fn)(void *arg), void *arg)
{
	int err = livedump_answer_still();
	u64 begun;

	/* If there is no memory to ask, what was changed is to be restored all the same. */
	if (err == -EDEADLK)
		return err;
	begun = port_now_ns();
	memset(slice, 0, sizeof(*slice));
	slice->fn = fn;
	slice->arg = arg;
	err = stop_machine(slice_cpu_thread, slice, cpu_online_mask);
	slice->took_ns = port_now_ns() - begun;
	return err ?: slice->result;
}

void track_slice_rest(const struct track_slice *slice)
{
	port_sleep_ns(clamp_t(u64, 4 * slice->took_ns, TRACK_REST_NS, TRACK_REST_MAX_NS));
}
