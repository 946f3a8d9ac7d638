/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tasks.h - all tasks of a kernel: processes, their threads, threads of the kernel.
 */
#ifndef LIVEDUMP_WAITGRAPH_TASKS_H
#define LIVEDUMP_WAITGRAPH_TASKS_H

#include "cpus.h"
#include "waitgraph/kernel/kernel.h"

#define TASKS_MAX	(4U << 20)	/* as many as there are PIDs */
#define TASK_COMM_SIZE	16U

struct task {
	u64 addr;			/* of its struct task_struct */
	u64 base, sp;			/* its stack, and where it left off */
	u64 waited;			/* ns since it stopped running; UINT64_MAX: not known */
	u32 pid, tgid;
	u32 cpu;			/* that it runs on or ran on last */
	char comm[TASK_COMM_SIZE];	/* escaped, as much as fits */
	char state;			/* a letter, as ps has it */
	bool frozen;			/* by the freezer, so it would not run if it could */
	bool running;			/* has a processor, so its stack is not known */
};

struct tasks {
	struct task *all;		/* by address after tasks_read() */
	u32 nr, room;
	u32 torn;			/* lists that could not be read to their end */
};

/* Returns 0, or a negative errno and sets @err. The caller must call tasks_free(). */
int tasks_read(struct tasks *tasks, const struct kernel *k, const struct cpus *c,
	       struct error *err);
void tasks_free(struct tasks *tasks);

/* The number in all of the task whose structure is at @addr, or -1. */
s64 tasks_find(const struct tasks *tasks, u64 addr);

/* The letter for a task's __state and exit_state. */
char task_state_letter(u64 state, u64 exit_state);

#endif
