// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * graph_print.c - the report on waits: each deadlock, then each task that others wait
 * for, then waits whose lock or owner is not known.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "graph.h"
#include "print.h"

const char *graph_lock_name(const struct graph *g, const struct wait *w,
			    char buf[KERNEL_PLACE_SIZE])
{
	struct symbol_at at;

	if (w->kind == &wait_kinds[KIND_SLEEP])
		snprintf(buf, KERNEL_PLACE_SIZE, "not known");
	else if (!w->lock)
		snprintf(buf, KERNEL_PLACE_SIZE, "a %s that cannot be read", w->kind->name);
	else if (!symbols_at(&g->k->symbols, w->lock, &at))
		snprintf(buf, KERNEL_PLACE_SIZE, "%s 0x%" PRIx64, w->kind->name,
			 (uint64_t)w->lock);
	else
		kernel_data(g->k, w->lock, buf);
	return buf;
}

static void graph_print_name(const struct graph *g, u32 task)
{
	fprintf(g->out, "%s (%" PRIu32 ")", g->tasks->all[task].comm, g->tasks->all[task].pid);
}

/* What the owner does with what is waited for. */
static const char *graph_verb(const struct wait *w)
{
	if (w->kind->event)
		return w->possibly ? "possibly is to end" : "is to end";
	return w->possibly ? "possibly holds" : "holds";
}

static void graph_print_wait(const struct graph *g, const struct wait *w)
{
	char lock[KERNEL_PLACE_SIZE], place[KERNEL_PLACE_SIZE], time[PRINT_TIME_SIZE];

	fprintf(g->out, "has waited %s", print_time(g->tasks->all[w->task].waited, time));
	if (w->kind != &wait_kinds[KIND_SLEEP])
		fprintf(g->out, " for %s", graph_lock_name(g, w, lock));
	if (*w->about)
		fprintf(g->out, " (%s)", w->about);
	if (w->caller.ip)
		fprintf(g->out, " in %s", kernel_place(g->k, w->caller.ip, w->caller.exact, place));
}

/* Name the tasks outside of @group that wait for one in it, directly or not. */
static void graph_print_behind(const struct graph *g, u32 group, bool deadlock, u32 nr)
{
	bool *marked = calloc((size_t)g->cycles.nr_groups + 1, sizeof(*marked));
	u32 printed = 0;

	if (!nr || !marked) {
		free(marked);
		return;
	}
	fprintf(g->out, "%" PRIu32 "%s task%s wait%s behind %s:", nr, deadlock ? " more" : "",
		nr == 1 ? "" : "s", nr == 1 ? "s" : "", deadlock ? "them" : "it");
	/* Groups wait for lower ones only, and the waits are in their order. */
	marked[group] = true;
	for (const struct wait **w = g->order; *w; w++) {
		if ((*w)->owner == WAITS_NOBODY || graph_group(g, *w) == group ||
		    !marked[g->cycles.group[(*w)->owner]])
			continue;
		marked[graph_group(g, *w)] = true;
		if (printed++ >= g->limits.names)
			continue;
		fputs(printed > 1 ? ", " : " ", g->out);
		graph_print_name(g, (*w)->task);
	}
	fputs(printed > g->limits.names ? ", ...\n" : "\n", g->out);
	free(marked);
}

/* The wait of another for what @task has, among the @nr waits at @w, or NULL. */
static const struct wait *graph_held(const struct wait **w, u32 nr, u32 task)
{
	for (u32 i = 0; i < nr; i++)
		if (w[i]->owner == task)
			return w[i];
	return NULL;
}

static void graph_print_headline(const struct graph *g, const struct wait **w, u32 nr)
{
	bool possibly = !g->stuck[graph_group(g, w[0])], mixed = false;
	char lock[KERNEL_PLACE_SIZE];

	for (u32 i = 0; i < nr; i++) {
		possibly |= w[i]->possibly;
		mixed |= w[i]->kind != w[0]->kind;
	}
	fprintf(g->out, "%sdeadlock: %" PRIu32 " task%s, %s ", possibly ? "possible " : "",
		nr, nr == 1 ? "" : "s", mixed ? "locks" : nr == 1 ? w[0]->kind->name :
		w[0]->kind->plural);
	for (u32 i = 0; i < nr && i < g->limits.names; i++)
		fprintf(g->out, "%s%s", !i ? "" : i + 1 < nr ? ", " : " and ",
			graph_lock_name(g, w[i], lock));
	fputs(nr > g->limits.names ? ", ...\n" : "\n", g->out);
}

static void graph_print_stack(const struct graph *g, u32 task, struct stack *stack)
{
	const struct task *t = &g->tasks->all[task];

	unwind_task(g->k, g->unwind, t->base, t->sp, stack);
	print_stack(g->out, g->k, stack, g->limits.frames);
}

/* The @nr waits at @w are those of one deadlock. */
static void graph_print_deadlock(const struct graph *g, const struct wait **w, u32 nr,
				 struct stack *stack)
{
	char lock[KERNEL_PLACE_SIZE];

