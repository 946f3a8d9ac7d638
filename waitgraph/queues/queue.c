// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * queue.c - records of wait queues, and what they are a part of. Source:
 * kernel/sched/wait.c, wait_bit.c, mm/filemap.c and kernel/locking/percpu-rwsem.c.
 *
 * wait_event() has its record in whatever function it is used in, so it is looked for in
 * all frames, and only for tasks that no signal wakes up.
 */
#include <inttypes.h>
#include <stdio.h>

#include "queue.h"
#include "waitgraph/types/enums.h"

#define QUEUE_BH_LOCK	2		/* the bit of a buffer_head */
#define QUEUE_PG_LOCKED	0U		/* the bit of a page */
#define QUEUE_ANON	3U		/* lowest bits of a mapping: no file */
#define QUEUE_CPUS_MAX	8192U

static const struct field_row queue_ring_rows[NR_WAIT_FIELDS] = {
	[WAIT_RECORD_LIST] = { "wait_queue_entry", "entry", false },
	[WAIT_RECORD_TASK] = { "wait_queue_entry", "private", false },
	[WAIT_LOCK_LIST] = { "wait_queue_head", "head", false },
};

static const struct field_row queue_rows[NR_QUEUE_FIELDS] = {
	[QUEUE_FUNC] = { "wait_queue_entry", "func", false },
	[QUEUE_BIT_ENTRY] = { "wait_bit_queue_entry", "wq_entry", false },
	[QUEUE_BIT_FLAGS] = { "wait_bit_queue_entry", "key.flags", false },
	[QUEUE_BIT_NR] = { "wait_bit_queue_entry", "key.bit_nr", false },
	[QUEUE_PAGE_ENTRY] = { "wait_page_queue", "wait", false },
	[QUEUE_PAGE_FOLIO] = { "wait_page_queue", "folio", true },
	[QUEUE_PAGE_OLD] = { "wait_page_queue", "page", true },		/* before 5.16 */
	[QUEUE_PAGE_BIT] = { "wait_page_queue", "bit_nr", false },
	[QUEUE_MAPPING] = { "page", "mapping", true },
	[QUEUE_INDEX] = { "page", "index", true },
	[QUEUE_SEM_WAITERS] = { "percpu_rw_semaphore", "waiters", true },
	[QUEUE_SEM_WRITER] = { "percpu_rw_semaphore", "writer.task", true },
	[QUEUE_SEM_READERS] = { "percpu_rw_semaphore", "read_count", true },
	[QUEUE_SEM_BLOCK] = { "percpu_rw_semaphore", "block", true },
};

/* Where pages lack it: struct folio has it at the same place. */
static const struct field_row queue_folio_rows[] = {
	{ "folio", "mapping", false },
	{ "folio", "index", false },
};

static const char *const queue_inode_functions[] = {
	"inode_wait_for_writeback", "__inode_wait_for_writeback", "inode_sleep_on_writeback",
	"__wait_on_freeing_inode", "wait_on_inode", "iget_locked", "iget5_locked", "ilookup5",
	"ilookup", "writeback_single_inode", "wait_on_new_inode", "find_inode",
	"find_inode_fast", "evict", NULL
};

static const char *const queue_writer_functions[] = { "percpu_down_write", NULL };

void queue_open(struct queue_finder *q, const struct wait_finder *f)
{
	*q = (struct queue_finder){ 0 };
	for (u32 i = 0; i < NR_WAIT_FIELDS; i++)
		if (queue_ring_rows[i].type &&
		    !finder_fields(f, &queue_ring_rows[i], 1, &q->ring[i]))
			return;
	q->usable = finder_fields(f, queue_rows, NR_QUEUE_FIELDS, q->fields);
	if (!q->fields[QUEUE_MAPPING].there || !q->fields[QUEUE_INDEX].there)
		finder_fields(f, queue_folio_rows, 2, &q->fields[QUEUE_MAPPING]);
	if (!q->fields[QUEUE_PAGE_FOLIO].there)
		q->fields[QUEUE_PAGE_FOLIO] = q->fields[QUEUE_PAGE_OLD];
	q->writeback = enums_find(&f->k->types, "pageflags", "PG_writeback");
	if (!symbols_find(&f->k->symbols, "__per_cpu_offset", &q->offsets))
		q->offsets = 0;
	names_open(&q->names, f);
	disks_open(&q->disks, f, q->told);
}

/* Add what the disk at @disk has to do. */
static void queue_add_disk(const struct queue_finder *q, const struct wait_finder *f, u64 disk,
			   struct wait *wait)
{
	char busy[DISKS_SIZE], name[WAITS_ABOUT_SIZE];

