// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lists.c - go through the kernel's lists.
 *
 * A list is whole if each element that one leads to points back, all the way round. So
 * it leads to the same elements in both directions.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lists.h"
#include "waitgraph/kernel/kallsyms.h"

#define LISTS_MAX	(4U << 20)	/* elements of a list: as many as there are PIDs */
#define XARRAY_DEPTH_MAX	12U
#define XARRAY_SLOTS_MAX	64U

static const struct field_row list_rows[NR_LIST_FIELDS] = {
	[LIST_TASKS] = { "task_struct", "tasks", false },
	[LIST_PID] = { "task_struct", "pid", false },
	[LIST_SIGNAL] = { "task_struct", "signal", false },
	[LIST_THREAD_NODE] = { "task_struct", "thread_node", false },
	[LIST_THREAD_HEAD] = { "signal_struct", "thread_head", false },
	[LIST_PID_LINKS] = { "task_struct", "pid_links", false },
	[LIST_NS_ROOT] = { "pid_namespace", "idr.idr_rt.xa_head", false },
	[LIST_NODE_SHIFT] = { "xa_node", "shift", false },
	[LIST_NODE_SLOTS] = { "xa_node", "slots", false },
	[LIST_STRUCT_PID_TASKS] = { "pid", "tasks", false },
	[LIST_STRUCT_PID_NUMBERS] = { "pid", "numbers", true },
	[LIST_UPID_NR] = { "upid", "nr", false },
	[LIST_MODULE] = { "module", "list", false },
};

static int lists_find_symbols(struct lists *l, const struct symbols *s, struct error *err)
{
	if (symbols_find(s, "init_task", &l->init_task) &&
	    symbols_find(s, "init_pid_ns", &l->init_pid_ns) &&
	    symbols_find(s, "modules", &l->modules))
		return 0;
	error_set(err, "the kernel's symbols lack init_task, init_pid_ns or modules");
	return -ENOENT;
}

int lists_prepare(struct lists *l, struct memory *m, const struct vmcoreinfo *vi,
		  struct error *err)
{
	struct symbols symbols = { 0 };
	struct types types = { NULL };
	int ret;

	ret = kallsyms_read(m, vi, &symbols, err);
	if (!ret)
		ret = symbols_sort(&symbols);
	if (!ret)
		ret = lists_find_symbols(l, &symbols, err);
	if (!ret)
		ret = types_read(&types, m, &symbols, err);
	if (!ret)
		ret = types_fields(&types, list_rows, NR_LIST_FIELDS, l->fields, err);
	/* An array of unknown length at the end has no size, but its place is known. */
	if (!ret && !l->fields[LIST_STRUCT_PID_NUMBERS].there &&
	    !l->fields[LIST_STRUCT_PID_NUMBERS].off)
		ret = -ENOENT;
	if (ret)
		error_set(err, "the kernel's symbols and types: %s", strerror(-ret));
	symbols_free(&symbols);
	types_free(&types);
	return ret;
}

/* Look at an element of a list. Returns whether it is what it should be. */
typedef bool list_element_fn(void *arg, u64 addr);

/*
 * Go once round the list at @head, in which elements have their links at @off. @nr counts
 * them. Returns whether it is whole.
 */
static bool lists_walk(struct memory *m, u64 head, u32 off, list_element_fn *fn, void *arg,
		       u32 *nr)
{
	u64 at = head, next, back;

	for (u32 i = 0; i < LISTS_MAX; i++) {
		if (memory_u64(m, at, &next) || memory_u64(m, next + 8, &back) || back != at)
			return false;
		if (next == head)
			return true;
		++*nr;
		if (!fn(arg, next - off))
			return false;
		at = next;
	}
	return false;
}

struct lists_walker {
	const struct lists *l;
	struct memory *m;
	struct lists_state *state;
	u64 leader;
	bool met;			/* the leader is among its threads */
};

static bool lists_see_thread(void *arg, u64 task)
{
	struct lists_walker *w = arg;
	u64 pid;

	w->met |= task == w->leader;
	return !field_read(w->m, task, &w->l->fields[LIST_PID], &pid);
}

