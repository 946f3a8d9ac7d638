// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * signature.c - hash what hangs.
 *
 * Each task at fault is one text: the kind of lock, then the functions of its stack, the
 * innermost first. The texts are sorted and each counts once: in which order tasks and
 * modules were created, and how many tasks did the same, is chance.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "signature.h"

/* Instead of a task's number, where a chain of waits ends: */
#define SIGNATURE_DEADLOCK	(UINT32_MAX - 1)	/* in a deadlock that stands still */
#define SIGNATURE_CIRCLE	(UINT32_MAX - 2)	/* in one that may be over */

/* A task that others wait for and that waits for no other. */
struct signature_root {
	u32 held;			/* tasks that have waited long, directly for it or not */
	bool direct;			/* one of them directly */
};

struct signature_maker {
	const struct graph *g;
	char **texts;
	u32 nr;
	u32 *ends;			/* of the group: where its chain ends */
	struct signature_root *roots;	/* by number of the task */
	const struct wait *alone;	/* of the thread in question, if no deadlock holds it up */
	struct stack stack;
};

/* The name of a function without what the compiler appended, and of its module. */
static void signature_put_frame(FILE *out, const struct kernel *k, const struct frame *f)
{
	const char *module;
	struct symbol_at at;

	if (!symbols_at(&k->symbols, f->exact ? f->ip : f->ip - 1, &at)) {
		fputs("\n?", out);
		return;
	}
	module = modules_name(&k->modules, at.module);
	fprintf(out, "\n%.*s%s%s", (int)strcspn(at.name, "."), at.name, module ? " " : "",
		module ? module : "");
}

/*
 * Whether the stack of @t is that of a moment: it has a processor, or had one until it was
 * preempted, wherever it was.
 */
static bool signature_moves(const struct task *t)
{
	return t->running || t->state == 'R';
}

/* @kind: of the lock that makes @task one of those at fault. */
static int signature_add(struct signature_maker *m, const char *kind, u32 task)
{
	const struct graph *g = m->g;
	const struct task *t = &g->tasks->all[task];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	fputs(kind, out);
	if (!signature_moves(t)) {
		unwind_task(g->k, g->unwind, t->base, t->sp, &m->stack);
		for (u32 i = 0; i < m->stack.nr && !m->stack.frames[i].guess; i++)
			signature_put_frame(out, g->k, &m->stack.frames[i]);
	}
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	m->texts[m->nr++] = text;
	return 0;
}

static u32 signature_end_of(const struct signature_maker *m, u32 task)
{
	const struct cycles *c = &m->g->cycles;

	return c->waits[task] ? m->ends[c->group[task]] : task;
}

/* Follow the chains of waits: a group waits only for those with lower numbers. */
static int signature_follow(struct signature_maker *m)
{
	const struct graph *g = m->g;

	m->ends = calloc((size_t)g->tasks->nr + 1, sizeof(*m->ends));
	m->roots = calloc((size_t)g->tasks->nr + 1, sizeof(*m->roots));
	if (!m->ends || !m->roots)
		return -ENOMEM;
	for (const struct wait **w = g->order; *w; w++) {
		u32 group = graph_group(g, *w), end;

		if ((*w)->owner == WAITS_NOBODY)
			continue;
		if (g->cycles.looped[group])
			end = g->stuck[group] ? SIGNATURE_DEADLOCK : SIGNATURE_CIRCLE;
		else
			end = signature_end_of(m, (*w)->owner);
		m->ends[group] = end;
		if (end >= SIGNATURE_CIRCLE || !graph_is_long(g, *w))
			continue;
		m->roots[end].held++;
		m->roots[end].direct |= (*w)->owner == end;
	}
	return 0;
}

/* The wait of thread @pid, if no deadlock holds it up; or NULL. */
static const struct wait *signature_find_alone(const struct signature_maker *m, u32 pid)
{
	const struct graph *g = m->g;

	for (const struct wait **w = g->order; *w && pid; w++)
		if (g->tasks->all[(*w)->task].pid == pid)
			return signature_end_of(m, (*w)->task) == SIGNATURE_DEADLOCK ? NULL : *w;
	return NULL;
}

/* All tasks in deadlocks that stand still. Returns whether there are any, or -ENOMEM. */
static int signature_add_deadlocks(struct signature_maker *m)
{
	const struct graph *g = m->g;
	int ret = 0;

	for (const struct wait **w = g->order; *w && !ret; w++)
		if (g->stuck[graph_group(g, *w)])
			ret = signature_add(m, (*w)->kind->name, (*w)->task);
	return ret ? ret : m->nr > 0;
}

/*
 * The task @only, or with WAITS_NOBODY the one that most tasks have waited long for, or all
 * those with as many. Where tasks have waited long, those that may be gone in a moment do
 * not count. Returns whether there are any, or -ENOMEM.
 */
