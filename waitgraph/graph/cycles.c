// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cycles.c - strongly connected components, by Tarjan's algorithm without recursion: a
 * chain of waits may be as long as there are tasks.
 */
#include <errno.h>
#include <stdlib.h>

#include "cycles.h"

#define CYCLES_NONE	UINT32_MAX

/* Edges sorted by where they begin: those of node n are at first[n] .. first[n + 1] - 1. */
struct cycles_lists {
	u32 *first;
	u32 *to;
};

struct cycles_walk {
	struct cycles *c;
	struct cycles_lists out;
	u32 *index, *low;		/* the order of the first visit; CYCLES_NONE: none yet */
	u32 *next;			/* the edge to follow next */
	u32 *path, nr_path;		/* nodes whose edges are being followed */
	u32 *open, nr_open;		/* nodes visited that have no group yet */
	u32 visited;
};

/* @backward: the lists have the other ends of the edges. */
static int cycles_lists_make(struct cycles_lists *l, u32 nr, const struct cycles_edge *edges,
			     u32 nr_edges, bool backward)
{
	l->first = calloc((size_t)nr + 2, sizeof(*l->first));
	l->to = calloc((size_t)nr_edges + 1, sizeof(*l->to));
	if (!l->first || !l->to)
		return -ENOMEM;
	for (u32 i = 0; i < nr_edges; i++)
		l->first[(backward ? edges[i].to : edges[i].from) + 2]++;
	for (u32 i = 2; i < nr + 2; i++)
		l->first[i] += l->first[i - 1];
	for (u32 i = 0; i < nr_edges; i++) {
		u32 at = backward ? edges[i].to : edges[i].from;

		l->to[l->first[at + 1]++] = backward ? edges[i].from : edges[i].to;
	}
	return 0;
}

static void cycles_lists_free(struct cycles_lists *l)
{
	free(l->first);
	free(l->to);
}

static void cycles_enter(struct cycles_walk *w, u32 node)
{
	w->index[node] = w->visited;
	w->low[node] = w->visited++;
	w->next[node] = w->out.first[node];
	w->path[w->nr_path++] = node;
	w->open[w->nr_open++] = node;
}

/* All edges of @node were followed. */
static void cycles_leave(struct cycles_walk *w, u32 node)
{
	struct cycles *c = w->c;
	u32 member;

	w->nr_path--;
	if (w->nr_path) {
		u32 before = w->path[w->nr_path - 1];

		if (w->low[node] < w->low[before])
			w->low[before] = w->low[node];
	}
	if (w->low[node] != w->index[node])
		return;
	do {
		member = w->open[--w->nr_open];
		c->group[member] = c->nr_groups;
		c->group_size[c->nr_groups]++;
	} while (member != node);
	c->nr_groups++;
}

static void cycles_walk_from(struct cycles_walk *w, u32 start)
{
	cycles_enter(w, start);
	while (w->nr_path) {
		u32 node = w->path[w->nr_path - 1], to;

		if (w->next[node] == w->out.first[node + 1]) {
			cycles_leave(w, node);
			continue;
		}
		to = w->out.to[w->next[node]++];
		if (w->index[to] == CYCLES_NONE)
			cycles_enter(w, to);
		else if (w->c->group[to] == CYCLES_NONE && w->index[to] < w->low[node])
			w->low[node] = w->index[to];
	}
}

/* Count who waits behind @start, by walking the edges backward from its group. */
static u32 cycles_count_behind(const struct cycles *c, const struct cycles_lists *in, u32 start,
			       u32 *seen, u32 *queue)
{
	u32 nr = 0, mark = start + 1, behind = 0;

	seen[start] = mark;
	queue[nr++] = start;
	for (u32 i = 0; i < nr; i++) {
		for (u32 j = in->first[queue[i]]; j < in->first[queue[i] + 1]; j++) {
			u32 from = in->to[j];

			if (seen[from] == mark)
				continue;
			seen[from] = mark;
			queue[nr++] = from;
			behind += c->group[from] != c->group[start];
		}
	}
	return behind;
}

/*
 * Only for those whom a report tells of: groups that loop, and nodes that wait for
 * nobody. Every node is behind few of these, so it takes little time.
 */