static bool lists_see_process(void *arg, u64 task)
{
	struct lists_walker *w = arg;
	const struct field *f = w->l->fields;
	u64 signal;

	if (field_read(w->m, task, &f[LIST_SIGNAL], &signal))
		return false;
	w->leader = task;
	w->met = false;
	/* One that is torn does not end the list of processes. */
	if (!lists_walk(w->m, signal + f[LIST_THREAD_HEAD].off, f[LIST_THREAD_NODE].off,
			lists_see_thread, w, &w->state->threads) || !w->met)
		w->state->torn |= LISTS_THREADS;
	return true;
}

static bool lists_see_module(void *arg, u64 module)
{
	(void)arg;
	(void)module;
	return true;
}

/* The struct pid at @pid has number @nr, and so has its task, if it has one. */
static bool lists_is_pid(struct lists_walker *w, u64 pid, u64 nr)
{
	const struct field *f = w->l->fields;
	u64 its, link, task_pid;

	if (field_read(w->m, pid + f[LIST_STRUCT_PID_NUMBERS].off, &f[LIST_UPID_NR], &its) ||
	    its != nr || memory_u64(w->m, pid + f[LIST_STRUCT_PID_TASKS].off, &link))
		return false;
	w->state->pids++;
	/* It may be only a group's or a session's by now. */
	if (!link)
		return true;
	return !field_read(w->m, link - f[LIST_PID_LINKS].off, &f[LIST_PID], &task_pid) &&
	       task_pid == nr;
}

/* A pointer to a node has bit 1 set, and no other low bit. */
static bool lists_is_node(u64 entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

/* Go through the node of the xarray that @entry points to, for numbers from @nr on. */
static bool lists_walk_node(struct lists_walker *w, u64 entry, u64 nr, unsigned int depth)
{
	const struct field *f = w->l->fields;
	u64 node = entry - 2, slots[XARRAY_SLOTS_MAX], shift;
	u32 count = f[LIST_NODE_SLOTS].count;
	bool whole = true;

	if (depth == XARRAY_DEPTH_MAX || count > XARRAY_SLOTS_MAX ||
	    w->state->pids >= LISTS_MAX ||
	    field_read(w->m, node, &f[LIST_NODE_SHIFT], &shift) || shift > 32 ||
	    memory_read(w->m, node + f[LIST_NODE_SLOTS].off, slots, count * sizeof(*slots)))
		return false;
	for (u32 i = 0; i < count && whole; i++) {
		u64 at = nr + ((u64)i << shift);

		if (!slots[i])
			continue;
		if (lists_is_node(slots[i]))
			whole = shift && lists_walk_node(w, slots[i], at, depth + 1);
		else if (slots[i] & 3)
			continue;	/* a PID that is being made */
		else
			whole = !shift && lists_is_pid(w, slots[i], at);
	}
	return whole;
}

static bool lists_walk_pids(struct lists_walker *w)
{
	u64 root;

	if (field_read(w->m, w->l->init_pid_ns, &w->l->fields[LIST_NS_ROOT], &root))
		return false;
	return lists_is_node(root) && lists_walk_node(w, root, 0, 0);
}

void lists_look(const struct lists *l, struct memory *m, struct lists_state *state)
{
	struct lists_walker w = { .l = l, .m = m, .state = state };
	u32 off = l->fields[LIST_TASKS].off;

	*state = (struct lists_state){ 0 };
	if (!lists_walk(m, l->init_task + off, off, lists_see_process, &w, &state->processes) ||
	    !state->processes)
		state->torn |= LISTS_TASKS;
	if (!lists_walk_pids(&w))
		state->torn |= LISTS_PIDS;
	if (!lists_walk(m, l->modules, l->fields[LIST_MODULE].off, lists_see_module, &w,
			&state->modules))
		state->torn |= LISTS_MODULES;
}

void lists_name(char *buf, size_t size, unsigned int torn)
{
	static const struct {
		unsigned int part;
		const char *name;
	} parts[] = {
		{ LISTS_TASKS, "processes" }, { LISTS_THREADS, "threads" },
		{ LISTS_PIDS, "PIDs" }, { LISTS_MODULES, "modules" },
	};
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && len < size; i++) {
		if (!(torn & parts[i].part))
			continue;
		torn &= ~parts[i].part;
		len += (size_t)snprintf(buf + len, size - len, "%s%s",
					!len ? "" : torn ? ", " : " and ", parts[i].name);
	}
}
