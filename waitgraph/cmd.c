// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd.c - read the kernel in a dump, and print what was asked for.
 */
#include <errno.h>
#include <stdlib.h>

#include "cmd.h"
#include "report/graph.h"
#include "report/print.h"

/* All that is read of a dump. */
struct reading {
	struct kernel k;
	struct cpus cpus;
	struct tasks tasks;
	struct unwind_fields unwind;
};

static int reading_open(struct reading *r, const struct wait_options *opt, struct memory *m,
			const struct vmcoreinfo *vi, struct error *err)
{
	int ret = kernel_open(&r->k, m, vi, &opt->files, err);

	if (!ret)
		ret = unwind_prepare(&r->unwind, &r->k, err);
	if (!ret)
		ret = cpus_read(&r->cpus, &r->k, err);
	if (!ret)
		ret = tasks_read(&r->tasks, &r->k, &r->cpus, err);
	return ret;
}

static void reading_close(struct reading *r)
{
	tasks_free(&r->tasks);
	cpus_free(&r->cpus);
	kernel_close(&r->k);
}

static int cmd_compare(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a;
	const struct task *y = *(const struct task *const *)b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static void cmd_print_task(const struct reading *r, const struct task *t, struct stack *stack)
{
	print_task(stdout, t);
	if (t->running)
		return;
	unwind_task(&r->k, &r->unwind, t->base, t->sp, stack);
	print_stack(stdout, &r->k, stack);
}

static int cmd_tasks(const struct reading *r, long pid, struct error *err)
{
	const struct task **order = calloc(r->tasks.nr + 1, sizeof(*order));
	struct stack *stack = malloc(sizeof(*stack));
	u32 printed = 0;

	if (!order || !stack) {
		free(order);
		free(stack);
		error_set(err, "the tasks: not enough memory");
		return STATUS_UNREADABLE;
	}
	for (u32 i = 0; i < r->tasks.nr; i++)
		order[i] = &r->tasks.all[i];
	qsort(order, r->tasks.nr, sizeof(*order), cmd_compare);
	printf("%7s %7s %s %-12s %s\n", "PID", "PROCESS", "S", "SINCE", "NAME");
	for (u32 i = 0; i < r->tasks.nr; i++) {
		if (pid && order[i]->pid != (u32)pid)
			continue;
		cmd_print_task(r, order[i], stack);
		printed++;
	}
	if (r->tasks.torn)
		printf("(%u lists of tasks unreadable)\n", r->tasks.torn);
	free(stack);
	free(order);
	if (printed)
		return STATUS_FINE;
	if (pid)
		error_set(err, "the dump has no task with PID %ld: see waitgraph --tasks", pid);
	else
		error_set(err, "the dump's list of tasks cannot be read: take another dump");
	return STATUS_UNREADABLE;
}

static int cmd_graph(const struct reading *r, struct error *err)
{
	struct waits waits;
	struct graph g = {
		.out = stdout,
		.k = &r->k,
		.tasks = &r->tasks,
		.unwind = &r->unwind,
		.waits = &waits,
	};
	bool hangs = false;
	int ret;

	if (!r->tasks.nr) {
		error_set(err, "the dump's list of tasks cannot be read: take another dump");
		return STATUS_UNREADABLE;
	}
	ret = waits_find(&waits, &r->k, &r->tasks, &r->unwind, err);
	if (!ret)
		ret = graph_print(&g, &hangs, err);
	if (!ret && waits.not_known)
		printf("(%u kinds of lock are not known in this kernel)\n", waits.not_known);
	if (!ret && r->tasks.torn)
		printf("(%u lists of tasks unreadable)\n", r->tasks.torn);
	waits_free(&waits);
	if (ret)
		return STATUS_UNREADABLE;
	return hangs ? STATUS_HANGS : STATUS_FINE;
}

int cmd_run(const struct wait_options *opt, struct memory *m, const struct vmcoreinfo *vi,
	    struct error *err)
{
	struct reading r = { 0 };
	int status = STATUS_FINE, ret;

	if (opt->command == WAIT_LOG)
		return print_log(stdout, m, vi, err) ? STATUS_UNREADABLE : STATUS_FINE;
	ret = reading_open(&r, opt, m, vi, err);
	if (ret == -ENOMEM)
		status = STATUS_UNREADABLE;
	else if (ret)
		status = STATUS_UNKNOWN;
	else if (opt->command == WAIT_TASKS)
		status = cmd_tasks(&r, opt->pid, err);
	else
		status = cmd_graph(&r, err);
	reading_close(&r);
	return status;
}
