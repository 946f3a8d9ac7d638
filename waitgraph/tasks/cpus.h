/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cpus.h - the processors of a kernel, and what time it was when it was dumped.
 */
#ifndef LIVEDUMP_WAITGRAPH_CPUS_H
#define LIVEDUMP_WAITGRAPH_CPUS_H

#include "waitgraph/kernel/kernel.h"

#define CPUS_MAX	8192U

struct cpus {
	u32 nr;				/* one past the highest number; 0: not known */
	u64 now;			/* the latest time of all processors, in ns */
	/*
	 * What the time of a processor is ahead of the time that its tasks are given:
	 * interrupts and the hypervisor took it. UINT64_MAX: cannot be read.
	 */
	u64 *taken;
};

/* Without what it needs in the dump, nr is 0. Returns 0, or -ENOMEM and sets @err. */
int cpus_read(struct cpus *c, const struct kernel *k, struct error *err);
void cpus_free(struct cpus *c);

/*
 * How long ago a task stopped running, in ns, if it last ran on @cpu and its time then
 * was @stamp. UINT64_MAX if that is not known.
 */
u64 cpus_since(const struct cpus *c, u32 cpu, u64 stamp);

#endif
