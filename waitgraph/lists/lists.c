// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lists.c - what is needed of a kernel to go through its lists, and its memory for it.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lists.h"
#include "waitgraph/symbols/kallsyms.h"

static const struct field_row list_rows[LD_NR_LIST_FIELDS] = {
	[LD_LIST_TASKS] = { "task_struct", "tasks", false },
	[LD_LIST_PID] = { "task_struct", "pid", false },
	[LD_LIST_SIGNAL] = { "task_struct", "signal", false },
	[LD_LIST_THREAD_NODE] = { "task_struct", "thread_node", false },
	[LD_LIST_THREAD_HEAD] = { "signal_struct", "thread_head", false },
	[LD_LIST_PID_LINKS] = { "task_struct", "pid_links", false },
	[LD_LIST_NS_ROOT] = { "pid_namespace", "idr.idr_rt.xa_head", false },
	[LD_LIST_NODE_SHIFT] = { "xa_node", "shift", false },
	[LD_LIST_NODE_SLOTS] = { "xa_node", "slots", false },
	[LD_LIST_STRUCT_PID_TASKS] = { "pid", "tasks", false },
	[LD_LIST_STRUCT_PID_NUMBERS] = { "pid", "numbers", true },
	[LD_LIST_UPID_NR] = { "upid", "nr", false },
	[LD_LIST_MODULE] = { "module", "list", false },
	[LD_LIST_TASK] = { "task_struct", "", false },
	[LD_LIST_STACK] = { "task_struct", "stack", false },
	[LD_LIST_EXIT_STATE] = { "task_struct", "exit_state", false },
	[LD_LIST_RQ_CURR] = { "rq", "curr", true },
	[LD_LIST_RQ_IDLE] = { "rq", "idle", true },
};

/* All symbols that are looked up, those for symbols_stack_size() among them. */
static const char *const list_symbols[] = {
	"init_task", "init_pid_ns", "modules", "__per_cpu_offset", "runqueues",
	"__cpu_possible_mask", "nr_cpu_ids", "__start_BTF", "__stop_BTF",
	"__start_init_stack", "__end_init_stack", "__start_init_task", "__end_init_task", NULL
};

static int lists_find_symbols(struct ld_lists *l, const struct symbols *s, struct error *err)
{
	if (symbols_find(s, "init_task", &l->init_task) &&
	    symbols_find(s, "init_pid_ns", &l->init_pid_ns) &&
	    symbols_find(s, "modules", &l->modules))
		return 0;
	error_set(err, "the kernel's symbols lack init_task, init_pid_ns or modules");
	return -ENOENT;
}

/* Without them, the tasks that run are not looked at. */
static void lists_find_cpus(struct ld_lists *l, struct memory *m, const struct symbols *s)
{
	const struct ld_list_field *f = l->fields;
	struct ld_list_cpus *cpus = &l->cpus;
	u64 ids, nr;

	if (f[LD_LIST_RQ_CURR].size == 8 && f[LD_LIST_RQ_IDLE].size == 8 &&
	    symbols_find(s, "__per_cpu_offset", &cpus->offsets) &&
	    symbols_find(s, "runqueues", &cpus->queues) &&
	    symbols_find(s, "__cpu_possible_mask", &cpus->possible) &&
	    symbols_find(s, "nr_cpu_ids", &ids) &&
	    !memory_number(m, ids, sizeof(u32), &nr) && nr <= LD_LIST_CPUS_MAX)
		cpus->nr = (u32)nr;
}

int lists_prepare(struct ld_lists *l, struct memory *m, const struct vmcoreinfo *vi,
		  const struct lists_known *known, struct error *err)
{
	struct symbols symbols = { .only = list_symbols };
	struct types types = { NULL };
	struct field fields[LD_NR_LIST_FIELDS];
	u64 start, size;
	int ret;

	ret = kallsyms_read(m, vi, &symbols, err);
	if (!ret)
		ret = symbols_sort(&symbols);
	if (!ret)
		ret = lists_find_symbols(l, &symbols, err);
	if (!ret)
		ret = types_where(&symbols, &start, &size, err);
	if (!ret && known)
		known->tell(known->ctx);
	if (!ret)
		ret = types_read(&types, m, &symbols, err);
	if (!ret)
		ret = types_fields(&types, list_rows, LD_NR_LIST_FIELDS, fields, err);
	/* An array of unknown length at the end has no size, but its place is known. */
	if (!ret && !fields[LD_LIST_STRUCT_PID_NUMBERS].there &&
	    !fields[LD_LIST_STRUCT_PID_NUMBERS].off)
		ret = -ENOENT;
	for (unsigned int i = 0; i < LD_NR_LIST_FIELDS && !ret; i++)
		l->fields[i] = (struct ld_list_field){ fields[i].off, fields[i].size,
						       fields[i].count };
	if (ret)
		error_set(err, "the kernel's symbols and types: %s", strerror(-ret));
	if (!ret) {
		l->stack_size = symbols_stack_size(&symbols);
		lists_find_cpus(l, m, &symbols);
	}
	symbols_free(&symbols);
	types_free(&types);
	return ret;
}

struct lists_reader {
	struct ld_lists_memory memory;	/* what the core gets */
	struct memory *m;
	const struct lists_again *again;
};

static struct lists_reader *to_reader(struct ld_lists_memory *m)
{
	return (struct lists_reader *)((char *)m - offsetof(struct lists_reader, memory));
}

static int lists_number(struct ld_lists_memory *m, u64 addr, u32 size, u64 *value)
{
	return memory_number(to_reader(m)->m, addr, size, value);
}

static int lists_copy(struct ld_lists_memory *m, u64 addr, unsigned int nr)
{
	const struct lists_again *again = to_reader(m)->again;

	return again->copy(again->ctx, addr, nr);
}

static void lists_forget(struct ld_lists_memory *m, u64 addr)
{
	memory_forget_page(to_reader(m)->m, addr);
}

void lists_look(const struct ld_lists *l, struct memory *m, struct ld_lists_state *state)
{
	struct lists_reader r = { .memory = { .number = lists_number }, .m = m };

	ld_lists_look(l, &r.memory, state);
}

void lists_mend(const struct ld_lists *l, struct memory *m, const struct lists_again *again,
		struct ld_lists_state *state)
{
	struct lists_reader r = {
		.memory = { lists_number, lists_copy, lists_forget },
		.m = m,
		.again = again,
	};

	ld_lists_mend(l, &r.memory, state);
}

void lists_name(char *buf, size_t size, unsigned int torn)
{
	static const struct {
		unsigned int part;
		const char *name;
	} parts[] = {
		{ LD_LISTS_TASKS, "processes" }, { LD_LISTS_THREADS, "threads" },
		{ LD_LISTS_PIDS, "PIDs" }, { LD_LISTS_MODULES, "modules" },
		{ LD_LISTS_RUNNING, "running tasks" },
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
