// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tasks.c - walk the lists of processes and of their threads. Where a list is torn it is
 * walked from its other end, too: only the tasks between two tears are lost.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "tasks.h"

enum task_field {
	TASK_TASKS, TASK_PID, TASK_TGID, TASK_COMM, TASK_STATE, TASK_OLD_STATE, TASK_EXIT_STATE,
	TASK_STACK, TASK_SP, TASK_ON_CPU, TASK_CPU, TASK_OLD_CPU, TASK_STAMP, TASK_SIGNAL,
	TASK_THREAD_NODE, TASK_THREAD_HEAD,
	NR_TASK_FIELDS
};

static const struct field_row task_rows[NR_TASK_FIELDS] = {
	[TASK_TASKS] = { "task_struct", "tasks", false },
	[TASK_PID] = { "task_struct", "pid", false },
	[TASK_TGID] = { "task_struct", "tgid", false },
	[TASK_COMM] = { "task_struct", "comm", false },
	[TASK_STATE] = { "task_struct", "__state", true },
	[TASK_OLD_STATE] = { "task_struct", "state", true },	/* before Linux 5.14 */
	[TASK_EXIT_STATE] = { "task_struct", "exit_state", false },
	[TASK_STACK] = { "task_struct", "stack", false },
	[TASK_SP] = { "task_struct", "thread.sp", false },
	[TASK_ON_CPU] = { "task_struct", "on_cpu", true },	/* not without SMP */
	[TASK_CPU] = { "task_struct", "thread_info.cpu", true },
	[TASK_OLD_CPU] = { "task_struct", "cpu", true },	/* before Linux 5.16 */
	[TASK_STAMP] = { "task_struct", "se.exec_start", false },
	[TASK_SIGNAL] = { "task_struct", "signal", false },
	[TASK_THREAD_NODE] = { "task_struct", "thread_node", false },
	[TASK_THREAD_HEAD] = { "signal_struct", "thread_head", false },
};

#define TASK_FROZEN	0x8000U		/* since Linux 6.1; before, its stack tells */

/* What reading tasks needs. */
struct task_reader {
	struct tasks *tasks;
	const struct kernel *k;
	const struct cpus *cpus;
	struct field fields[NR_TASK_FIELDS];
};

typedef int task_list_fn(struct task_reader *r, u64 addr);

char task_state_letter(u64 state, u64 exit_state)
{
	static const char letters[] = "RSDTtXZP";
	u64 report = (state | exit_state) & 0x7f;	/* TASK_REPORT of Linux */
	unsigned int i = 0;

	if ((state & 0x402) == 0x402)			/* TASK_IDLE */
		return 'I';
	if (state & (0x1000 | TASK_FROZEN))		/* the former: TASK_RTLOCK_WAIT */
		return 'D';
	for (; report; report >>= 1)
		i++;
	return letters[i];
}

static int task_number(const struct task_reader *r, u64 addr, enum task_field field, u64 *value)
{
	*value = 0;
	if (!r->fields[field].there)
		return 0;
	return field_read(r->k->m, addr, &r->fields[field], value);
}

static int task_fill(const struct task_reader *r, u64 addr, struct task *t)
{
	u64 pid, tgid, state, old_state, exit_state, on_cpu, cpu, old_cpu, stamp;
	char comm[TASK_COMM_SIZE] = "";

	if (task_number(r, addr, TASK_PID, &pid) || task_number(r, addr, TASK_TGID, &tgid) ||
	    task_number(r, addr, TASK_STATE, &state) ||
	    task_number(r, addr, TASK_OLD_STATE, &old_state) ||
	    task_number(r, addr, TASK_EXIT_STATE, &exit_state) ||
	    task_number(r, addr, TASK_STACK, &t->base) || task_number(r, addr, TASK_SP, &t->sp) ||
	    task_number(r, addr, TASK_ON_CPU, &on_cpu) || task_number(r, addr, TASK_CPU, &cpu) ||
	    task_number(r, addr, TASK_OLD_CPU, &old_cpu) ||
	    task_number(r, addr, TASK_STAMP, &stamp) ||
	    memory_string(r->k->m, addr + r->fields[TASK_COMM].off, comm, sizeof(comm)))
		return -EFAULT;
	t->addr = addr;
	t->pid = (u32)pid;
	t->tgid = (u32)tgid;
	t->cpu = (u32)(r->fields[TASK_CPU].there ? cpu : old_cpu);
	t->state = task_state_letter(r->fields[TASK_STATE].there ? state : old_state, exit_state);
	t->frozen = r->fields[TASK_STATE].there && state & TASK_FROZEN;
	t->running = on_cpu;
	t->waited = t->running ? UINT64_MAX : cpus_since(r->cpus, t->cpu, stamp);
	escape_text(t->comm, sizeof(t->comm), comm);
	return 0;
}

