/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trigger.h - what has happened, as a rule has seen it.
 */
#ifndef LIVEDUMP_WATCH_TRIGGER_H
#define LIVEDUMP_WATCH_TRIGGER_H

#include "watch/config/rules.h"

struct trigger {
	struct rule *rule;
	char message[256];
	char task[32];			/* its name, or "" */
	s32 pid;			/* 0: not known */
	char function[64];		/* in which it waits, or "" */
	unsigned int priority;		/* the rule's; lower for a hung task that is not root's */
};

/* So much lower is the priority of a dump for such a task. */
#define TRIGGER_USER_LESS	10U

typedef void trigger_fn(void *arg, struct trigger *t);

/* The message, made printable, without a line's end. */
void trigger_set_message(struct trigger *t, const char *message);

/*
 * Fill in task and pid from a message of the kernel about a task, and the function that
 * it waits in from /proc/PID/wchan, which waits for no lock of the task.
 */
void trigger_find_task(struct trigger *t);

/*
 * Set the priority. Any user can have tasks that hang, on a file system that the user's own
 * program serves: they shall not use up the dumps for what hangs the system.
 */
void trigger_set_priority(struct trigger *t, const char *proc);

/*
 * Whether the task is a process of the daemon, by its ancestors in @proc, or of another one that
 * runs the same program.
 */
bool trigger_is_own(const struct trigger *t, const char *proc, s32 daemon);

#endif