	wait->device = disk;
	if (!disks_busy(&q->disks, f, disk, busy))
		return;
	snprintf(name, sizeof(name), "%s", wait->about);
	finder_set_about(wait, "%s; %s", name, busy);
}

/* A page in the cache of a file, or of a disk. */
static void queue_tell_page(const struct queue_finder *q, const struct wait_finder *f,
			    u64 entry, struct wait *wait)
{
	u64 record = entry - q->fields[QUEUE_PAGE_ENTRY].off, folio, bit, mapping = 0, index = 0;
	char name[NAMES_SIZE];
	const char *what;
	u64 inode;

	if (!q->fields[QUEUE_PAGE_FOLIO].there ||
	    field_read(f->k->m, record, &q->fields[QUEUE_PAGE_FOLIO], &folio) ||
	    field_read(f->k->m, record, &q->fields[QUEUE_PAGE_BIT], &bit))
		return;
	wait->kind = &wait_kinds[KIND_PAGE];
	wait->lock = folio;
	what = bit == QUEUE_PG_LOCKED ? "lock" : (s64)bit == q->writeback ? "writeback" : "flag";
	if (!q->fields[QUEUE_MAPPING].there ||
	    field_read(f->k->m, folio, &q->fields[QUEUE_MAPPING], &mapping) ||
	    field_read(f->k->m, folio, &q->fields[QUEUE_INDEX], &index))
		finder_set_about(wait, "%s", what);
	else if (mapping & QUEUE_ANON)
		finder_set_about(wait, "%s of anonymous memory", what);
	else
		finder_set_about(wait, "%s", what);
	inode = q->names.usable ? names_mapping(&q->names, f, mapping) : 0;
	if (!inode || !names_inode(&q->names, f, inode, name))
		return;
	finder_set_about(wait, "%s of page %" PRIu64 " of %s", what, (uint64_t)index, name);
	queue_add_disk(q, f, names_inode_disk(&q->names, f, inode), wait);
}

/* The inode whose state is waited for with the word at @flags, or 0. */
static u64 queue_inode_of(const struct queue_finder *q, u64 flags)
{
	/* Since Linux 6.12 each bit of the state has an address of its own. */
	return flags - flags % sizeof(u32) - q->names.fields[NAME_STATE].off;
}

static void queue_tell_bit(const struct queue_finder *q, const struct wait_finder *f,
			   u64 entry, struct wait *wait)
{
	u64 record = entry - q->fields[QUEUE_BIT_ENTRY].off, flags, nr;
	char name[NAMES_SIZE];

	if (field_read(f->k->m, record, &q->fields[QUEUE_BIT_FLAGS], &flags) ||
	    field_read(f->k->m, record, &q->fields[QUEUE_BIT_NR], &nr) || !flags)
		return;
	wait->kind = &wait_kinds[KIND_BIT];
	wait->lock = flags;
	/* The function that waits for a buffer is not on the stack: its call is a jump. */
	if (nr == QUEUE_BH_LOCK &&
	    names_buffer(&q->names, f, flags - q->names.fields[NAME_BH_STATE].off, name)) {
		wait->kind = &wait_kinds[KIND_BUFFER];
		wait->lock = flags - q->names.fields[NAME_BH_STATE].off;
		finder_set_about(wait, "%s", name);
		queue_add_disk(q, f, names_buffer_disk(&q->names, f, wait->lock), wait);
	} else if (finder_is_in(f, queue_inode_functions) &&
		   names_inode(&q->names, f, queue_inode_of(q, flags), name)) {
		wait->kind = &wait_kinds[KIND_INODE];
		wait->lock = queue_inode_of(q, flags);
		finder_set_about(wait, "%s", name);
		queue_add_disk(q, f, names_inode_disk(&q->names, f, wait->lock), wait);
	}
}

/*
 * Who writes is not remembered, but while one waits for the readers it is known who it
 * is. Those that came after it wait for it.
 */
static void queue_tell_sem(const struct queue_finder *q, const struct wait_finder *f,
			   struct wait *wait)
{
	u64 sem = wait->lock - q->fields[QUEUE_SEM_WAITERS].off, writer;
	char name[NAMES_SIZE];

	if (!wait->lock || !q->fields[QUEUE_SEM_WAITERS].there)
		return;
	wait->kind = &wait_kinds[KIND_PERCPU_RWSEM];
	wait->lock = sem;
	if (q->fields[QUEUE_SEM_WRITER].there &&
	    !field_read(f->k->m, sem, &q->fields[QUEUE_SEM_WRITER], &writer))
		finder_set_owner(f, wait, writer);
	if (names_writers(&q->names, f, sem, name))
		finder_set_about(wait, "frozen %s", name);
}

