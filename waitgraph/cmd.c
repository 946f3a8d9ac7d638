// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd.c - read the kernel in a dump, and print what was asked for.
 */
#include <stdlib.h>

#include "cmd.h"
#include "summary.h"
#include "waitgraph/report/json.h"
#include "waitgraph/report/print.h"

static int cmd_compare(const void *a, const void *b)
{
	const struct task *x = *(const struct task *const *)a;
	const struct task *y = *(const struct task *const *)b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int cmd_no_memory(struct error *err)
{
	error_set(err, "the tasks: not enough memory");
	return STATUS_UNREADABLE;
}

/* The tasks with PID @pid, or all if it is 0, by PID; ends with NULL. NULL: no memory. */
static const struct task **cmd_pick(const struct reading *r, long pid)
{
	const struct task **picked = calloc((size_t)r->tasks.nr + 1, sizeof(*picked));
	u32 nr = 0;

	for (u32 i = 0; i < r->tasks.nr && picked; i++)
		if (!pid || r->tasks.all[i].pid == (u32)pid)
			picked[nr++] = &r->tasks.all[i];
	if (picked)
		qsort(picked, nr, sizeof(*picked), cmd_compare);
	return picked;
}

static int cmd_print_tasks(const struct reading *r, const struct task **tasks, struct error *err)
{
	struct stack *stack = malloc(sizeof(*stack));

	if (!stack)
		return cmd_no_memory(err);
	printf("%7s %7s %s %-12s %s\n", "PID", "PROCESS", "S", "SINCE", "NAME");
	for (; *tasks; tasks++) {
		const struct task *t = *tasks;

		print_task(stdout, t);
		if (t->running)
			continue;
		unwind_task(&r->k, &r->unwind, t->base, t->sp, stack);
		print_stack(stdout, &r->k, stack, UINT32_MAX);
	}
	print_unreadable(stdout, &r->k, &r->tasks);
	free(stack);
	return STATUS_FINE;
}

static int cmd_tasks(const struct reading *r, const struct wait_options *opt, struct error *err)
{
	const struct task **tasks = cmd_pick(r, opt->pid);
	int status = STATUS_FINE;

	if (!tasks)
		return cmd_no_memory(err);
	if (!*tasks) {
		error_set(err, "the dump has no task with PID %ld: see waitgraph --tasks",
			  opt->pid);
		status = STATUS_UNREADABLE;
	} else if (!opt->json) {
		status = cmd_print_tasks(r, tasks, err);
	} else if (json_print_tasks(stdout, &r->k, &r->unwind, tasks, err)) {
		status = STATUS_UNREADABLE;
	}
	free(tasks);
	return status;
}

static enum summary_format cmd_format(const struct wait_options *opt)
{
	if (opt->json)
		return SUMMARY_JSON;
	if (opt->dot)
		return SUMMARY_DOT;
	return opt->all ? SUMMARY_ALL : SUMMARY_SCREEN;
}

int cmd_run(const struct wait_options *opt, struct memory *m, const struct vmcoreinfo *vi,
	    struct error *err)
{
	struct summary s = { .format = cmd_format(opt) };
	struct reading r;
	int status;

	if (opt->command == WAIT_LOG)
		return print_log(stdout, m, vi, err) ? STATUS_UNREADABLE : STATUS_FINE;
	status = reading_open(&r, &opt->files, m, vi, err);
	if (!status && opt->command == WAIT_TASKS)
		status = cmd_tasks(&r, opt, err);
	else if (!status)
		status = summary_write(stdout, &r, &s, err);
	reading_close(&r);
	return status;
}
