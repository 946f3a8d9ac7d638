/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * disks.h - requests that disks have not finished.
 */
#ifndef LIVEDUMP_WAITGRAPH_DISKS_H
#define LIVEDUMP_WAITGRAPH_DISKS_H

#include "waitgraph/finder/names.h"

#define DISKS_SIZE	64U

enum disk_field {
	DISK_QUEUE, DISK_NAME,				/* of a gendisk */
	DISK_TAG_SET, DISK_TAGS, DISK_NR_QUEUES,
	DISK_NR_TAGS, DISK_REQUESTS,
	DISK_RQ_QUEUE, DISK_RQ_STATE, DISK_RQ_START, DISK_RQ_TAG,
	NR_DISK_FIELDS
};

/* What was told of a disk: many may wait for it, and to count takes long. */
struct disks_told {
	u64 disk;			/* 0: nothing */
	char busy[DISKS_SIZE];		/* "": it has no requests */
};

/* A machine may have hundreds. If there are more, some are counted again and again. */
#define DISKS_TOLD	4096U

struct disks {
	struct disks_told *told;	/* DISKS_TOLD of them, the caller's */
	struct field fields[NR_DISK_FIELDS];
	u64 now;			/* CLOCK_MONOTONIC, in ns; 0: not known */
	bool usable;
};

/* @told must stay. */
void disks_open(struct disks *d, const struct wait_finder *f,
		struct disks_told told[DISKS_TOLD]);

/*
 * "loop0 has 3 requests, the oldest for 12.3 s", of the struct gendisk at @disk; false:
 * it has none, or is no disk that the block layer queues requests for.
 */
bool disks_busy(const struct disks *d, const struct wait_finder *f, u64 disk,
		char buf[DISKS_SIZE]);

#endif
