/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lists_check.h - look at the kernel's lists in the copy of memory, before it becomes a
 * dump.
 */
#ifndef LIVEDUMP_LISTS_CHECK_H
#define LIVEDUMP_LISTS_CHECK_H

#include <pthread.h>
#include <semaphore.h>

#include "core/checker.h"
#include "core/source.h"
#include "waitgraph/lists/lists.h"
#include "waitgraph/memory/memory_frames.h"

/* What is to be said of the lists, for info.N. */
struct lists_verdict {
	char text[160];			/* "whole (reading 2 of 2)"; "": they were not looked at */
	bool torn;
};

/* Finds out what is needed of the running kernel, in a thread of its own if it runs. */
struct lists_helper {
	pthread_t thread;
	sem_t known;			/* posted when @can_look is set */
	sem_t done;			/* posted when @why of the check is set */
	sem_t leave;			/* the thread may end */
	bool runs;
	bool can_look;			/* the kernel has all symbols, and types */
};

struct lists_check {
	struct ld_checker checker;
	struct ld_source *src;
	unsigned int worker;		/* as which it reads the running system */
	struct lists_helper helper;
	const struct ld_pagebuf *copies;	/* NULL: the running system is read */
	struct ld_again *again;		/* copies page frames again, valid in is_torn() */
	bool tables_again;		/* what is read are page tables to be copied again */
	struct memory memory;		/* the copies, open after the first look */
	struct memory_frames frames;
	struct ld_lists lists;
	unsigned int readings;		/* after which it has looked */
	char why[96];			/* why they cannot be looked at */
};

/*
 * Find out what is needed of the kernel that @src reads, as worker @worker, which reads
 * nothing else until lists_check_close(). This takes as long as reading some hundred MB,
 * and some 30 MiB of memory. With @beside a thread does it while the core goes on.
 * @c->checker is what the core needs.
 */
void lists_check_open(struct lists_check *c, struct ld_source *src, unsigned int worker,
		      bool beside);

/* When the dump is complete, or has failed. Only now @c->why is final. */
void lists_check_close(struct lists_check *c);

/*
 * What is to be said of the lists of a live dump with a page buffer, from its result.
 * @why: why they could not be looked at; "": not all memory was read ahead.
 */
void lists_tell(const struct dump_lists *lists, const char *why, struct lists_verdict *verdict);

#endif
