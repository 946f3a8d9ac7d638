// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * graph.c - the report on waits: each deadlock, then each task that others wait for,
 * then waits whose lock or owner is not known.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "graph.h"
#include "print.h"

#define GRAPH_NAMES_MAX	8U		/* of tasks that wait behind others */

static const char *graph_lock_name(const struct graph *g, const struct wait *w,
				   char buf[KERNEL_PLACE_SIZE])
{
	struct symbol_at at;

	if (symbols_at(&g->k->symbols, w->lock, &at))
		return kernel_place(g->k, w->lock, true, buf);
	snprintf(buf, KERNEL_PLACE_SIZE, "%s 0x%" PRIx64, w->kind->name, (uint64_t)w->lock);
	return buf;
}

static void graph_print_name(const struct graph *g, u32 task)
{
	fprintf(g->out, "%s (%" PRIu32 ")", g->tasks->all[task].comm, g->tasks->all[task].pid);
}

/* The lock that @task has and that another of @group waits for, or NULL. */
static const struct wait *graph_held(const struct graph *g, u32 task, u32 group)
{
	for (u32 i = 0; i < g->waits->nr; i++)
		if (g->waits->all[i].owner == task &&
		    g->cycles.group[g->waits->all[i].task] == group)
			return &g->waits->all[i];
	return NULL;
}

static void graph_print_wait(const struct graph *g, const struct wait *w)
{
	char lock[KERNEL_PLACE_SIZE], place[KERNEL_PLACE_SIZE], time[PRINT_TIME_SIZE];

	fprintf(g->out, "has waited %s for %s", print_time(g->tasks->all[w->task].waited, time),
		w->lock ? graph_lock_name(g, w, lock) : "a lock that cannot be read");
	if (w->caller.ip)
		fprintf(g->out, " in %s", kernel_place(g->k, w->caller.ip, w->caller.exact, place));
}

/* Name the tasks outside of @group that wait for one in it, directly or not. */
static void graph_print_behind(const struct graph *g, u32 group, bool deadlock, u32 nr)
{
	bool *marked = calloc(g->cycles.nr_groups + 1, sizeof(*marked));
	u32 printed = 0;

	if (!nr || !marked) {
		free(marked);
		return;
	}
	fprintf(g->out, "  %" PRIu32 "%s task%s wait%s behind %s:", nr, deadlock ? " more" : "",
		nr == 1 ? "" : "s", nr == 1 ? "s" : "", deadlock ? "them" : "it");
	marked[group] = true;
	for (u32 changed = 1; changed;) {
		changed = 0;
		for (u32 i = 0; i < g->waits->nr; i++) {
			const struct wait *w = &g->waits->all[i];
			u32 its = g->cycles.group[w->task];

			if (w->owner == WAITS_NOBODY || marked[its] ||
			    !marked[g->cycles.group[w->owner]])
				continue;
			marked[its] = true;
			changed = 1;
			if (printed++ < GRAPH_NAMES_MAX) {
				fputs(printed > 1 ? ", " : " ", g->out);
				graph_print_name(g, w->task);
			}
		}
	}
	fputs(printed > GRAPH_NAMES_MAX ? ", ...\n" : "\n", g->out);
	free(marked);
}

static void graph_print_deadlock(const struct graph *g, u32 group, u32 behind)
{
	char lock[KERNEL_PLACE_SIZE];
	const struct wait_kind *kind = NULL;
	bool possibly = false, mixed = false;
	u32 nr = 0;

	for (u32 i = 0; i < g->waits->nr; i++) {
		const struct wait *w = &g->waits->all[i];

		if (g->cycles.group[w->task] != group)
			continue;
		possibly |= w->possibly;
		mixed |= kind && kind != w->kind;
		kind = w->kind;
	}
	fprintf(g->out, "%sdeadlock: %" PRIu32 " task%s, %s ", possibly ? "possible " : "",
		g->cycles.group_size[group], g->cycles.group_size[group] == 1 ? "" : "s",
		!kind || mixed ? "locks" : g->cycles.group_size[group] == 1 ? kind->name :
		kind->plural);
	for (u32 i = 0; i < g->waits->nr; i++)
		if (g->cycles.group[g->waits->all[i].task] == group)
			fprintf(g->out, "%s%s", nr++ ? " and " : "",
				graph_lock_name(g, &g->waits->all[i], lock));
	fputc('\n', g->out);
	for (u32 i = 0; i < g->waits->nr; i++) {
		const struct wait *w = &g->waits->all[i], *held;

		if (g->cycles.group[w->task] != group)
			continue;
		held = graph_held(g, w->task, group);
		fputs("  ", g->out);
		graph_print_name(g, w->task);
		if (held)
			fprintf(g->out, " %s %s,", held->possibly ? "possibly holds" : "holds",
				graph_lock_name(g, held, lock));
		fputc(' ', g->out);
		graph_print_wait(g, w);
		fputc('\n', g->out);
	}
	graph_print_behind(g, group, true, behind);
}

