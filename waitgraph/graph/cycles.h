/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cycles.h - who waits for whom, among things that have only numbers: groups that wait
 * for each other in a circle, and how many wait behind each.
 */
#ifndef LIVEDUMP_WAITGRAPH_CYCLES_H
#define LIVEDUMP_WAITGRAPH_CYCLES_H

#include "port/port.h"

/* @from waits for @to. Both are less than the number of nodes. */
struct cycles_edge {
	u32 from, to;
};

struct cycles {
	u32 nr;				/* of nodes; each array has so many elements */
	u32 *group;			/* number of the group: nodes that reach each other */
	u32 *group_size;		/* of the group with that number */
	/*
	 * Nodes outside of its group that wait for it, directly or not. Only for a node that
	 * waits for nobody, and for all of a group that loops; else 0.
	 */
	u32 *behind;
	bool *looped;			/* of the group: it waits for itself */
	bool *waits;			/* the node waits for another */
	u32 nr_groups;
};

/*
 * Groups are numbered so that one waits only for those with lower numbers. Returns 0,
 * -ENOMEM, or -EINVAL if an edge has a number that no node has. The caller must call
 * cycles_free() even then.
 */
int cycles_find(struct cycles *c, u32 nr, const struct cycles_edge *edges, u32 nr_edges);
void cycles_free(struct cycles *c);

/*
 * List all nodes that others wait for and that wait for nobody in @roots, which has room
 * for all nodes: those with the most behind them first. Returns 0 or -ENOMEM.
 */
int cycles_roots(const struct cycles *c, u32 *roots, u32 *nr);

#endif
