// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ring.c - walk the list of a lock. What is on it but is not a record on the stack of a
 * task is the head, which is in the lock.
 */
#include <errno.h>
#include <stdlib.h>

#include "ring.h"

#define RING_OTHERS_MAX	65536U		/* records of a wait queue that are not on stacks */

static int ring_compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int ring_open(struct ring_reader *r, const struct kernel *k, const struct tasks *tasks,
	      u64 stack_size)
{
	static const struct field_row row = { "task_struct", "stack", true };
	struct error ignored = { 0 };

	*r = (struct ring_reader){ .k = k, .tasks = tasks, .stack_size = stack_size };
	types_fields(&k->types, &row, 1, &r->task_stack, &ignored);
	r->known.size = 64;
	/* A task may have two: in a wait queue, and in a lock that it takes before it sleeps. */
	while (r->known.size / 4 < tasks->nr)
		r->known.size *= 2;
	r->known.records = calloc(r->known.size, sizeof(*r->known.records));
	r->known.lists = calloc(r->known.size, sizeof(*r->known.lists));
	r->known.locks = calloc(r->known.size, sizeof(*r->known.locks));
	r->stacks = calloc((size_t)tasks->nr + 1, sizeof(*r->stacks));
	if (!r->known.records || !r->known.lists || !r->known.locks || !r->stacks) {
		ring_close(r);
		return -ENOMEM;
	}
	for (u32 i = 0; i < tasks->nr; i++)
		r->stacks[i] = tasks->all[i].base;
	qsort(r->stacks, tasks->nr, sizeof(*r->stacks), ring_compare);
	return 0;
}

void ring_close(struct ring_reader *r)
{
	free(r->known.records);
	free(r->known.lists);
	free(r->known.locks);
	free(r->stacks);
	r->stacks = NULL;
	r->known = (struct ring_known){ 0 };
}

/* The place of @record in the table, or the free place where it belongs. */
static u32 ring_slot(const struct ring_known *known, u64 record)
{
	u32 mask = known->size - 1;
	u32 at = (u32)(record * 0x9e3779b97f4a7c15ULL >> 32) & mask;

	while (known->records[at] && known->records[at] != record)
		at = (at + 1) & mask;
	return at;
}

static void ring_remember(struct ring_known *known, u64 record, u64 list)
{
	u32 at = ring_slot(known, record);

	if (known->records[at] || known->nr >= known->size / 2)
		return;
	known->records[at] = record;
	known->lists[at] = list;
	known->nr++;
}

/* The next element of a list, or the one before; 0 if it does not point back. */
static u64 ring_next(const struct ring_reader *r, u64 at, bool back)
{
	u64 next, check;

	if (memory_u64(r->k->m, at + back * 8, &next) ||
	    memory_u64(r->k->m, next + !back * 8, &check) || check != at)
		return 0;
	return next;
}

bool ring_is_record(const struct ring_reader *r, u64 record, const struct task *task)
{
	u64 list = record + r->fields[WAIT_RECORD_LIST].off, its, next;

	if (record < task->base || record - task->base >= r->stack_size ||
	    field_read(r->k->m, record, &r->fields[WAIT_RECORD_TASK], &its) || its != task->addr)
		return false;
	next = ring_next(r, list, false);
	/* Alone on a list that has a head: it has been taken off. */
	if (next == list && r->fields[WAIT_LOCK_LIST].there)
		return false;
	return next && ring_next(r, list, true);
}

/*
 * Whether there is a record at @record, on the stack of the task that it names. That one
 * need not be known: in a live dump the list of tasks may be torn, or older than the record.
 */
static bool ring_on_stack(const struct ring_reader *r, u64 record)
{
	u64 task, base;
	s64 number;

	if (field_read(r->k->m, record, &r->fields[WAIT_RECORD_TASK], &task))
		return false;
	number = tasks_find(r->tasks, task);
	if (number >= 0)
		base = r->tasks->all[number].base;
	else if (!r->task_stack.there || field_read(r->k->m, task, &r->task_stack, &base))
		return false;
	return record >= base && record - base < r->stack_size;
}

/*
 * Whether the element at @at is in a record that is not on a stack. In wait queues there
 * are such of files that are polled. They have a function before the element; the head
 * has a lock there.
 */
static bool ring_is_other(const struct ring_reader *r, u64 at)
{
	u64 func;

	return !memory_u64(r->k->m, at - sizeof(func), &func) &&
		symbols_is_text(&r->k->symbols, func);
}

/*
 * Walk the list of @start in both directions, to the head or to where it is torn, and
 * remember all records as on the list of @start. Returns the head, or 0. A link counts in
 * both directions or in none, so no walk from another record meets these again.
 */
static u64 ring_walk(struct ring_reader *r, u64 start)
{
	u64 off = r->fields[WAIT_RECORD_LIST].off, head = 0;

	ring_remember(&r->known, start, start);
	for (unsigned int back = 0; back < 2; back++) {
		u64 at = start + off;

		for (u32 i = 0; i <= r->tasks->nr + RING_OTHERS_MAX; i++) {
			at = ring_next(r, at, back);
			if (!at || at == start + off)
				break;
			if (ring_on_stack(r, at - off)) {
				ring_remember(&r->known, at - off, start);
			} else if (!ring_is_other(r, at)) {
				head = head ? head : at;
				break;
			}
		}
	}
	return head;
}

/* Whether @addr is on the stack of a task. */
static bool ring_in_stack(const struct ring_reader *r, u64 addr)
{
	u32 low = 0, high = r->tasks->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (r->stacks[mid] <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low && addr - r->stacks[low - 1] < r->stack_size;
}

/*
 * Whether a lock may be at @addr whose first record is on @list. On stacks there are other
 * pointers to records, and the records point to each other.
 */
static bool ring_is_lock(const struct ring_reader *r, u64 list, u64 addr)
{
	u64 first, owner;

	return addr % sizeof(u64) == 0 && !ring_in_stack(r, addr) &&
		!field_read(r->k->m, addr, &r->fields[WAIT_LOCK_FIRST], &first) &&
		r->known.lists[ring_slot(&r->known, first)] == list &&
		!ring_on_stack(r, addr) &&
		(!r->fields[WAIT_LOCK_OWNER].there ||
		 !field_read(r->k->m, addr, &r->fields[WAIT_LOCK_OWNER], &owner));
}

static u64 ring_find_pointer(const struct ring_reader *r, const struct ring_place *place,
			     u64 list)
{
	u64 addr;

	for (u64 at = place->start; at < place->end; at += sizeof(u64))
		if (!memory_u64(r->k->m, at, &addr) && ring_is_lock(r, list, addr))
			return addr;
	return 0;
}

u64 ring_find_lock(struct ring_reader *r, const struct ring_place *place)
{
	const struct field *in_lock = &r->fields[WAIT_LOCK_LIST];
	struct ring_known *known = &r->known;
	u64 list = known->lists[ring_slot(known, place->record)], lock = 0;

	if (list) {
		lock = known->locks[ring_slot(known, list)];
	} else {
		u64 head = ring_walk(r, place->record);

		list = place->record;
		if (head && in_lock->there)
			lock = head - in_lock->off;
	}
	/* What the stack of another waiter lacks may be on that of this one. */
	if (!lock && !in_lock->there)
		lock = ring_find_pointer(r, place, list);
	if (known->lists[ring_slot(known, list)])
		known->locks[ring_slot(known, list)] = lock;
	return lock;
}