static void graph_print_root(const struct graph *g, u32 root, struct stack *stack)
{
	const struct task *t = &g->tasks->all[root];
	u32 group = g->cycles.group[root];

	graph_print_name(g, root);
	if (t->running)
		fprintf(g->out, " runs on CPU %" PRIu32, t->cpu);
	else
		fprintf(g->out, " is in state %c", t->state);
	fputs(" and waits for no lock\n", g->out);
	for (u32 i = 0; i < g->waits->nr; i++) {
		const struct wait *w = &g->waits->all[i];

		if (w->owner != root)
			continue;
		fputs("  ", g->out);
		graph_print_name(g, w->task);
		fputc(' ', g->out);
		graph_print_wait(g, w);
		fputs(w->possibly ? ", which it possibly holds\n" : ", which it holds\n", g->out);
	}
	graph_print_behind(g, group, false, g->cycles.behind[root]);
	if (t->running)
		return;
	unwind_task(g->k, g->unwind, t->base, t->sp, stack);
	print_stack(g->out, g->k, stack);
}

static int graph_find_cycles(struct graph *g)
{
	struct cycles_edge *edges = calloc((size_t)g->waits->nr + 1, sizeof(*edges));
	u32 nr = 0;
	int ret;

	if (!edges)
		return -ENOMEM;
	for (u32 i = 0; i < g->waits->nr; i++)
		if (g->waits->all[i].owner != WAITS_NOBODY)
			edges[nr++] = (struct cycles_edge){ g->waits->all[i].task,
							    g->waits->all[i].owner };
	ret = cycles_find(&g->cycles, g->tasks->nr, edges, nr);
	free(edges);
	return ret;
}

/* Returns the number of deadlocks. */
static u32 graph_print_deadlocks(const struct graph *g)
{
	u32 found = 0;

	for (u32 i = 0; i < g->waits->nr; i++) {
		u32 task = g->waits->all[i].task, group = g->cycles.group[task];
		bool first = g->cycles.looped[group];

		/* Waits are in the order of tasks: the first of a group has the count. */
		for (u32 j = 0; j < i && first; j++)
			first = g->cycles.group[g->waits->all[j].task] != group;
		if (!first)
			continue;
		graph_print_deadlock(g, group, g->cycles.behind[task]);
		found++;
	}
	return found;
}

static void graph_print_unowned(const struct graph *g)
{
	for (u32 i = 0; i < g->waits->nr; i++) {
		const struct wait *w = &g->waits->all[i];

		if (w->owner != WAITS_NOBODY)
			continue;
		graph_print_name(g, w->task);
		fputc(' ', g->out);
		graph_print_wait(g, w);
		if (w->readers)
			fprintf(g->out, ", which %" PRIu64 " readers hold\n", (uint64_t)w->readers);
		else
			fputs(", and who holds it is not known\n", g->out);
	}
}

int graph_print(struct graph *g, bool *hangs, struct error *err)
{
	struct stack *stack = malloc(sizeof(*stack));
	u32 *roots = calloc((size_t)g->tasks->nr + 1, sizeof(*roots));
	u32 nr = 0;
	int ret = -ENOMEM;

	if (stack && roots)
		ret = graph_find_cycles(g);
	if (!ret)
		ret = cycles_roots(&g->cycles, roots, &nr);
	if (!ret) {
		*hangs = graph_print_deadlocks(g) != 0;
		for (u32 i = 0; i < nr; i++)
			graph_print_root(g, roots[i], stack);
		graph_print_unowned(g);
		for (u32 i = 0; i < g->waits->nr; i++) {
			u64 waited = g->tasks->all[g->waits->all[i].task].waited;

			*hangs |= waited != UINT64_MAX && waited >= GRAPH_HANG_NS;
		}
		if (!g->waits->nr)
			fputs("no task waits for a lock\n", g->out);
	} else {
		error_set(err, "the waits of tasks: not enough memory");
	}
	cycles_free(&g->cycles);
	free(roots);
	free(stack);
	return ret;
}
