/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * print.h - print tasks, their stacks, and the kernel's log.
 */
#ifndef LIVEDUMP_WAITGRAPH_PRINT_H
#define LIVEDUMP_WAITGRAPH_PRINT_H

#include <stdio.h>

#include "waitgraph/kernel/log.h"
#include "waitgraph/tasks/tasks.h"
#include "waitgraph/tasks/unwind.h"

#define PRINT_TIME_SIZE	24U

/* Format a time in ns for people: "1.5 s"; "unknown time" for UINT64_MAX. */
const char *print_time(u64 ns, char buf[PRINT_TIME_SIZE]);

/* One line about a task. */
void print_task(FILE *out, const struct task *t);

/* A line for each of the first @max frames of a stack. */
void print_stack(FILE *out, const struct kernel *k, const struct stack *stack, u32 max);

/* The first @max lines of @text, and how many there are more. */
void print_cut(FILE *out, const char *text, u32 max);

/* Print the log as dmesg does; the last line counts torn records. 0, or as log_read(). */
int print_log(FILE *out, struct memory *m, const struct vmcoreinfo *vi, struct error *err);

/* Print a line for each kind of thing that is torn in the dump, if any is. */
void print_unreadable(FILE *out, const struct kernel *k, const struct tasks *tasks);

#endif
