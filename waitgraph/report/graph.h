/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * graph.h - tell of deadlocks, and of those for whom others wait.
 */
#ifndef LIVEDUMP_WAITGRAPH_GRAPH_H
#define LIVEDUMP_WAITGRAPH_GRAPH_H

#include <stdio.h>

#include "waitgraph/graph/cycles.h"
#include "waitgraph/tasks/tasks.h"
#include "waitgraph/tasks/unwind.h"
#include "waitgraph/waits/waits.h"

/* How much is printed. UINT32_MAX: all. */
struct graph_limits {
	u32 names;			/* of tasks that wait behind others */
	u32 lines;			/* of waits for one task, or of one deadlock */
	u32 parts;			/* deadlocks, and tasks that others wait for */
	u32 frames;			/* of the stack of a task that others wait for */
};

/* What fits on a screen. */
#define GRAPH_SCREEN	((struct graph_limits){ 8, 6, 3, 8 })
#define GRAPH_ALL	((struct graph_limits){ UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX })

struct graph {
	FILE *out;
	struct graph_limits limits;
	const struct kernel *k;
	const struct tasks *tasks;
	const struct unwind_fields *unwind;
	const struct waits *waits;
	struct cycles cycles;		/* a node is a task's number */
	bool *stuck;			/* of the group: it is a deadlock, and stands still */
	const struct wait **order;	/* all waits by group, in it by PID; ends with NULL */
};

/*
 * Find the circles of waits, and put the waits in order. Before it, the members
 * from k to waits must be set. Returns 0, or -ENOMEM and sets @err. The caller must call
 * graph_free() even then.
 */
int graph_find(struct graph *g, struct error *err);
void graph_free(struct graph *g);

/* Whether @w has lasted for WAITS_HANG_NS. */
bool graph_is_long(const struct graph *g, const struct wait *w);

/* Whether there is a deadlock that stands still or a wait of WAITS_HANG_NS. */
bool graph_hangs(const struct graph *g);

/* The number of the group that @w belongs to. */
static inline u32 graph_group(const struct graph *g, const struct wait *w)
{
	return g->cycles.group[w->task];
}

/*
 * Print the report. The stacks of tasks in a deadlock are in it only with GRAPH_ALL.
 * Returns 0, or -ENOMEM and sets @err.
 */
int graph_print(const struct graph *g, struct error *err);

/* Print all waits as a drawing for dot(1). Returns 0, or -ENOMEM and sets @err. */
int graph_draw(const struct graph *g, struct error *err);

/* How the report names the lock of @w. */
const char *graph_lock_name(const struct graph *g, const struct wait *w,
			    char buf[KERNEL_PLACE_SIZE]);

#endif
