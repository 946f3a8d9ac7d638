// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * running.c - look at the tasks that have a processor.
 *
 * A run queue names the task that runs. If memory was read later where that task had been,
 * it may have ended: what is there then is another one's, or nothing. If the table of PIDs
 * was read earlier, the task may be too young for it.
 */
#include "running.h"

#define RUNNING_TRIES	4U		/* for one processor in a round */

struct running_walker {
	const struct ld_lists *l;
	struct ld_lists_memory *m;
	struct ld_again_pages *again;	/* NULL: nothing is copied again */
};

static int running_number(struct running_walker *w, u64 base, enum ld_list_member member,
			  u64 *value)
{
	const struct ld_list_field *f = &w->l->fields[member];

	return w->m->number(w->m, base + f->off, f->size, value);
}

/* The pointer at @addr, after it was copied again if @fresh. */
static int running_pointer(struct running_walker *w, bool fresh, u64 addr, u64 *value)
{
	if (fresh)
		ld_again_copy(w->again, addr, 8);
	return w->m->number(w->m, addr, 8, value);
}

/*
 * Whether the table of PIDs leads from number @nr to the task at @task. @fresh: copy again
 * the way there.
 */
static bool running_in_table(struct running_walker *w, bool fresh, u64 nr, u64 task)
{
	const struct ld_list_field *f = w->l->fields;
	const struct ld_list_field *slots = &f[LD_LIST_NODE_SLOTS];
	u64 at = w->l->init_pid_ns + f[LD_LIST_NS_ROOT].off, entry, shift, link;

	for (u32 depth = 0; depth < LD_LIST_DEPTH_MAX; depth++) {
		if (running_pointer(w, fresh, at, &entry))
			return false;
		if (!ld_list_is_node(entry))
			break;
		if (running_number(w, entry - 2, LD_LIST_NODE_SHIFT, &shift) || shift > 32 ||
		    (!depth && nr >> shift >= slots->count))
			return false;
		at = entry - 2 + slots->off + (nr >> shift & (slots->count - 1)) * 8;
	}
	return entry > LD_LISTS_PAGE && !(entry & 3) &&
	       !running_pointer(w, fresh, entry + f[LD_LIST_STRUCT_PID_TASKS].off, &link) &&
	       link == task + f[LD_LIST_PID_LINKS].off;
}

/*
 * A task that ends leaves the table while it runs. It has its stack until another task has
 * its processor.
 */
static bool running_is_task(struct running_walker *w, u64 task)
{
	u64 state, stack, nr;

	return !running_number(w, task, LD_LIST_EXIT_STATE, &state) &&
	       !running_number(w, task, LD_LIST_STACK, &stack) && stack &&
	       !running_number(w, task, LD_LIST_PID, &nr) &&
	       (state || running_in_table(w, false, nr, task));
}

/* Whether the run queue at @queue has its idle task. False if that cannot be read. */
static bool running_is_idle(struct running_walker *w, u64 queue)
{
	u64 task, idle;

	return !running_number(w, queue, LD_LIST_RQ_CURR, &task) &&
	       !running_number(w, queue, LD_LIST_RQ_IDLE, &idle) && task == idle;
}

static bool running_is_known(struct running_walker *w, u64 queue)
{
	u64 task;

	return running_is_idle(w, queue) ||
	       (!running_number(w, queue, LD_LIST_RQ_CURR, &task) && running_is_task(w, task));
}

/* Copy again the run queue, the task that it names then, and what leads to that. */
static bool running_copy(struct running_walker *w, u64 queue)
{
	const struct ld_list_field *f = w->l->fields;
	u32 before = w->again->copied;
	u64 task, nr;

	ld_again_copy(w->again, queue + f[LD_LIST_RQ_CURR].off, f[LD_LIST_RQ_CURR].size);
	if (!running_number(w, queue, LD_LIST_RQ_CURR, &task)) {
		ld_again_copy(w->again, task, f[LD_LIST_TASK].size);
		if (!running_number(w, task, LD_LIST_PID, &nr))
			running_in_table(w, true, nr, task);
	}
	return w->again->copied != before;
}

static bool running_look_at(struct running_walker *w, u64 queue)
{
	for (u32 i = 0; !running_is_known(w, queue); i++)
		if (!w->again || i == RUNNING_TRIES || !running_copy(w, queue))
			return false;
	return true;
}

struct running_visit {
	struct running_walker *w;
	u64 queue;
};

static bool running_copy_now(struct running_walker *w, u64 queue)
{
	return ld_again_copy_now(w->again, queue + w->l->fields[LD_LIST_RQ_CURR].off);
}

static void running_copy_here(void *arg)
{
	struct running_visit *v = arg;

	running_copy_now(v->w, v->queue);
	running_copy(v->w, v->queue);
}

/*
 * Of a kernel without CONFIG_X86_MCE, crash 8.0.6 opens no dump in which CPU 0 runs its idle
 * task: looking for a task that has panicked it reads the stack for machine checks, which
 * is not there. So the run queue is copied while this thread runs there. An idle processor
 * lets it in at once; whether it is idle is looked at anew, as the copy may be old.
 */
static void running_visit_first(struct running_walker *w, u64 queue)
{
	struct running_visit v = { w, queue };

	if (w->again && running_is_idle(w, queue) && running_copy_now(w, queue) &&
	    running_is_idle(w, queue))
		port_call_on(0, running_copy_here, &v);
}

bool ld_running_look(const struct ld_lists *l, struct ld_lists_memory *m,
		     struct ld_again_pages *again)
{
	const struct ld_list_cpus *cpus = &l->cpus;
	struct running_walker w = { l, m, again };
	u64 possible = 0, queue;
	bool whole = true;

	for (u32 cpu = 0; cpu < cpus->nr; cpu++) {
		port_relax();
		if (cpu % 64 == 0 && m->number(m, cpus->possible + cpu / 8, 8, &possible)) {
			possible = 0;
			whole = false;
		}
		if (!(possible >> cpu % 64 & 1))
			continue;
		if (m->number(m, cpus->offsets + cpu * 8ULL, 8, &queue)) {
			whole = false;
			continue;
		}
		queue += cpus->queues;
		if (!cpu)
			running_visit_first(&w, queue);
		whole &= running_look_at(&w, queue);
	}
	return whole;
}
