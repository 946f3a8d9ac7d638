/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * blocked.h - what has to be looked at now and then: the kernel's count of hung tasks, and
 * tasks that wait for long, where the kernel does not look itself.
 */
#ifndef LIVEDUMP_WATCH_BLOCKED_H
#define LIVEDUMP_WATCH_BLOCKED_H

#include "trigger.h"

#define BLOCKED_MAX	256U	/* tasks in D state at a time that are remembered */

struct waiting {
	s32 pid;
	u64 switches;		/* how often it has given up the processor */
	s64 since;		/* milliseconds of CLOCK_BOOTTIME */
	bool seen;		/* in this look */
	bool told;
};

struct blocked {
	int count_fd;		/* kernel.hung_task_detect_count; -1: there is none */
	u64 count;
	const char *proc;
	struct waiting waiting[BLOCKED_MAX];
	unsigned int nr;
	s64 next;		/* when to look at the tasks; 0: never */
};

#define BLOCKED_INIT	{ .count_fd = -1 }

/* @rules: what is looked at. @proc: where the tasks are. */
void blocked_open(struct blocked *t, struct rules *rules, const char *proc, s64 now);
void blocked_close(struct blocked *t);

/* Look, and call @fn for what the rules are about. @now: CLOCK_BOOTTIME in ms. */
void blocked_look(struct blocked *t, struct rules *rules, s64 now, trigger_fn *fn, void *arg);

/* Milliseconds until the next look; -1: never. */
int blocked_timeout(const struct blocked *t, s64 now);

#endif
