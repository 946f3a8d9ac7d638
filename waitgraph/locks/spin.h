/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * spin.h - processors that spin in the queue of a spinlock.
 */
#ifndef LIVEDUMP_WAITGRAPH_SPIN_H
#define LIVEDUMP_WAITGRAPH_SPIN_H

#include "waitgraph/finder/finder.h"

#define SPIN_CPUS_MAX	8192U

/* The first node of a processor. */
struct spin_first {
	u64 addr;
	u32 cpu;
};

struct spin_finder {
	struct field node, next, count;	/* of struct qnode and its struct mcs_spinlock */
	u64 qnodes, offsets, mask;	/* addresses: qnodes, __per_cpu_offset, who is possible */
	struct spin_first first[SPIN_CPUS_MAX];	/* by address */
	u32 nr_first, nr_cpus;
	bool usable;
};

void spin_open(struct spin_finder *s, const struct wait_finder *f);

/* Add a wait for each task that spins. */
void spin_find(const struct spin_finder *s, struct wait_finder *f);

#endif
