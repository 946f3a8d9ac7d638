/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * graph.h - tell of deadlocks, and of those for whom others wait.
 */
#ifndef LIVEDUMP_WAITGRAPH_GRAPH_H
#define LIVEDUMP_WAITGRAPH_GRAPH_H

#include <stdio.h>

#include "waitgraph/graph/cycles.h"
#include "waitgraph/kernel/tasks.h"
#include "waitgraph/kernel/unwind.h"
#include "waitgraph/waits/waits.h"

/* A wait this long counts as a hang, in ns. */
#define GRAPH_HANG_NS	10000000000ULL

struct graph {
	FILE *out;
	const struct kernel *k;
	const struct tasks *tasks;
	const struct unwind_fields *unwind;
	const struct waits *waits;
	struct cycles cycles;		/* a node is a task's number */
	const struct wait **order;	/* all waits by group, in it by PID; ends with NULL */
};

/*
 * Find the circles of waits, and put the waits in order. Before it, all members but the
 * last two must be set. Returns 0, or -ENOMEM and sets @err. The caller must call
 * graph_free() even then.
 */
int graph_find(struct graph *g, struct error *err);
void graph_free(struct graph *g);

/* Whether there is a deadlock or a wait of GRAPH_HANG_NS. */
bool graph_hangs(const struct graph *g);

/* The number of the group that @w belongs to. */
static inline u32 graph_group(const struct graph *g, const struct wait *w)
{
	return g->cycles.group[w->task];
}

/* Print the report. Returns 0, or -ENOMEM and sets @err. */
int graph_print(const struct graph *g, struct error *err);

#endif
