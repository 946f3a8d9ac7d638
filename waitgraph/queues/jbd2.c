// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * jbd2.c - the wait queues of a journal are in struct journal_s. One of its own threads
 * commits; it was given the journal, and the journal has the thread. Source:
 * fs/jbd2/journal.c, commit.c and transaction.c.
 */
#include <stdio.h>

#include "jbd2.h"
#include "waitgraph/kernel/module_types.h"

/*
 * Who ends the waits of a queue: the thread for the first; for the second also, unless
 * somebody has set up a barrier; for the third who has a handle open. Of the others it is
 * not recorded who has reserved credits, or does a fast commit.
 */
#define JBD2_COMMIT	0U
#define JBD2_LOCKED	1U
#define JBD2_UPDATES	2U
#define JBD2_NAME_SIZE	56U

static const struct field_row jbd2_queues[NR_JBD2_QUEUES] = {
	[JBD2_COMMIT] = { "journal_s", "j_wait_done_commit", false },
	[JBD2_LOCKED] = { "journal_s", "j_wait_transaction_locked", false },
	[JBD2_UPDATES] = { "journal_s", "j_wait_updates", false },
	{ "journal_s", "j_wait_reserved", false },
	{ "journal_s", "j_fc_wait", false },
};

static const struct field_row jbd2_rows[] = {
	{ "journal_s", "j_task", false },
	{ "journal_s", "j_devname", false },
	{ "journal_s", "j_running_transaction", false },
	{ "task_struct", "journal_info", false },
	{ "jbd2_journal_handle", "h_transaction", false },
	{ "journal_s", "j_barrier_count", true },
};

static const char *const jbd2_functions[] = {
	"jbd2_log_wait_commit", "wait_transaction_locked", "wait_transaction_switching",
	"add_transaction_credits", "start_this_handle", "jbd2_journal_wait_updates",
	"jbd2_journal_commit_transaction", "jbd2_journal_lock_updates", "jbd2_fc_begin_commit",
	"jbd2_journal_destroy", "jbd2_complete_transaction", NULL
};

static bool jbd2_find_fields(struct jbd2_finder *j, const struct types *t)
{
	struct error ignored = { 0 };
	struct field fields[6];

	*j = (struct jbd2_finder){ 0 };
	for (u32 i = 0; i < NR_JBD2_QUEUES; i++)
		types_fields(t, &jbd2_queues[i], 1, &j->queues[i], &ignored);
	if (types_fields(t, jbd2_rows, 6, fields, &ignored))
		return false;
	j->task = fields[0];
	j->name = fields[1];
	j->committing = fields[2];
	j->handle = fields[3];
	j->transaction = fields[4];
	j->barriers = fields[5];
	j->usable = true;
	return true;
}

/* It is a module on some kernels: PREEMPT_RT and others that are not for clouds. */
void jbd2_open(struct jbd2_finder *j, const struct wait_finder *f)
{
	struct types types = { 0 };

	if (jbd2_find_fields(j, &f->k->types))
		return;
	if (module_types_read(&types, f->k, "jbd2"))
		jbd2_find_fields(j, &types);
	types_free(&types);
}

/* The number of the thread of the journal at @journal, or -1: there is no journal. */
static s64 jbd2_thread(const struct jbd2_finder *j, const struct wait_finder *f,
		       const struct threads *t, u64 journal)
{
	u64 task;
	s64 number;

	if (field_read(f->k->m, journal, &j->task, &task))
		return -1;
	number = tasks_find(f->tasks, task);
	return number >= 0 && t->all[number].role == THREAD_KERNEL &&
		t->all[number].data == journal ? number : -1;
}

/* Tasks with an open handle of the transaction that the journal wants to commit. */
static void jbd2_set_holders(const struct jbd2_finder *j, const struct wait_finder *f,
			     u64 journal, struct wait *wait)
{
	u64 wanted;

	if (field_read(f->k->m, journal, &j->committing, &wanted) || !wanted)
		return;
	for (u32 i = 0; i < f->tasks->nr; i++) {
		u64 handle, transaction;

		if (field_read(f->k->m, f->tasks->all[i].addr, &j->handle, &handle) || !handle ||
		    field_read(f->k->m, handle, &j->transaction, &transaction) ||
		    transaction != wanted || &f->tasks->all[i] == f->task)
			continue;
		if (!wait->readers++)
			wait->owner = i;
	}
	wait->possibly = wait->readers > 1;
	if (!wait->possibly)
		wait->readers = 0;
}

static bool jbd2_has_barrier(const struct jbd2_finder *j, const struct wait_finder *f,
			     u64 journal)
{
	u64 barriers = 0;

	return !j->barriers.there || field_read(f->k->m, journal, &j->barriers, &barriers) ||
	       barriers;
}

static void jbd2_set_owner(const struct jbd2_finder *j, const struct wait_finder *f, u32 queue,
			   u32 thread, struct wait *wait)
{
	if (queue == JBD2_UPDATES)
		jbd2_set_holders(j, f, wait->lock, wait);
	else if (thread != (u32)(f->task - f->tasks->all) &&
		 (queue == JBD2_COMMIT ||
		  (queue == JBD2_LOCKED && !jbd2_has_barrier(j, f, wait->lock))))
		wait->owner = thread;
}

void jbd2_refine(const struct jbd2_finder *j, const struct wait_finder *f,
		 const struct threads *t, struct wait *wait)
{
	u64 head = wait->lock;

	if (!j->usable || !t->usable || !finder_is_in(f, jbd2_functions))
		return;
	for (u32 i = 0; i < NR_JBD2_QUEUES; i++) {
		u64 journal = head - j->queues[i].off;
		char name[JBD2_NAME_SIZE];
		s64 thread;

		if (!j->queues[i].there)
			continue;
		thread = jbd2_thread(j, f, t, journal);
		if (thread < 0)
			continue;
		wait->kind = &wait_kinds[KIND_JBD2];
		wait->lock = journal;
		if (!memory_string(f->k->m, journal + j->name.off, name, sizeof(name)))
			finder_set_about(wait, "%s", name);
		jbd2_set_owner(j, f, i, (u32)thread, wait);
		return;
	}
}
