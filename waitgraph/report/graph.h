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
};

/*
 * Print the report. *@hangs is set to whether there is a deadlock or a wait of
 * GRAPH_HANG_NS. The members of @g but cycles are the caller's. Returns 0, or -ENOMEM
 * and sets @err.
 */
int graph_print(struct graph *g, bool *hangs, struct error *err);

#endif