static int task_add(struct task_reader *r, u64 addr)
{
	struct tasks *tasks = r->tasks;
	struct task *grown;
	int ret;

	if (tasks->nr == TASKS_MAX)
		return -EFAULT;
	if (tasks->nr == tasks->room) {
		u32 room = tasks->room ? tasks->room * 2 : 256;

		grown = realloc(tasks->all, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		tasks->all = grown;
		tasks->room = room;
	}
	ret = task_fill(r, addr, &tasks->all[tasks->nr]);
	if (!ret)
		tasks->nr++;
	return ret;
}

/*
 * Call @fn for each structure on the list at @head, in which the list is at @off. A next
 * pointer counts only if what it points to points back. @fn may see one twice. Returns
 * 0, or -ENOMEM.
 */
static int task_walk(struct task_reader *r, u64 head, u32 off, task_list_fn *fn)
{
	for (unsigned int back = 0; back < 2; back++) {
		u64 at = head, next, check;
		int ret = 0;

		for (u32 i = 0; i < TASKS_MAX; i++) {
			if (memory_u64(r->k->m, at + back * 8, &next) ||
			    memory_u64(r->k->m, next + !back * 8, &check) || check != at)
				break;
			if (next == head)
				return 0;
			ret = fn(r, next - off);
			if (ret)
				break;
			at = next;
		}
		if (ret == -ENOMEM)
			return ret;
		if (!back)
			r->tasks->torn++;
	}
	return 0;
}

static int task_walk_threads(struct task_reader *r, u64 leader)
{
	u32 before = r->tasks->nr;
	u64 signal;
	int ret;

	if (task_number(r, leader, TASK_SIGNAL, &signal))
		return -EFAULT;
	ret = task_walk(r, signal + r->fields[TASK_THREAD_HEAD].off,
			r->fields[TASK_THREAD_NODE].off, task_add);
	/* A process always has a thread. Its list of them may be torn. */
	if (!ret && r->tasks->nr == before)
		ret = task_add(r, leader);
	return ret;
}

static int task_compare(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Sort by address. A walk from both ends may meet a task twice. */
static void task_sort(struct tasks *tasks)
{
	u32 nr = 0;

	if (tasks->nr)
		qsort(tasks->all, tasks->nr, sizeof(*tasks->all), task_compare);
	for (u32 i = 0; i < tasks->nr; i++)
		if (!nr || tasks->all[nr - 1].addr != tasks->all[i].addr)
			tasks->all[nr++] = tasks->all[i];
	tasks->nr = nr;
}

int tasks_read(struct tasks *tasks, const struct kernel *k, const struct cpus *c,
	       struct error *err)
{
	struct task_reader r = { .tasks = tasks, .k = k, .cpus = c };
	u64 init;
	int ret;

	*tasks = (struct tasks){ 0 };
	if (!symbols_find(&k->symbols, "init_task", &init)) {
		error_set(err, "the kernel's symbols lack init_task: give its System.map with --symbols");
		return -ENOENT;
	}
	ret = types_fields(&k->types, task_rows, NR_TASK_FIELDS, r.fields, err);
	if (ret)
		return ret;
	ret = task_walk(&r, init + r.fields[TASK_TASKS].off, r.fields[TASK_TASKS].off,
			task_walk_threads);
	if (ret)
		error_set(err, "the list of tasks: not enough memory");
	task_sort(tasks);
	return ret;
}

void tasks_free(struct tasks *tasks)
{
	free(tasks->all);
	*tasks = (struct tasks){ 0 };
}

s64 tasks_find(const struct tasks *tasks, u64 addr)
{
	const struct task key = { .addr = addr };
	const struct task *found = tasks->nr ?
		bsearch(&key, tasks->all, tasks->nr, sizeof(key), task_compare) : NULL;

	return found ? found - tasks->all : -1;
}
