// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * spin.c - a processor that spins in the queue of a spinlock has a node there, and the
 * word of the lock tells which node is the last. Nothing leads from the nodes to the lock:
 * it is the word, of those that the stack of the task points to, that tells of the last
 * node of this queue. Source: kernel/locking/qspinlock.c.
 *
 * The first that waits has no node, and who has the lock is not remembered.
 */
#include <stdlib.h>
#include <string.h>

#include "spin.h"

#define SPIN_NODES	4U		/* of a processor: task, softirq, hardirq, NMI */
#define SPIN_TAIL	0xffff0000U	/* in the word of a lock: the last node, ... */
#define SPIN_TAIL_INDEX	16U		/* ... its number on its processor, ... */
#define SPIN_TAIL_CPU	18U		/* ... the processor's number + 1 */

static const struct field_row spin_rows[] = {
	{ "qnode", "mcs", false },
	{ "qnode", "", false },
	{ "mcs_spinlock", "next", false },
	{ "mcs_spinlock", "count", false },
};

/* A node, and where it is. */
struct spin_node {
	u64 addr;
	u32 cpu, index;
};

/* The address of the first node of @cpu, or 0. */
static u64 spin_nodes_of(const struct spin_finder *s, const struct wait_finder *f, u32 cpu)
{
	u64 possible, offset;

	if (memory_u64(f->k->m, s->mask + cpu / 64 * 8, &possible) ||
	    !(possible >> cpu % 64 & 1) ||
	    memory_u64(f->k->m, s->offsets + cpu * sizeof(offset), &offset))
		return 0;
	return s->qnodes + offset + s->node.off;
}

static int spin_compare(const void *a, const void *b)
{
	const struct spin_first *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Where each lies is looked up once: in a long queue each that spins has a look at all nodes. */
static void spin_find_nodes(struct spin_finder *s, const struct wait_finder *f)
{
	for (u32 cpu = 0; s->usable && cpu < s->nr_cpus; cpu++) {
		u64 addr = spin_nodes_of(s, f, cpu);

		if (addr)
			s->first[s->nr_first++] = (struct spin_first){ addr, cpu };
	}
	qsort(s->first, s->nr_first, sizeof(*s->first), spin_compare);
}

void spin_open(struct spin_finder *s, const struct wait_finder *f)
{
	const struct symbols *sym = &f->k->symbols;
	struct field fields[4];
	u64 ids, nr;

	memset(s, 0, sizeof(*s));
	if (!finder_fields(f, spin_rows, 4, fields) ||
	    !symbols_find(sym, "qnodes", &s->qnodes) ||
	    !symbols_find(sym, "__per_cpu_offset", &s->offsets) ||
	    !symbols_find(sym, "__cpu_possible_mask", &s->mask) ||
	    !symbols_find(sym, "nr_cpu_ids", &ids) ||
	    memory_number(f->k->m, ids, sizeof(u32), &nr) || nr > SPIN_CPUS_MAX)
		return;
	s->node = fields[0];
	s->node.size = fields[1].size;
	s->next = fields[2];
	s->count = fields[3];
	s->nr_cpus = (u32)nr;
	s->usable = s->node.size;
	spin_find_nodes(s, f);
}

/* Find out whose node is at @addr. */
static bool spin_locate(const struct spin_finder *s, u64 addr, struct spin_node *node)
{
	u64 bytes = SPIN_NODES * (u64)s->node.size, off;
	u32 low = 0, high = s->nr_first;

	/* The last one that begins at @addr or before it. */
	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (s->first[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return false;
	off = addr - s->first[low - 1].addr;
	if (off >= bytes || off % s->node.size)
		return false;
	*node = (struct spin_node){ addr, s->first[low - 1].cpu, (u32)(off / s->node.size) };
	return true;
}

/* Go to the last node of the queue. */
static bool spin_find_last(const struct spin_finder *s, const struct wait_finder *f,
			   struct spin_node *node)
{
	for (u32 i = 0; i < s->nr_cpus; i++) {
		u64 next;

		if (field_read(f->k->m, node->addr, &s->next, &next))
			return false;
		if (!next)
			return true;
		if (!spin_locate(s, next, node))
			return false;
	}
	return false;
}

static u64 spin_find_lock(const struct spin_finder *s, const struct wait_finder *f,
			  struct spin_node node)
{
	u64 end = f->task->base + f->stack_size, word, value;

	if (!spin_find_last(s, f, &node))
		return 0;
	for (u64 at = f->task->base; at < end; at += sizeof(word)) {
		u32 tail = (node.cpu + 1) << SPIN_TAIL_CPU | node.index << SPIN_TAIL_INDEX;

		if (!memory_u64(f->k->m, at, &word) && word && word % sizeof(u32) == 0 &&
		    !memory_number(f->k->m, word, sizeof(u32), &value) &&
		    (value & SPIN_TAIL) == tail)
			return word;
	}
	return 0;
}

/* Tell of the task with number @task, which runs on @cpu, if it spins. */
static void spin_find_of_task(const struct spin_finder *s, struct wait_finder *f,
			      const struct task *task)
{
	u64 first = spin_nodes_of(s, f, task->cpu), count, lock;
	struct spin_node node;
	struct wait *wait;

	if (!first || field_read(f->k->m, first, &s->count, &count) || !count ||
	    count > SPIN_NODES)
		return;
	f->task = task;
	f->stack.nr = 0;
	node = (struct spin_node){ first + (count - 1) * s->node.size, task->cpu,
				   (u32)count - 1 };
	lock = spin_find_lock(s, f, node);
	if (!lock)
		return;
	wait = finder_add(f, KIND_SPINLOCK, lock, 0);
	finder_set_about(wait, "CPU %u spins", task->cpu);
}

void spin_find(const struct spin_finder *s, struct wait_finder *f)
{
	for (u32 i = 0; s->usable && i < f->tasks->nr; i++)
		if (f->tasks->all[i].running && f->tasks->all[i].cpu < s->nr_cpus)
			spin_find_of_task(s, f, &f->tasks->all[i]);
}
