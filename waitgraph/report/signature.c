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

struct signature_maker {
	const struct graph *g;
	char **texts;
	u32 nr;
	bool *tied;			/* of the group: it is a deadlock or waits for one */
	const struct wait *alone;	/* deadlocks do not count: it has nothing to do with them */
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
	if (!t->running) {
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

/* Find the groups that a deadlock holds up: one waits only for those with lower numbers. */
static int signature_tie(struct signature_maker *m)
{
	const struct graph *g = m->g;

	m->tied = calloc((size_t)g->tasks->nr + 1, sizeof(*m->tied));
	if (!m->tied)
		return -ENOMEM;
	for (const struct wait **w = g->order; *w; w++) {
		u32 group = graph_group(g, *w);

		if (g->stuck[group] ||
		    ((*w)->owner != WAITS_NOBODY && m->tied[g->cycles.group[(*w)->owner]]))
			m->tied[group] = true;
	}
	return 0;
}

/* The wait of thread @pid, if no deadlock holds it up; or NULL. */
static const struct wait *signature_find_alone(const struct signature_maker *m, u32 pid)
{
	const struct graph *g = m->g;

	for (const struct wait **w = g->order; *w && pid; w++)
		if (g->tasks->all[(*w)->task].pid == pid)
			return m->tied[graph_group(g, *w)] ? NULL : *w;
	return NULL;
}

/* All tasks in deadlocks that stand still. Returns whether there are any, or -ENOMEM. */
static int signature_add_deadlocks(struct signature_maker *m)
{
	const struct graph *g = m->g;
	int ret = 0;

	if (m->alone)
		return 0;
	for (const struct wait **w = g->order; *w && !ret; w++)
		if (g->stuck[graph_group(g, *w)])
			ret = signature_add(m, (*w)->kind->name, (*w)->task);
	return ret ? ret : m->nr > 0;
}

/*
 * The task that others wait for, or all those with as many behind them. Returns whether
 * there are any, or -ENOMEM.
 */
static int signature_add_roots(struct signature_maker *m)
{
	const struct graph *g = m->g;
	u32 *roots = calloc((size_t)g->tasks->nr + 1, sizeof(*roots)), nr = 0;
	int ret = roots ? cycles_roots(&g->cycles, roots, &nr) : -ENOMEM;
	u32 most = nr ? g->cycles.behind[roots[0]] : 0;

	for (const struct wait **w = g->order; *w && !ret && nr; w++) {
		u32 owner = (*w)->owner;

		if (owner == WAITS_NOBODY || g->cycles.waits[owner] ||
		    g->cycles.behind[owner] != most)
			continue;
		ret = signature_add(m, (*w)->kind->name,
				    g->tasks->all[owner].running ? (*w)->task : owner);
	}
	free(roots);
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

static int signature_add_longest(struct signature_maker *m)
{
	const struct wait *longest = m->alone;

	for (const struct wait **w = m->g->order; *w; w++)
		if (m->g->tasks->all[(*w)->task].waited != UINT64_MAX &&
		    !(m->alone && m->tied[graph_group(m->g, *w)]) &&
		    signature_prefers(m, *w, longest))
			longest = *w;
	return longest ? signature_add(m, longest->kind->name, longest->task) : 0;
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
		free(m->tied);
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
		ret = signature_tie(m);
	if (!ret) {
		m->alone = signature_find_alone(m, pid);
		ret = signature_add_deadlocks(m);
	}
	if (!ret)
		ret = signature_add_roots(m);
	if (!ret)
		ret = signature_add_longest(m);
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
