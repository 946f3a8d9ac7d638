// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * port_kernel.c - ports the core to the kernel: memory and time. port_run() is in
 * crew.c.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/nmi.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xxhash.h>

#include "crew.h"
#include "module/compat/compat.h"
#include "module/limits/policy.h"
#include "own.h"
#include "port/port.h"
#include "port_kernel.h"

/* A dump that was abandoned has its own account. */
static void memory_account(s64 bytes)
{
	struct livedump_crew *crew = livedump_crew_current();
	s64 now;

	if (!crew)
		return;
	now = atomic64_add_return(bytes, &crew->memory_now);
	if (now > atomic64_read(&crew->memory_peak))
		atomic64_set(&crew->memory_peak, now);
}

#ifdef CONFIG_LIVEDUMP_TWICE
/* Tests have all allocations fail after so many. Negative: none. */
atomic_t livedump_allocs_left = ATOMIC_INIT(-1);
EXPORT_SYMBOL_FOR_TESTS(livedump_allocs_left);

static bool memory_is_short(void)
{
	return atomic_read(&livedump_allocs_left) >= 0 &&
	       atomic_dec_if_positive(&livedump_allocs_left) < 0;
}
#else
#define memory_is_short()	false
#endif

/*
 * Only small allocations, of which there are many, come from kmalloc(). All
 * others come from vmalloc(): they need no contiguous page frames, and
 * livedump_is_own() recognizes them.
 */
static void *memory_alloc(size_t size, gfp_t gfp)
{
	const struct livedump_crew *crew = livedump_crew_current();
	void *mem;

	if (memory_is_short())
		return NULL;
	/* Who reclaims memory of programs waits for the processors that ran them. */
	if (crew && !cpumask_empty(&crew->avoid))
		gfp &= ~__GFP_RECLAIM;
	mem = size >= PORT_OWN_MIN ? livedump_own_alloc(size, gfp) : kmalloc(size, gfp);
	if (mem)
		memory_account(size);
	return mem;
}

void *port_alloc(size_t size)
{
	return memory_alloc(size, LIVEDUMP_GFP | __GFP_ZERO);
}

void port_free(void *mem, size_t size)
{
	if (!mem)
		return;
	memory_account(-(s64)size);
	if (size >= PORT_OWN_MIN)
		livedump_own_free(mem);
	else
		kfree(mem);
}

/* All of the kernel's memory is locked. */
void *port_alloc_locked(size_t size)
{
	return memory_alloc(size, LIVEDUMP_GFP);
}

void port_free_locked(void *mem, size_t size)
{
	port_free(mem, size);
}

u64 port_hash64(const void *data, size_t len, u64 seed)
{
	return xxh64(data, len, seed);
}

u64 port_now_ns(void)
{
	return ktime_get_ns();
}

void port_sleep_ns(u64 ns)
{
	u64 us = div_u64(ns, NSEC_PER_USEC) + 1;

	if (us < 20 * USEC_PER_MSEC)
		livedump_usleep_idle(us, us + us / 4);
	else
		schedule_timeout_idle(usecs_to_jiffies(us));
}

void port_boost(bool on)
{
	if (on && !(livedump_policy_boosts() && livedump_cgroup_boosts()))
		return;
	if (on)
		sched_set_fifo_low(current);
	else
		sched_set_normal(current, task_nice(current));
}

bool port_call_on(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	cpumask_var_t before;
	bool called = false;

	if (cpu >= nr_cpu_ids || !cpu_online(cpu) || !alloc_cpumask_var(&before, LIVEDUMP_GFP))
		return false;
	cpumask_copy(before, current->cpus_ptr);
	if (cpumask_test_cpu(cpu, before) && !set_cpus_allowed_ptr(current, cpumask_of(cpu))) {
		fn(arg);
		set_cpus_allowed_ptr(current, before);
		called = true;
	}
	free_cpumask_var(before);
	return called;
}

unsigned int port_cpus(void)
{
	unsigned int nr = 0, cpu;

	rcu_read_lock();
	for_each_cpu_and(cpu, cpu_online_mask, livedump_housekeeping_cpus())
		nr++;
	rcu_read_unlock();
	return max(nr, 1U);
}

void port_relax(void)
{
	cond_resched();
}

void port_yield(void)
{
	cond_resched();
}

void port_touch_watchdogs(void)
{
	touch_nmi_watchdog();
}