static int signature_add_roots(struct signature_maker *m, u32 only)
{
	const struct graph *g = m->g;
	u32 most = 1;
	int ret = 0;

	for (u32 i = 0; i < g->tasks->nr; i++)
		if (m->roots[i].held > most)
			most = m->roots[i].held;
	for (const struct wait **w = g->order; *w && !ret; w++) {
		u32 owner = (*w)->owner;

		if (owner == WAITS_NOBODY || g->cycles.waits[owner] ||
		    (only == WAITS_NOBODY ? m->roots[owner].held != most : owner != only) ||
		    (m->roots[owner].direct && !graph_is_long(g, *w)))
			continue;
		ret = signature_add(m, (*w)->kind->name,
				    signature_moves(&g->tasks->all[owner]) ? (*w)->task : owner);
	}
	return ret ? ret : m->nr > 0;
}

/* Whether it is known what @w is for, and it hangs. */
static bool signature_tells(const struct signature_maker *m, const struct wait *w)
{
	return w->kind != &wait_kinds[KIND_SLEEP] && graph_is_long(m->g, w);
}

/* Whether @w, of which it is known for how long, tells more of a fault than @than. */
static bool signature_prefers(const struct signature_maker *m, const struct wait *w,
			      const struct wait *than)
{
	const struct task *tasks = m->g->tasks->all;

	if (!than || signature_tells(m, w) != signature_tells(m, than))
		return !than || signature_tells(m, w);
	return tasks[w->task].waited > tasks[than->task].waited;
}

/* The wait that has lasted longest; with @device, of those for that. Or NULL. */
static const struct wait *signature_find_longest(const struct signature_maker *m, u64 device)
{
	const struct wait *longest = NULL;

	for (const struct wait **w = m->g->order; *w; w++)
		if (m->g->tasks->all[(*w)->task].waited != UINT64_MAX &&
		    (!device || ((*w)->device == device && (*w)->owner == WAITS_NOBODY)) &&
		    signature_prefers(m, *w, longest))
			longest = *w;
	return longest;
}

static int signature_add_wait(struct signature_maker *m, const struct wait *w)
{
	return w ? signature_add(m, w->kind->name, w->task) : 0;
}

/*
 * What holds up the thread in question, whatever else there is. Behind a device that does not
 * answer many tasks hang, each in another way: the first of them stands for all.
 */
static int signature_add_alone(struct signature_maker *m)
{
	u32 end = signature_end_of(m, m->alone->task);
	const struct wait *own = NULL, *first = NULL;
	int ret;

	if (end >= SIGNATURE_CIRCLE)
		return signature_add_wait(m, m->alone);
	for (const struct wait **w = m->g->order; *w && !own; w++)
		if ((*w)->task == end)
			own = *w;
	if (own && own->device)
		first = signature_find_longest(m, own->device);
	if (first)
		return signature_add_wait(m, first);
	/* Who happens to wait behind it does not matter. */
	if (own)
		return signature_add_wait(m, own);
	ret = signature_add_roots(m, end);
	return ret ? ret : signature_add_wait(m, m->alone);
}

/* All that hangs. */
static int signature_add_all(struct signature_maker *m)
{
	int ret = signature_add_deadlocks(m);

	if (!ret)
		ret = signature_add_roots(m, WAITS_NOBODY);
	return ret ? ret : signature_add_wait(m, signature_find_longest(m, 0));
}

static int signature_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static u64 signature_hash(struct signature_maker *m)
{
	XXH64_state_t *state = XXH64_createState();
	u64 hash;

	if (!state)
		return 0;
	XXH64_reset(state, SIGNATURE_VERSION);
	if (m->nr)
		qsort(m->texts, m->nr, sizeof(*m->texts), signature_compare);
	for (u32 i = 0; i < m->nr; i++)
		if (!i || strcmp(m->texts[i], m->texts[i - 1]) != 0)
			XXH64_update(state, m->texts[i], strlen(m->texts[i]) + 1);
	hash = XXH64_digest(state);
	XXH64_freeState(state);
	return hash;
}

static void signature_free(struct signature_maker *m)
{
	for (u32 i = 0; m && i < m->nr; i++)
		free(m->texts[i]);
	if (m) {
		free(m->texts);
		free(m->ends);
		free(m->roots);
	}
	free(m);
}

int signature_make(const struct graph *g, u32 pid, char buf[SIGNATURE_SIZE], struct error *err)
{
	struct signature_maker *m;
	u64 hash = 0;
	int ret = -ENOMEM;

	buf[0] = '\0';
	if (!graph_hangs(g))
		return 0;
	m = calloc(1, sizeof(*m));
	if (m) {
		m->g = g;
		m->texts = calloc((size_t)g->waits->nr + 1, sizeof(*m->texts));
	}
	if (m && m->texts)
		ret = signature_follow(m);
	if (!ret) {
		m->alone = signature_find_alone(m, pid);
		ret = m->alone ? signature_add_alone(m) : signature_add_all(m);
	}
	if (ret >= 0)
		hash = signature_hash(m);
	signature_free(m);
	if (!hash) {
		error_set(err, "the signature: not enough memory");
		return -ENOMEM;
	}
	snprintf(buf, SIGNATURE_SIZE, "%d-%016" PRIx64, SIGNATURE_VERSION, (uint64_t)hash);
	return 0;
}