static void queue_tell(const struct queue_finder *q, const struct wait_finder *f, u64 entry,
		       struct wait *wait)
{
	struct symbol_at at;
	u64 func;

	if (field_read(f->k->m, entry, &q->fields[QUEUE_FUNC], &func) ||
	    !symbols_at(&f->k->symbols, func, &at))
		return;
	if (finder_is_function(at.name, "wake_page_function"))
		queue_tell_page(q, f, entry, wait);
	else if (finder_is_function(at.name, "wake_bit_function") ||
		 finder_is_function(at.name, "var_wake_function"))
		queue_tell_bit(q, f, entry, wait);
	else if (finder_is_function(at.name, "percpu_rwsem_wake_function"))
		queue_tell_sem(q, f, wait);
}

/* Whether the function that is to wake up by the record at @entry is one. */
static bool queue_has_func(const struct queue_finder *q, const struct wait_finder *f, u64 entry)
{
	u64 func;

	return !field_read(f->k->m, entry, &q->fields[QUEUE_FUNC], &func) &&
		symbols_is_text(&f->k->symbols, func);
}

struct wait *queue_find(const struct queue_finder *q, struct wait_finder *f)
{
	u32 last = f->stack.nr ? f->stack.nr - 1 : 0;

	if (!q->usable || !f->stack.nr)
		return NULL;
	f->ring.fields = q->ring;
	for (u32 frame = 0; frame <= last; frame++) {
		u64 end = finder_frame_end(f, frame);

		for (u64 at = f->stack.frames[frame].sp; at < end; at += sizeof(u64)) {
			struct ring_place place = { at, f->task->sp, end };
			struct wait *wait;

			if (!ring_is_record(&f->ring, at, f->task) || !queue_has_func(q, f, at))
				continue;
			wait = finder_add(f, KIND_QUEUE, ring_find_lock(&f->ring, &place), frame);
			queue_tell(q, f, at, wait);
			return wait;
		}
	}
	return NULL;
}

static bool queue_is_sem(const struct wait_finder *f, const void *ctx, u64 addr)
{
	const struct queue_finder *q = ctx;
	u64 writer, block;

	return !field_read(f->k->m, addr, &q->fields[QUEUE_SEM_WRITER], &writer) &&
		writer == f->task->addr &&
		!field_read(f->k->m, addr, &q->fields[QUEUE_SEM_BLOCK], &block) && block == 1;
}

/*
 * Each processor counts its readers, and one may leave on another than it came. In a live
 * dump the counters are of different moments, so that the sum may even be negative.
 */
static u64 queue_count_readers(const struct queue_finder *q, const struct wait_finder *f,
			       u64 sem)
{
	u64 mask, ids, nr, counter, possible = 0;
	u32 sum = 0;

	if (!q->offsets || !symbols_find(&f->k->symbols, "__cpu_possible_mask", &mask) ||
	    !symbols_find(&f->k->symbols, "nr_cpu_ids", &ids) ||
	    memory_number(f->k->m, ids, sizeof(u32), &nr) || nr > QUEUE_CPUS_MAX ||
	    field_read(f->k->m, sem, &q->fields[QUEUE_SEM_READERS], &counter))
		return 0;
	for (u32 i = 0; i < nr; i++) {
		u64 offset, count;

		if (i % 64 == 0 && memory_u64(f->k->m, mask + i / 8, &possible))
			return 0;
		if (!(possible >> i % 64 & 1))
			continue;
		if (memory_u64(f->k->m, q->offsets + i * sizeof(u64), &offset) ||
		    memory_number(f->k->m, counter + offset, sizeof(u32), &count))
			return 0;
		sum += (u32)count;
	}
	return (s32)sum > 0 ? sum : 0;
}

bool queue_find_writer(const struct queue_finder *q, struct wait_finder *f)
{
	u32 frame = finder_frame(f, 0, queue_writer_functions);
	struct wait *wait;
	u64 sem;

	if (!q->usable || frame == FINDER_NO_FRAME || !q->fields[QUEUE_SEM_WRITER].there ||
	    !q->fields[QUEUE_SEM_BLOCK].there || !q->fields[QUEUE_SEM_READERS].there)
		return false;
	sem = finder_scan(f, 0, frame, queue_is_sem, q);
	if (!sem)
		return false;
	wait = finder_add(f, KIND_PERCPU_RWSEM, sem, frame);
	wait->readers = queue_count_readers(q, f, sem);
	wait->possibly = wait->readers;
	return true;
}
