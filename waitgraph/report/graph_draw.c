// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * graph_draw.c - the graph of waits in the language of dot(1): tasks are boxes, locks
 * are ellipses, and what belongs to a deadlock, or to a possible one, is red. A lock that
 * cannot be read has a node for each of its waits.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "graph.h"
#include "print.h"

#define DRAW_DEADLOCK	", color=red, penwidth=2"

/* Text in a string of dot. It is printable already; a backslash would begin an escape. */
static void draw_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void draw_lock_id(const struct graph *g, const struct wait *w)
{
	if (w->lock)
		fprintf(g->out, "\"lock %" PRIx64 "\"", (uint64_t)w->lock);
	else
		fprintf(g->out, "\"lock of %" PRIu32 "\"", w->task);
}

static bool draw_is_deadlock(const struct graph *g, u32 task)
{
	return g->cycles.looped[g->cycles.group[task]];
}

static void draw_task(const struct graph *g, u32 task)
{
	const struct task *t = &g->tasks->all[task];
	char time[PRINT_TIME_SIZE];

	fprintf(g->out, "\t\"task %" PRIu32 "\" [shape=box, label=\"", task);
	draw_text(g->out, t->comm);
	fprintf(g->out, " (%" PRIu32 ")\\n", t->pid);
	if (t->running)
		fprintf(g->out, "runs on CPU %" PRIu32, t->cpu);
	else
		fprintf(g->out, "%c, %s", t->state, print_time(t->waited, time));
	fprintf(g->out, "\"%s];\n", draw_is_deadlock(g, task) ? DRAW_DEADLOCK : "");
}

/* Whether the owner of @w holds what makes it part of a deadlock. */
static bool draw_closes(const struct graph *g, const struct wait *w)
{
	return w->owner != WAITS_NOBODY && draw_is_deadlock(g, w->task) &&
	       g->cycles.group[w->task] == g->cycles.group[w->owner];
}

static void draw_lock(const struct graph *g, const struct wait *w)
{
	char name[KERNEL_PLACE_SIZE];

	fputc('\t', g->out);
	draw_lock_id(g, w);
	fputs(" [shape=ellipse, label=\"", g->out);
	draw_text(g->out, graph_lock_name(g, w, name));
	fputs("\\n", g->out);
	draw_text(g->out, w->kind->name);
	if (w->readers)
		fprintf(g->out, ", %" PRIu64 " readers", (uint64_t)w->readers);
	fprintf(g->out, "\"%s];\n", draw_closes(g, w) ? DRAW_DEADLOCK : "");
}

static void draw_wait(const struct graph *g, const struct wait *w)
{
	const char *color = draw_closes(g, w) ? DRAW_DEADLOCK : "";
	char place[KERNEL_PLACE_SIZE];

	fprintf(g->out, "\t\"task %" PRIu32 "\" -> ", w->task);
	draw_lock_id(g, w);
	fputs(" [label=\"waits", g->out);
	if (w->caller.ip) {
		fputs(" in\\n", g->out);
		draw_text(g->out, kernel_place(g->k, w->caller.ip, w->caller.exact, place));
	}
	fprintf(g->out, "\"%s];\n", color);
}

static void draw_owner(const struct graph *g, const struct wait *w)
{
	if (w->owner == WAITS_NOBODY)
		return;
	fputc('\t', g->out);
	draw_lock_id(g, w);
	fprintf(g->out, " -> \"task %" PRIu32 "\" [label=\"%s\"%s%s];\n", w->owner,
		w->possibly ? "possibly held by" : "held by", w->possibly ? ", style=dashed" : "",
		draw_closes(g, w) ? DRAW_DEADLOCK : "");
}

static int draw_compare(const void *a, const void *b)
{
	const struct wait *x = *(const struct wait *const *)a;
	const struct wait *y = *(const struct wait *const *)b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	if (x->owner != y->owner)
		return x->owner < y->owner ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

/* Whether what is waited for is the same. What cannot be read is not. */
static bool draw_is_same(const struct wait *a, const struct wait *b)
{
	return a->lock && a->lock == b->lock;
}

/*
 * The tasks that wait or that others wait for, each lock once, and each that has it: not
 * everyone who waits for a lock waits for the same task.
 */
static void draw_nodes(const struct graph *g, bool *drawn, const struct wait **by_lock)
{
	for (u32 i = 0; i < g->waits->nr; i++) {
		const struct wait *w = &g->waits->all[i];

		by_lock[i] = w;
		drawn[w->task] = true;
		if (w->owner != WAITS_NOBODY)
			drawn[w->owner] = true;
	}
	for (u32 i = 0; i < g->tasks->nr; i++)
		if (drawn[i])
			draw_task(g, i);
	qsort(by_lock, g->waits->nr, sizeof(*by_lock), draw_compare);
	for (u32 i = 0; i < g->waits->nr; i++) {
		const struct wait *w = by_lock[i], *last = i ? by_lock[i - 1] : NULL;

		if (!last || !draw_is_same(w, last))
			draw_lock(g, w);
		if (!last || !draw_is_same(w, last) || w->owner != last->owner)
			draw_owner(g, w);
	}
}

int graph_draw(const struct graph *g, struct error *err)
{
	bool *drawn = calloc((size_t)g->tasks->nr + 1, sizeof(*drawn));
	const struct wait **by_lock = calloc((size_t)g->waits->nr + 1, sizeof(*by_lock));
	int ret = 0;

	if (drawn && by_lock) {
		fputs("digraph waits {\n\tnode [fontname=\"sans-serif\"];\n"
		      "\tedge [fontname=\"sans-serif\", fontsize=10];\n", g->out);
		draw_nodes(g, drawn, by_lock);
		for (const struct wait **w = g->order; *w; w++)
			draw_wait(g, *w);
		fputs("}\n", g->out);
	} else {
		error_set(err, "the drawing: not enough memory");
		ret = -ENOMEM;
	}
	free(drawn);
	free(by_lock);
	return ret;
}