static int cycles_count(struct cycles *c, const struct cycles_edge *edges, u32 nr_edges)
{
	u32 *seen = calloc((size_t)c->nr + 1, sizeof(*seen));
	u32 *queue = calloc((size_t)c->nr + 1, sizeof(*queue));
	bool *done = calloc((size_t)c->nr + 1, sizeof(*done));
	struct cycles_lists in = { NULL, NULL };
	int ret = -ENOMEM;

	if (seen && queue && done)
		ret = cycles_lists_make(&in, c->nr, edges, nr_edges, true);
	for (u32 i = 0; i < c->nr && !ret; i++) {
		u32 group = c->group[i];

		if ((c->waits[i] && !c->looped[group]) || done[group])
			continue;
		done[group] = true;
		c->behind[i] = cycles_count_behind(c, &in, i, seen, queue);
	}
	for (u32 i = 0; i < c->nr && !ret; i++)
		queue[i] = 0;
	for (u32 i = 0; i < c->nr && !ret; i++)
		if (c->looped[c->group[i]] && c->behind[i])
			queue[c->group[i]] = c->behind[i];
	for (u32 i = 0; i < c->nr && !ret; i++)
		if (c->looped[c->group[i]])
			c->behind[i] = queue[c->group[i]];
	cycles_lists_free(&in);
	free(done);
	free(queue);
	free(seen);
	return ret;
}

static int cycles_groups(struct cycles *c, const struct cycles_edge *edges, u32 nr_edges)
{
	struct cycles_walk w = { .c = c };
	size_t room = (size_t)c->nr + 1;
	u32 *arrays = calloc(room, 5 * sizeof(*arrays));
	int ret = -ENOMEM;

	if (arrays)
		ret = cycles_lists_make(&w.out, c->nr, edges, nr_edges, false);
	if (!ret) {
		w.index = arrays;
		w.low = arrays + room;
		w.next = arrays + 2 * room;
		w.path = arrays + 3 * room;
		w.open = arrays + 4 * room;
		for (u32 i = 0; i < c->nr; i++) {
			w.index[i] = CYCLES_NONE;
			c->group[i] = CYCLES_NONE;
		}
		for (u32 i = 0; i < c->nr; i++)
			if (w.index[i] == CYCLES_NONE)
				cycles_walk_from(&w, i);
	}
	cycles_lists_free(&w.out);
	free(arrays);
	return ret;
}

int cycles_find(struct cycles *c, u32 nr, const struct cycles_edge *edges, u32 nr_edges)
{
	size_t room = (size_t)nr + 1;
	int ret;

	*c = (struct cycles){ .nr = nr };
	for (u32 i = 0; i < nr_edges; i++)
		if (edges[i].from >= nr || edges[i].to >= nr)
			return -EINVAL;
	c->group = calloc(room, sizeof(*c->group));
	c->group_size = calloc(room, sizeof(*c->group_size));
	c->behind = calloc(room, sizeof(*c->behind));
	c->looped = calloc(room, sizeof(*c->looped));
	c->waits = calloc(room, sizeof(*c->waits));
	if (!c->group || !c->group_size || !c->behind || !c->looped || !c->waits)
		return -ENOMEM;
	ret = cycles_groups(c, edges, nr_edges);
	if (ret)
		return ret;
	for (u32 i = 0; i < nr_edges; i++) {
		c->waits[edges[i].from] = true;
		if (c->group[edges[i].from] == c->group[edges[i].to])
			c->looped[c->group[edges[i].from]] = true;
	}
	return cycles_count(c, edges, nr_edges);
}

void cycles_free(struct cycles *c)
{
	free(c->group);
	free(c->group_size);
	free(c->behind);
	free(c->looped);
	free(c->waits);
	*c = (struct cycles){ 0 };
}

/* A node with its key; the sort is by key, then by node. */
struct cycles_root {
	u32 node, behind;
};

static int cycles_compare(const void *a, const void *b)
{
	const struct cycles_root *x = a, *y = b;

	if (x->behind != y->behind)
		return x->behind > y->behind ? -1 : 1;
	return x->node < y->node ? -1 : x->node > y->node;
}

int cycles_roots(const struct cycles *c, u32 *roots, u32 *nr)
{
	struct cycles_root *sorted = calloc((size_t)c->nr + 1, sizeof(*sorted));

	*nr = 0;
	if (!sorted)
		return -ENOMEM;
	for (u32 i = 0; i < c->nr; i++)
		if (!c->waits[i] && c->behind[i])
			sorted[(*nr)++] = (struct cycles_root){ i, c->behind[i] };
	qsort(sorted, *nr, sizeof(*sorted), cycles_compare);
	for (u32 i = 0; i < *nr; i++)
		roots[i] = sorted[i].node;
	free(sorted);
	return 0;
}
