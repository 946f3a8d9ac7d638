/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * caller.h - the task that asked for a dump. The threads of the dump have its rights,
 * priority and limits.
 */
#ifndef LIVEDUMP_CALLER_H
#define LIVEDUMP_CALLER_H

#include <linux/cred.h>
#include <linux/sched.h>

#include "cgroup.h"

/*
 * The lowest nice value of a dump's threads. With a higher one a dump would
 * take very long on a busy machine, and the longer a live dump takes, the less
 * consistent it is.
 */
#define LIVEDUMP_NICE	5

/* "uid 0 pid 123 comm savecore". Each byte of comm may take four. */
#define LIVEDUMP_NAME_SIZE	(40 + 4 * TASK_COMM_LEN)

/* How the kernel log names the current task, in @name of LIVEDUMP_NAME_SIZE. Returns @name. */
const char *livedump_name_current(char *name);

struct livedump_caller {
	const struct cred *cred;
	struct livedump_cgroup cgroup;
	bool kernel;			/* code of the kernel, not a program */
	int nice;
	int ioprio;
	char name[LIVEDUMP_NAME_SIZE];	/* see livedump_name_current() */
};

/*
 * Give the current task the rights of @cred, and take them back; the first returns its own.
 * It has a reference of its own meanwhile: a thread that crashes drops one at its exit, and
 * since Linux 6.14 override_creds() takes none.
 */
static inline const struct cred *livedump_rights_take(const struct cred *cred)
{
	return override_creds(get_cred(cred));
}

static inline void livedump_rights_return(const struct cred *own, const struct cred *cred)
{
	revert_creds(own);
	put_cred(cred);
}

/* The current task is the caller. Whoever calls the first must call the second. */
void livedump_caller_get(struct livedump_caller *caller);
void livedump_caller_put(struct livedump_caller *caller);

#endif
