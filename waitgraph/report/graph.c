// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * graph.c - the graph of tasks that wait for tasks.
 */
#include <errno.h>
#include <stdlib.h>

#include "graph.h"

/* A wait, and what it is sorted by. */
struct graph_key {
	u32 group, pid;
	const struct wait *wait;
};

static int graph_compare(const void *a, const void *b)
{
	const struct graph_key *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int graph_sort(struct graph *g)
{
	struct graph_key *keys = calloc((size_t)g->waits->nr + 1, sizeof(*keys));

	g->order = calloc((size_t)g->waits->nr + 1, sizeof(*g->order));
	if (!keys || !g->order) {
		free(keys);
		return -ENOMEM;
	}
	for (u32 i = 0; i < g->waits->nr; i++) {
		const struct wait *w = &g->waits->all[i];

		keys[i] = (struct graph_key){ graph_group(g, w), g->tasks->all[w->task].pid, w };
	}
	qsort(keys, g->waits->nr, sizeof(*keys), graph_compare);
	for (u32 i = 0; i < g->waits->nr; i++)
		g->order[i] = keys[i].wait;
	free(keys);
	return 0;
}

/*
 * Whether @w lasts for so long, or for who knows how long, that its owner can be believed:
 * a reader is remembered after it has left.
 */
static bool graph_is_still(const struct graph *g, const struct wait *w)
{
	return g->tasks->all[w->task].waited >= (w->possibly ? WAITS_HANG_NS : WAITS_STILL_NS);
}

static int graph_find_stuck(struct graph *g)
{
	g->stuck = calloc((size_t)g->tasks->nr + 1, sizeof(*g->stuck));
	if (!g->stuck)
		return -ENOMEM;
	for (u32 i = 0; i < g->tasks->nr; i++)
		g->stuck[g->cycles.group[i]] = g->cycles.looped[g->cycles.group[i]];
	for (u32 i = 0; i < g->waits->nr; i++)
		if (!graph_is_still(g, &g->waits->all[i]))
			g->stuck[graph_group(g, &g->waits->all[i])] = false;
	return 0;
}

int graph_find(struct graph *g, struct error *err)
{
	struct cycles_edge *edges = calloc((size_t)g->waits->nr + 1, sizeof(*edges));
	int ret = -ENOMEM;
	u32 nr = 0;

	g->cycles = (struct cycles){ 0 };
	g->order = NULL;
	g->stuck = NULL;
	for (u32 i = 0; edges && i < g->waits->nr; i++)
		if (g->waits->all[i].owner != WAITS_NOBODY)
			edges[nr++] = (struct cycles_edge){ g->waits->all[i].task,
							    g->waits->all[i].owner };
	if (edges)
		ret = cycles_find(&g->cycles, g->tasks->nr, edges, nr);
	free(edges);
	if (!ret)
		ret = graph_find_stuck(g);
	if (!ret)
		ret = graph_sort(g);
	if (ret)
		error_set(err, "the waits of tasks: not enough memory");
	return ret;
}

void graph_free(struct graph *g)
{
	cycles_free(&g->cycles);
	free(g->order);
	free(g->stuck);
	g->order = NULL;
	g->stuck = NULL;
}

bool graph_is_long(const struct graph *g, const struct wait *w)
{
	u64 waited = g->tasks->all[w->task].waited;

	return waited != UINT64_MAX && waited >= WAITS_HANG_NS;
}

bool graph_hangs(const struct graph *g)
{
	for (const struct wait **w = g->order; *w; w++)
		if (g->stuck[graph_group(g, *w)] || graph_is_long(g, *w))
			return true;
	return false;
}
