// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/xarray.h>

/* What module/lists knows of the lists of processes, threads, PIDs and modules. */
const void *probe(const struct pid *pid, const struct xa_node *node);
const void *probe(const struct pid *pid, const struct xa_node *node)
{
	const struct list_head *next = init_task.tasks.next;
	const struct list_head *thread = init_task.thread_node.next;
	const struct list_head *head = &init_task.signal->thread_head;
	const struct list_head *list = &THIS_MODULE->list;
	const struct hlist_node *link = &init_task.pid_links[PIDTYPE_PID];
	const struct hlist_head *task = &pid->tasks[PIDTYPE_PID];
	const struct idr *idr = &init_pid_ns.idr;

	return next == head || thread == list || link == task->first || pid->numbers[0].nr ||
	       node->shift || node->slots[0] ? idr->idr_rt.xa_head : init_task.stack;
}
