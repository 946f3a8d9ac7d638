// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * disks.c - a request that was given to the driver of a disk is in the tables of tags of
 * the disk. Disks may share tables, and an entry may be old; a request counts that has
 * the queue of the disk and is in flight. Source: block/blk-mq.c and blk-mq-tag.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disks.h"

#define DISKS_QUEUES_MAX	1024U
#define DISKS_TAGS_MAX		16384U
#define DISKS_NAME_SIZE		24U
#define DISKS_IN_FLIGHT		1U	/* MQ_RQ_IN_FLIGHT */
#define DISKS_NS		1000000000ULL
#define DISKS_HASH		0x9e3779b97f4a7c15ULL

static const struct field_row disk_rows[NR_DISK_FIELDS] = {
	[DISK_QUEUE] = { "gendisk", "queue", false },
	[DISK_NAME] = { "gendisk", "disk_name", false },
	[DISK_TAG_SET] = { "request_queue", "tag_set", false },
	[DISK_TAGS] = { "blk_mq_tag_set", "tags", false },
	[DISK_NR_QUEUES] = { "blk_mq_tag_set", "nr_hw_queues", false },
	[DISK_NR_TAGS] = { "blk_mq_tags", "nr_tags", false },
	[DISK_REQUESTS] = { "blk_mq_tags", "rqs", false },
	[DISK_RQ_QUEUE] = { "request", "q", false },
	[DISK_RQ_STATE] = { "request", "state", false },
	[DISK_RQ_START] = { "request", "start_time_ns", false },
	[DISK_RQ_TAG] = { "request", "tag", false },
};

struct disk_requests {
	u64 nr, oldest;			/* oldest: its time; 0: none is known */
};

/*
 * Requests have times of CLOCK_MONOTONIC, which drifts from the clocks of the run queues. The
 * next tick is at most one tick later than now, as the processor that took the dump is awake.
 */
void disks_open(struct disks *d, const struct wait_finder *f,
		struct disks_told told[DISKS_TOLD])
{
	u64 at;

	*d = (struct disks){ .told = told };
	if (!symbols_find(&f->k->symbols, "tick_next_period", &at) ||
	    memory_u64(f->k->m, at, &d->now))
		d->now = 0;
	d->usable = finder_fields(f, disk_rows, NR_DISK_FIELDS, d->fields);
}

/* Where what was told of @disk is, or is to be. */
static struct disks_told *disks_slot(const struct disks *d, u64 disk)
{
	u32 first = (u32)(disk * DISKS_HASH >> 32), i;

	for (i = 0; i < DISKS_TOLD; i++) {
		struct disks_told *told = &d->told[(first + i) % DISKS_TOLD];

		if (told->disk == disk || !told->disk)
			return told;
	}
	return &d->told[first % DISKS_TOLD];
}

static void disks_count(const struct disks *d, const struct wait_finder *f, u64 tags,
			u64 queue, struct disk_requests *found)
{
	const struct field *fields = d->fields;
	struct memory *m = f->k->m;
	u64 nr, table;

	if (field_read(m, tags, &fields[DISK_NR_TAGS], &nr) || nr > DISKS_TAGS_MAX ||
	    field_read(m, tags, &fields[DISK_REQUESTS], &table))
		return;
	for (u64 i = 0; i < nr; i++) {
		u64 rq, its, state, start, tag;

		if (memory_u64(m, table + i * sizeof(rq), &rq))
			return;
		if (!rq || field_read(m, rq, &fields[DISK_RQ_QUEUE], &its) || its != queue ||
		    field_read(m, rq, &fields[DISK_RQ_STATE], &state) ||
		    state != DISKS_IN_FLIGHT ||
		    /* It stays in the table under its last tag, and has another one now. */
		    field_read(m, rq, &fields[DISK_RQ_TAG], &tag) || (u32)tag != i ||
		    field_read(m, rq, &fields[DISK_RQ_START], &start))
			continue;
		found->nr++;
		if (start && (!found->oldest || start < found->oldest))
			found->oldest = start;
	}
}

/* Returns false if there are none, or none can be read. */
static bool disks_look(const struct disks *d, const struct wait_finder *f, u64 disk,
		       char buf[DISKS_SIZE])
{
	const struct field *fields = d->fields;
	struct disk_requests found = { 0 };
	struct memory *m = f->k->m;
	char name[DISKS_NAME_SIZE];
	u64 queue, set, table, nr, counted = 0;
	int len;

	if (field_read(m, disk, &fields[DISK_QUEUE], &queue) ||
	    memory_string(m, disk + fields[DISK_NAME].off, name, sizeof(name)) ||
	    field_read(m, queue, &fields[DISK_TAG_SET], &set) || !set ||
	    field_read(m, set, &fields[DISK_TAGS], &table) ||
	    field_read(m, set, &fields[DISK_NR_QUEUES], &nr) || nr > DISKS_QUEUES_MAX)
		return false;
	/* With BLK_MQ_F_TAG_HCTX_SHARED all queues of the set have the same tags. */
	for (u64 i = 0; i < nr; i++) {
		u64 tags;

		if (memory_u64(m, table + i * sizeof(tags), &tags) || !tags || tags == counted)
			continue;
		disks_count(d, f, tags, queue, &found);
		counted = tags;
	}
	if (!found.nr)
		return false;
	len = snprintf(buf, DISKS_SIZE, "%s has %" PRIu64 " request%s", name,
		       (uint64_t)found.nr, found.nr == 1 ? "" : "s");
	if (found.oldest && d->now > found.oldest && len > 0 && (u32)len < DISKS_SIZE)
		snprintf(buf + len, DISKS_SIZE - (u32)len, ", %sfor %.1f s",
			 found.nr == 1 ? "" : "the oldest ",
			 (double)(d->now - found.oldest) / DISKS_NS);
	return true;
}

bool disks_busy(const struct disks *d, const struct wait_finder *f, u64 disk,
		char buf[DISKS_SIZE])
{
	struct disks_told *told;

	if (!d->usable || !disk)
		return false;
	told = disks_slot(d, disk);
	if (told->disk != disk) {
		told->disk = disk;
		if (!disks_look(d, f, disk, told->busy))
			told->busy[0] = '\0';
	}
	memcpy(buf, told->busy, DISKS_SIZE);
	return *buf;
}
