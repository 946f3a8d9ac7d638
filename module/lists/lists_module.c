// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * lists_module.c - whether the kernel's lists are whole in a live dump.
 *
 * Addresses come from the copy, which is torn. One may be of what is not there any more, or
 * anything. So nothing is read at them: they are translated to page frames, and the core
 * has the copies of those, or makes new ones if they belong in the dump.
 */
#include <linux/cpumask.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "core/buffer/pagebuf.h"
#include "lists_module.h"

#ifdef LIVEDUMP_HAVE_LISTS

#define FIELD(type, member) \
	{ offsetof(struct type, member), sizeof_field(struct type, member), 1 }

static const struct ld_lists lists_of_kernel = {
	.stack_size = THREAD_SIZE,
	.fields = {
		[LD_LIST_TASKS] = FIELD(task_struct, tasks),
		[LD_LIST_PID] = FIELD(task_struct, pid),
		[LD_LIST_SIGNAL] = FIELD(task_struct, signal),
		[LD_LIST_THREAD_NODE] = FIELD(task_struct, thread_node),
		[LD_LIST_THREAD_HEAD] = FIELD(signal_struct, thread_head),
		[LD_LIST_PID_LINKS] = FIELD(task_struct, pid_links),
		[LD_LIST_NS_ROOT] = FIELD(pid_namespace, idr.idr_rt.xa_head),
		[LD_LIST_NODE_SHIFT] = FIELD(xa_node, shift),
		[LD_LIST_NODE_SLOTS] = {
			offsetof(struct xa_node, slots), sizeof_field(struct xa_node, slots),
			XA_CHUNK_SIZE
		},
		[LD_LIST_STRUCT_PID_TASKS] = FIELD(pid, tasks),
		[LD_LIST_STRUCT_PID_NUMBERS] = { offsetof(struct pid, numbers), 0, 1 },
		[LD_LIST_UPID_NR] = FIELD(upid, nr),
		[LD_LIST_MODULE] = FIELD(module, list),
		[LD_LIST_TASK] = { 0, sizeof(struct task_struct), 1 },
		[LD_LIST_STACK] = FIELD(task_struct, stack),
		[LD_LIST_EXIT_STATE] = FIELD(task_struct, exit_state),
	},
};

static struct livedump_lists *lists_of_memory(struct ld_lists_memory *m)
{
	return container_of(m, struct livedump_lists, memory);
}

/*
 * The page frame at @addr now. The page table of vmalloc() is read without a lock: the
 * number may be wrong if it changes, but not what the core does with it.
 */
static int lists_find(u64 addr, u64 *pfn)
{
	void *at = (void *)(unsigned long)addr;
	struct page *page;

	if (virt_addr_valid(at)) {
		*pfn = PHYS_PFN(virt_to_phys(at));
		return 0;
	}
	if (!is_vmalloc_addr(at) && (addr < MODULES_VADDR || addr >= MODULES_END))
		return -EFAULT;
	page = vmalloc_to_page(at);
	if (!page)
		return -EFAULT;
	*pfn = page_to_pfn(page);
	return 0;
}

static int lists_number(struct ld_lists_memory *m, u64 addr, u32 size, u64 *value)
{
	struct livedump_lists *l = lists_of_memory(m);
	const void *copy;
	u64 pfn;

	if (ld_control_cancelled(l->control) || offset_in_page(addr) + size > PAGE_SIZE ||
	    size > sizeof(*value) || lists_find(addr, &pfn) ||
	    !ld_pagebuf_find(l->copies, pfn, &copy))
		return -EFAULT;
	*value = 0;
	if (copy)
		memcpy(value, copy + offset_in_page(addr), size);
	return 0;
}

static int lists_copy(struct ld_lists_memory *m, u64 addr, unsigned int nr)
{
	struct livedump_lists *l = lists_of_memory(m);
	u64 pfn;
	int err;

	for (unsigned int i = 0; i < nr; i++) {
		if (ld_control_cancelled(l->control))
			return -ECANCELED;
		err = lists_find(addr + (u64)i * PAGE_SIZE, &pfn);
		if (!err)
			err = l->again->copy(l->again, pfn, 1);
		if (err)
			return err;
	}
	return 0;
}

static unsigned int lists_what_is_torn(struct ld_checker *c, const struct ld_pagebuf *copies,
				       struct ld_again *again, unsigned int reading)
{
	struct livedump_lists *l = container_of(c, struct livedump_lists, checker);
	struct ld_lists_state state;

	l->copies = copies;
	l->again = again;
	ld_lists_mend(&l->lists, &l->memory, &state);
	return state.torn;
}

/* They are said by the caller. A wrong address is looked up in the copies, like any other. */
static void lists_set_queues(struct ld_lists *l, const struct ld_list_queues *queues)
{
	if (!queues->addr)
		return;
	l->fields[LD_LIST_RQ_CURR] = (struct ld_list_field){ queues->curr, sizeof(void *), 1 };
	l->fields[LD_LIST_RQ_IDLE] = (struct ld_list_field){ queues->idle, sizeof(void *), 1 };
	l->cpus = (struct ld_list_cpus){
		.nr = min(nr_cpu_ids, LD_LIST_CPUS_MAX),
		.possible = (unsigned long)cpumask_bits(cpu_possible_mask),
		.offsets = (unsigned long)__per_cpu_offset,
		.queues = queues->addr,
	};
}

struct ld_checker *livedump_lists_open(struct livedump_lists *l,
				       const struct ld_list_queues *queues,
				       const struct ld_control *control)
{
	*l = (struct livedump_lists){
		.checker = { .what_is_torn = lists_what_is_torn, .readings = LD_LISTS_READINGS },
		.lists = lists_of_kernel,
		.memory = { .number = lists_number, .copy = lists_copy },
		.control = control,
	};
	l->lists.init_task = (unsigned long)&init_task;
	l->lists.init_pid_ns = (unsigned long)&init_pid_ns;
	l->lists.modules = (unsigned long)&THIS_MODULE->list;
	lists_set_queues(&l->lists, queues);
	return &l->checker;
}

#else

struct ld_checker *livedump_lists_open(struct livedump_lists *l,
				       const struct ld_list_queues *queues,
				       const struct ld_control *control)
{
	return NULL;
}

#endif
