// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * waits.c - look for the records of waiting tasks on their stacks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"
#include "waits.h"

#define WAIT_KINDS_MAX	16U

struct wait_finder {
	struct waits *w;
	const struct kernel *k;
	const struct tasks *tasks;
	const struct unwind_fields *unwind;
	struct ring_reader ring;
	struct field fields[WAIT_KINDS_MAX][NR_WAIT_FIELDS];
	bool usable[WAIT_KINDS_MAX];	/* the types describe this kind */
	struct stack stack;
};

/* Kernels with CONFIG_PREEMPT_RT have other locks under the same names. */
static void wait_find_fields(struct wait_finder *f)
{
	for (u32 i = 0; i < nr_wait_kinds && i < WAIT_KINDS_MAX; i++) {
		f->usable[i] = true;
		for (u32 j = 0; j < NR_WAIT_FIELDS; j++) {
			const struct field_row *row = &wait_kinds[i].rows[j];
			struct error ignored = { 0 };

			if (row->type && types_fields(&f->k->types, row, 1, &f->fields[i][j],
						      &ignored))
				f->usable[i] = false;
		}
		if (!f->fields[i][WAIT_LOCK_LIST].there && !f->fields[i][WAIT_LOCK_FIRST].there)
			f->usable[i] = false;
		f->w->not_known += !f->usable[i];
	}
}

/* Compare @name with a function's, which the compiler may have given a suffix. */
static bool wait_is_function(const char *name, const char *function)
{
	size_t len = strlen(function);

	return !strncmp(name, function, len) && (!name[len] || name[len] == '.');
}

static const char *wait_function(const struct wait_finder *f, u32 frame)
{
	const struct frame *fr = &f->stack.frames[frame];
	struct symbol_at at;

	if (fr->guess || !symbols_at(&f->k->symbols, fr->exact ? fr->ip : fr->ip - 1, &at))
		return "";
	return at.name;
}

/* The first frame from @frame on that is not of a function that takes locks. */
static struct frame wait_caller(const struct wait_finder *f, u32 frame)
{
	static const char *const takers[] = {
		"mutex_lock", "__mutex_lock", "ww_mutex_lock", "__ww_mutex_lock", "down_read",
		"__down_read", "down_write", "__down_write", "rwsem_down",
	};
	const size_t nr = sizeof(takers) / sizeof(*takers);

	for (; frame < f->stack.nr; frame++) {
		const char *name = wait_function(f, frame);
		bool taker = false;

		for (size_t i = 0; i < nr; i++)
			taker |= !strncmp(name, takers[i], strlen(takers[i]));
		if (!taker)
			return f->stack.frames[frame];
	}
	return (struct frame){ 0 };
}

/* Tell who has the lock of @wait; an owner that is no task is not one. */
static void wait_set_owner(const struct wait_finder *f, u32 kind, struct wait *wait)
{
	struct wait_owner owner;
	s64 number;

	wait->owner = WAITS_NOBODY;
	if (!wait->lock || wait->kind->owner(f->k->m, f->fields[kind], wait->lock, &owner))
		return;
	wait->readers = owner.readers;
	wait->possibly = owner.possibly;
	number = owner.task ? tasks_find(f->tasks, owner.task) : -1;
	if (number >= 0)
		wait->owner = (u32)number;
}

/* Look for a record in @frame. Returns whether there is one. */
static bool wait_find_record(struct wait_finder *f, u32 task, u32 kind, u32 frame)
{
	const struct task *t = &f->tasks->all[task];
	u64 end = frame + 1 < f->stack.nr ? f->stack.frames[frame + 1].sp :
		t->base + f->unwind->stack_size;

	f->ring.fields = f->fields[kind];
	for (u64 at = f->stack.frames[frame].sp; at < end; at += sizeof(u64)) {
		struct wait *wait = &f->w->all[f->w->nr];

		if (!ring_is_record(&f->ring, at, t))
			continue;
		*wait = (struct wait){ .task = task, .kind = &wait_kinds[kind] };
		wait->lock = ring_find_lock(&f->ring,
					    &(struct ring_place){ at, t->sp, end });
		wait->caller = wait_caller(f, frame + 1);
		wait_set_owner(f, kind, wait);
		f->w->nr++;
		return true;
	}
	return false;
}

static void wait_find_of_task(struct wait_finder *f, u32 task)
{
	const struct task *t = &f->tasks->all[task];

	unwind_task(f->k, f->unwind, t->base, t->sp, &f->stack);
	for (u32 frame = 0; frame < f->stack.nr; frame++) {
		const char *name = wait_function(f, frame);

		for (u32 kind = 0; kind < nr_wait_kinds && kind < WAIT_KINDS_MAX; kind++)
			for (const char *const *fn = wait_kinds[kind].functions; *fn; fn++)
				if (f->usable[kind] && wait_is_function(name, *fn) &&
				    wait_find_record(f, task, kind, frame))
					return;
	}
}

int waits_find(struct waits *w, const struct kernel *k, const struct tasks *tasks,
	       const struct unwind_fields *unwind, struct error *err)
{
	struct wait_finder *f = calloc(1, sizeof(*f));
	int ret = -ENOMEM;

	*w = (struct waits){ 0 };
	w->all = calloc((size_t)tasks->nr + 1, sizeof(*w->all));
	if (f && w->all) {
		*f = (struct wait_finder){ .w = w, .k = k, .tasks = tasks, .unwind = unwind };
		ret = ring_open(&f->ring, k, tasks, unwind->stack_size);
	}
	if (ret) {
		error_set(err, "the waits of tasks: not enough memory");
	} else {
		wait_find_fields(f);
		for (u32 i = 0; i < tasks->nr; i++)
			if (!tasks->all[i].running && strchr("SDI", tasks->all[i].state))
				wait_find_of_task(f, i);
		ring_close(&f->ring);
	}
	free(f);
	return ret;
}

void waits_free(struct waits *w)
{
	free(w->all);
	*w = (struct waits){ 0 };
}