	graph_print_headline(g, w, nr);
	for (u32 i = 0; i < nr && i < g->limits.lines; i++) {
		const struct wait *held = graph_held(w, nr, w[i]->task);

		fputs("  ", g->out);
		graph_print_name(g, w[i]->task);
		if (held)
			fprintf(g->out, " %s %s,", graph_verb(held),
				graph_lock_name(g, held, lock));
		fputc(' ', g->out);
		graph_print_wait(g, w[i]);
		fputc('\n', g->out);
		if (g->limits.frames == UINT32_MAX)
			graph_print_stack(g, w[i]->task, stack);
	}
	if (nr > g->limits.lines)
		fprintf(g->out, "  and %" PRIu32 " more\n", nr - g->limits.lines);
	graph_print_behind(g, graph_group(g, w[0]), true, g->cycles.behind[w[0]->task]);
}

static void graph_print_deadlocks(const struct graph *g, struct stack *stack)
{
	u32 found = 0, nr;

	for (const struct wait **w = g->order; *w; w += nr) {
		for (nr = 1; w[nr] && graph_group(g, w[nr]) == graph_group(g, w[0]);)
			nr++;
		if (g->cycles.looped[graph_group(g, w[0])] && found++ < g->limits.parts)
			graph_print_deadlock(g, w, nr, stack);
	}
	if (found > g->limits.parts)
		fprintf(g->out, "%" PRIu32 " more deadlocks\n", found - g->limits.parts);
}

/* A line: @w is a wait for what nobody is known to have. */
static void graph_print_unowned(const struct graph *g, const struct wait *w)
{
	graph_print_name(g, w->task);
	fputc(' ', g->out);
	graph_print_wait(g, w);
	if (w->kind == &wait_kinds[KIND_SLEEP])
		fputs(", and what for is not known\n", g->out);
	else if (w->readers && !w->kind->event)
		fprintf(g->out, ", which %" PRIu64 " reader%s\n", (uint64_t)w->readers,
			w->readers == 1 ? " holds" : "s hold");
	else if (w->kind->event)
		fputs(", and who is to end it is not known\n", g->out);
	else
		fputs(", and who holds it is not known\n", g->out);
}

/* What a task does that others wait for: it may wait itself, for what nobody has. */
static void graph_print_doing(const struct graph *g, u32 root)
{
	const struct task *t = &g->tasks->all[root];

	for (const struct wait **w = g->order; *w; w++)
		if ((*w)->task == root) {
			graph_print_unowned(g, *w);
			return;
		}
	graph_print_name(g, root);
	if (t->running)
		fprintf(g->out, " runs on CPU %" PRIu32, t->cpu);
	else
		fprintf(g->out, " is in state %c", t->state);
	fputs(" and waits for no lock\n", g->out);
}

static void graph_print_root(const struct graph *g, u32 root, struct stack *stack)
{
	const struct task *t = &g->tasks->all[root];
	u32 nr = 0;

	graph_print_doing(g, root);
	for (const struct wait **w = g->order; *w; w++) {
		if ((*w)->owner != root || nr++ >= g->limits.lines)
			continue;
		fputs("  ", g->out);
		graph_print_name(g, (*w)->task);
		fputc(' ', g->out);
		graph_print_wait(g, *w);
		fputs(", which ", g->out);
		graph_print_name(g, root);
		fprintf(g->out, " %s\n", graph_verb(*w));
	}
	graph_print_behind(g, g->cycles.group[root], false, g->cycles.behind[root]);
	if (!t->running)
		graph_print_stack(g, root, stack);
}

/* Waits that hang come first, and of these and the others those that tell more. */
static unsigned int graph_rank(const struct graph *g, const struct wait *w)
{
	return 2 * !graph_is_long(g, w) + (w->kind == &wait_kinds[KIND_SLEEP]);
}

/* The waits for what nobody has, but those of tasks that were told already. */
static void graph_print_rest(const struct graph *g)
{
	u32 nr = 0;

	for (unsigned int rank = 0; rank < 4; rank++)
		for (const struct wait **w = g->order; *w; w++)
			if ((*w)->owner == WAITS_NOBODY && !g->cycles.behind[(*w)->task] &&
			    graph_rank(g, *w) == rank && nr++ < g->limits.lines)
				graph_print_unowned(g, *w);
	if (nr > g->limits.lines)
		fprintf(g->out, "%" PRIu32 " more whose owner is not known\n",
			nr - g->limits.lines);
}

int graph_print(const struct graph *g, struct error *err)
{
	struct stack *stack = malloc(sizeof(*stack));
	u32 *roots = calloc((size_t)g->tasks->nr + 1, sizeof(*roots));
	int ret = -ENOMEM;
	u32 nr = 0;

	if (stack && roots)
		ret = cycles_roots(&g->cycles, roots, &nr);
	if (!ret) {
		graph_print_deadlocks(g, stack);
		for (u32 i = 0; i < nr && i < g->limits.parts; i++)
			graph_print_root(g, roots[i], stack);
		if (nr > g->limits.parts)
			fprintf(g->out, "%" PRIu32 " more tasks that others wait for\n",
				nr - g->limits.parts);
		graph_print_rest(g);
		if (!g->waits->nr)
			fputs("no task waits for a lock\n", g->out);
	} else {
		error_set(err, "the waits of tasks: not enough memory");
	}
	free(roots);
	free(stack);
	return ret;
}
