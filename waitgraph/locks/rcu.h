/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rcu.h - who holds back a grace period of RCU.
 */
#ifndef LIVEDUMP_WAITGRAPH_RCU_H
#define LIVEDUMP_WAITGRAPH_RCU_H

#include "waitgraph/finder/finder.h"

enum rcu_field {
	RCU_STATE_NODE, RCU_REQUESTS,
	RCU_LEVEL, RCU_LOW, RCU_HIGH,			/* of a node */
	RCU_MASK, RCU_EXP_MASK, RCU_TASKS, RCU_EXP_TASKS, RCU_BLOCKED, RCU_EXP_QUEUE,
	RCU_NODE_ENTRY,					/* of a task */
	RCU_HEAD_FUNC, RCU_COMPLETION,			/* of struct rcu_synchronize */
	RCU_STOPPER,
	NR_RCU_FIELDS
};

/* Who holds a grace period back. */
struct rcu_holders {
	u64 task;			/* address of the first that is known, or 0 */
	u32 tasks, cpus;
	u32 cpu;			/* the first */
};

struct rcu_finder {
	struct field fields[NR_RCU_FIELDS];
	u64 state, wakeme;		/* addresses: rcu_state, wakeme_after_rcu() */
	u64 offsets, stopper;		/* __per_cpu_offset, cpu_stopper */
	u32 nr_nodes, leaf_level;
	struct rcu_holders held[2];	/* usual, expedited */
	bool usable;
};

void rcu_open(struct rcu_finder *r, const struct wait_finder *f);

/*
 * If @wait, for a completion, is one for a grace period, tell so, and who holds it back.
 */
void rcu_refine(const struct rcu_finder *r, const struct wait_finder *f, struct wait *wait);

/* The same for a wait queue: there one waits for an expedited grace period. */
void rcu_refine_queue(const struct rcu_finder *r, const struct wait_finder *f,
		      struct wait *wait);

#endif
