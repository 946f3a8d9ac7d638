// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * caller.c - the task that asked for a dump.
 */
#include <linux/ioprio.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "caller.h"

const char *livedump_name_current(char *name)
{
	char comm[TASK_COMM_LEN];

	get_task_comm(comm, current);
	scnprintf(name, LIVEDUMP_NAME_SIZE, "uid %u pid %d comm %*pE",
		  from_kuid_munged(&init_user_ns, current_uid()), task_tgid_nr(current),
		  (int)strnlen(comm, sizeof(comm)), comm);
	return name;
}

void livedump_caller_get(struct livedump_caller *caller)
{
	caller->cred = get_current_cred();
	livedump_cgroup_get(&caller->cgroup);
	caller->nice = max(task_nice(current), LIVEDUMP_NICE);
	caller->ioprio = get_current_ioprio();
	livedump_name_current(caller->name);
}

void livedump_caller_put(struct livedump_caller *caller)
{
	livedump_cgroup_put(&caller->cgroup);
	put_cred(caller->cred);
}
