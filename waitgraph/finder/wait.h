/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wait.h - a task that waits, and what for.
 */
#ifndef LIVEDUMP_WAITGRAPH_WAIT_H
#define LIVEDUMP_WAITGRAPH_WAIT_H

#include "kinds.h"
#include "waitgraph/tasks/unwind.h"

#define WAITS_NOBODY	UINT32_MAX

/* A wait this long counts as a hang, in ns. */
#define WAITS_HANG_NS	10000000000ULL

/*
 * The pages of a live dump are of moments that are seconds apart: where a wait is shorter
 * than this, in ns, who has the lock may be read of another moment.
 */
#define WAITS_STILL_NS	1000000000ULL

#define WAITS_ABOUT_SIZE	128U

struct wait {
	u32 task;			/* number in struct tasks */
	u32 owner;			/* the same, or WAITS_NOBODY: not known, or nobody */
	const struct wait_kind *kind;
	u64 lock;			/* address; 0: the list does not lead to it */
	u64 device;			/* gendisk, or rpc_xprt, that it is behind; 0: not known */
	u64 readers;			/* how many have it, where that is counted */
	bool possibly;			/* the owner may be another */
	struct frame caller;		/* what wanted the lock */
	char about[WAITS_ABOUT_SIZE];	/* what it is, printable; "": nothing to add */
};

struct waits {
	struct wait *all;		/* by task */
	u32 nr;
	u32 not_known;			/* kinds of lock that the types do not describe */
};

#endif
