// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * workers.c - how many threads of a dump work beside each other.
 */
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/loadavg.h>

#include "policy.h"
#include "workers.h"

/* So many are no burden for a machine that has as many processors. */
#define WORKERS_USUAL	4U

/*
 * Processors that have had nothing to do in the last minute. Tasks that wait for a
 * disk count as load, so this is 0 where the storage hangs.
 */
static unsigned int workers_idle(unsigned int cpus)
{
	unsigned long load = (READ_ONCE(avenrun[0]) + FIXED_1 - 1) >> FSHIFT;

	return load < cpus ? cpus - load : 0;
}

/* More than the usual number only use processors that are idle, and half of all at most. */
unsigned int livedump_workers(void)
{
	unsigned int cpus = 0, usual, cpu;

	for_each_cpu_and(cpu, current->cpus_ptr, cpu_online_mask)
		cpus++;
	usual = clamp(cpus, 1U, WORKERS_USUAL);
	return min3(max(usual, min(cpus / 2, workers_idle(num_online_cpus()))),
		    livedump_policy_workers(), LIVEDUMP_WORKERS_MAX);
}
