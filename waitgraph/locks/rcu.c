// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rcu.c - a grace period ends when each processor has passed a quiescent state, and no
 * task is left that was preempted as a reader before it began. Source: kernel/rcu/tree.c,
 * tree_exp.h and tree_plugin.h.
 *
 * A processor counts that has not told yet. Soon after the beginning that is each of them.
 */
#include <stdio.h>

#include "rcu.h"

#define RCU_NODES_MAX	4096U
#define RCU_BITS	64U

static const struct field_row rcu_rows[NR_RCU_FIELDS] = {
	[RCU_STATE_NODE] = { "rcu_state", "node", false },
	[RCU_REQUESTS] = { "rcu_state", "srs_next", true },	/* since Linux 6.10 */
	[RCU_LEVEL] = { "rcu_node", "level", false },
	[RCU_LOW] = { "rcu_node", "grplo", false },
	[RCU_HIGH] = { "rcu_node", "grphi", false },
	[RCU_MASK] = { "rcu_node", "qsmask", false },
	[RCU_EXP_MASK] = { "rcu_node", "expmask", false },
	[RCU_TASKS] = { "rcu_node", "gp_tasks", false },
	[RCU_EXP_TASKS] = { "rcu_node", "exp_tasks", false },
	[RCU_BLOCKED] = { "rcu_node", "blkd_tasks", false },
	[RCU_EXP_QUEUE] = { "rcu_node", "exp_wq", false },
	/* Without CONFIG_PREEMPT_RCU no reader is preempted. */
	[RCU_NODE_ENTRY] = { "task_struct", "rcu_node_entry", true },
	[RCU_HEAD_FUNC] = { "rcu_synchronize", "head.func", false },
	[RCU_COMPLETION] = { "rcu_synchronize", "completion", false },
	[RCU_STOPPER] = { "cpu_stopper", "thread", true },
};

/* Not those of other kinds of RCU, which wait by the same records. */
static const char *const rcu_functions[] = {
	"synchronize_rcu", "synchronize_rcu_normal", NULL
};

static const char *const rcu_exp_functions[] = { "synchronize_rcu_expedited", NULL };

/* The address of the task that runs on @cpu, or 0: none that could hold it back. */
static u64 rcu_running(const struct rcu_finder *r, const struct wait_finder *f, u32 cpu)
{
	u64 stopper = 0, offset;

	/* In a frozen dump it is the one that has stopped the processor. */
	if (r->fields[RCU_STOPPER].there &&
	    (memory_u64(f->k->m, r->offsets + cpu * sizeof(u64), &offset) ||
	     field_read(f->k->m, r->stopper + offset, &r->fields[RCU_STOPPER], &stopper)))
		return 0;
	for (u32 i = 0; i < f->tasks->nr; i++) {
		const struct task *t = &f->tasks->all[i];

		if (t->running && t->cpu == cpu && t->addr != stopper)
			return t->addr;
	}
	return 0;
}

static void rcu_add_cpus(const struct rcu_finder *r, const struct wait_finder *f, u64 node,
			 u64 mask, struct rcu_holders *h)
{
	u64 low, high;

	if (field_read(f->k->m, node, &r->fields[RCU_LOW], &low) ||
	    field_read(f->k->m, node, &r->fields[RCU_HIGH], &high) || high < low)
		return;
	for (u32 bit = 0; bit < RCU_BITS && bit <= high - low; bit++) {
		u32 cpu = (u32)low + bit;

		if (!(mask >> bit & 1))
			continue;
		if (!h->cpus++)
			h->cpu = cpu;
		if (!h->task)
			h->task = rcu_running(r, f, cpu);
	}
}

/* Those on the list of a node from @first on to its end. */
static void rcu_add_tasks(const struct rcu_finder *r, const struct wait_finder *f, u64 node,
			  u64 first, struct rcu_holders *h)
{
	u64 head = node + r->fields[RCU_BLOCKED].off, at = first, next, back;

	for (u32 i = 0; at != head && i < f->tasks->nr; i++, at = next) {
		u64 task = at - r->fields[RCU_NODE_ENTRY].off;

		if (tasks_find(f->tasks, task) < 0)
			return;
		if (!h->tasks++)
			h->task = task;
		if (memory_u64(f->k->m, at, &next) || memory_u64(f->k->m, next + 8, &back) ||
		    back != at)
			return;
	}
}

