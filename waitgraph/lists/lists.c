// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lists.c - what is needed of a kernel to go through its lists.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lists.h"
#include "waitgraph/symbols/kallsyms.h"

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
	[LIST_TASK] = { "task_struct", "", false },
	[LIST_STACK] = { "task_struct", "stack", false },
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
	if (!ret)
		l->stack_size = symbols_stack_size(&symbols);
	symbols_free(&symbols);
	types_free(&types);
	return ret;
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