static void rcu_find_holders(struct rcu_finder *r, const struct wait_finder *f, bool exp)
{
	const struct field *fields = r->fields;
	struct rcu_holders *h = &r->held[exp];

	for (u32 i = 0; i < r->nr_nodes; i++) {
		u64 node = r->state + fields[RCU_STATE_NODE].off +
			(u64)i * fields[RCU_STATE_NODE].size;
		u64 level, mask, tasks;

		if (field_read(f->k->m, node, &fields[RCU_LEVEL], &level) ||
		    level != r->leaf_level)
			continue;
		if (!field_read(f->k->m, node, &fields[exp ? RCU_EXP_TASKS : RCU_TASKS],
				&tasks) && tasks && fields[RCU_NODE_ENTRY].there)
			rcu_add_tasks(r, f, node, tasks, h);
		if (!field_read(f->k->m, node, &fields[exp ? RCU_EXP_MASK : RCU_MASK], &mask))
			rcu_add_cpus(r, f, node, mask, h);
	}
}

void rcu_open(struct rcu_finder *r, const struct wait_finder *f)
{
	const struct symbols *s = &f->k->symbols;
	u64 nodes, levels, nr, nr_levels;

	*r = (struct rcu_finder){ 0 };
	if (!finder_fields(f, rcu_rows, NR_RCU_FIELDS, r->fields) ||
	    !symbols_find(s, "rcu_state", &r->state) ||
	    !symbols_find(s, "wakeme_after_rcu", &r->wakeme) ||
	    !symbols_find(s, "rcu_num_nodes", &nodes) ||
	    !symbols_find(s, "rcu_num_lvls", &levels) ||
	    memory_number(f->k->m, nodes, sizeof(u32), &nr) || nr > RCU_NODES_MAX ||
	    nr > r->fields[RCU_STATE_NODE].count ||
	    memory_number(f->k->m, levels, sizeof(u32), &nr_levels) || !nr_levels)
		return;
	r->nr_nodes = (u32)nr;
	r->leaf_level = (u32)nr_levels - 1;
	if (!symbols_find(s, "__per_cpu_offset", &r->offsets) ||
	    !symbols_find(s, "cpu_stopper", &r->stopper))
		r->fields[RCU_STOPPER].there = false;
	rcu_find_holders(r, f, false);
	rcu_find_holders(r, f, true);
	r->usable = true;
}

static void rcu_tell(const struct rcu_finder *r, const struct wait_finder *f, bool exp,
		     struct wait *wait)
{
	const struct rcu_holders *h = &r->held[exp];

	wait->kind = &wait_kinds[KIND_RCU];
	wait->lock = r->state;
	finder_set_owner(f, wait, h->task);
	if (h->tasks && h->cpus)
		finder_set_about(wait, "%u tasks and %u CPUs hold it back", h->tasks, h->cpus);
	else if (h->tasks)
		finder_set_about(wait, "%u task%s hold%s it back", h->tasks,
				 h->tasks > 1 ? "s" : "", h->tasks > 1 ? "" : "s");
	else if (h->cpus > 1)
		finder_set_about(wait, "%u CPUs hold it back", h->cpus);
	else if (h->cpus)
		finder_set_about(wait, "CPU %u holds it back", h->cpu);
	/* What runs on a processor now may not be what has kept it from telling. */
	wait->possibly = h->tasks + h->cpus > 1 || h->cpus;
	wait->readers = h->tasks + h->cpus > 1 ? h->tasks + h->cpus : 0;
}

/*
 * Whether the record is to tell of the end of a grace period. It is a callback, or where
 * rcu_normal_wake_from_gp is set (the default of Linux 7) in a list of such. The list is not
 * walked: it leads over the stacks of others, and is torn in many a live dump. But in
 * synchronize_rcu() nothing else is waited for by a completion on the stack.
 */
static bool rcu_is_request(const struct rcu_finder *r, const struct wait_finder *f, u64 record)
{
	u64 func;

	return r->fields[RCU_REQUESTS].there ||
	       (!field_read(f->k->m, record, &r->fields[RCU_HEAD_FUNC], &func) &&
		func == r->wakeme);
}

void rcu_refine(const struct rcu_finder *r, const struct wait_finder *f, struct wait *wait)
{
	u64 record = wait->lock - r->fields[RCU_COMPLETION].off;

	if (r->usable && finder_on_stack(f, wait->lock) &&
	    finder_is_in(f, rcu_functions) && rcu_is_request(r, f, record))
		rcu_tell(r, f, false, wait);
}

void rcu_refine_queue(const struct rcu_finder *r, const struct wait_finder *f,
		      struct wait *wait)
{
	const struct field *nodes = &r->fields[RCU_STATE_NODE];
	u64 start = r->state + nodes->off, size = (u64)r->nr_nodes * nodes->size;

	/* The wait queues are in the nodes, and only these are for this. */
	if (r->usable && nodes->size && wait->lock >= start && wait->lock - start < size &&
	    finder_is_in(f, rcu_exp_functions))
		rcu_tell(r, f, true, wait);
}
