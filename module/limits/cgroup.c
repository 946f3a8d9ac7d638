// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup.c - makes threads members of the caller's control groups.
 *
 * A kernel thread starts in the root group. Three things take it to the
 * caller's: cgroup_attach_task_all() for all controllers of both versions, the
 * active memory group for what the thread allocates (a thread without an
 * address space is otherwise charged nothing), and __GFP_ACCOUNT in the
 * allocations themselves. Writeback needs nothing more: it goes by the group
 * that the page cache is charged to. Before Linux 5.14 that is the root group, because the
 * active memory group does not count for page cache.
 */
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/oom.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>

#include "cgroup.h"

void livedump_cgroup_get(struct livedump_cgroup *c)
{
	c->owner = get_task_struct(current);
	c->memcg = get_mem_cgroup_from_mm(current->mm);
	c->origin = false;
	c->closed = false;
}

void livedump_cgroup_put(struct livedump_cgroup *c)
{
	if (!c->owner)
		return;
	mem_cgroup_put(c->memcg);
	put_task_struct(c->owner);
	c->owner = NULL;
}

#ifdef CONFIG_MEMCG

/* The limit of one memory group, in pages. */
static unsigned long cgroup_limit(const struct mem_cgroup *memcg)
{
	return min(READ_ONCE(memcg->memory.max), READ_ONCE(memcg->memory.high));
}

/* The page cache of one memory group, in pages, that can be freed at once. */
static unsigned long cgroup_inactive(const struct mem_cgroup *memcg)
{
	unsigned long pages = 0;
	int node;

	for_each_node_state(node, N_MEMORY) {
		struct mem_cgroup_per_node *mz = memcg->nodeinfo[node];

		for (int zone = 0; zone < MAX_NR_ZONES; zone++)
			pages += READ_ONCE(mz->lru_zone_size[zone][LRU_INACTIVE_FILE]);
	}
	return pages;
}

u64 livedump_cgroup_memory(const struct livedump_cgroup *c)
{
	unsigned long inactive = 0;
	u64 left = U64_MAX;

	/* A group's page cache counts in those above it, too. The root has no limit. */
	for (struct mem_cgroup *m = c->memcg; m && parent_mem_cgroup(m);
	     m = parent_mem_cgroup(m)) {
		unsigned long limit = cgroup_limit(m), used = page_counter_read(&m->memory);

		inactive += cgroup_inactive(m);
		used -= min(used, inactive);
		if (limit < PAGE_COUNTER_MAX)
			left = min(left, (u64)(limit - min(limit, used)) << PAGE_SHIFT);
	}
	return left;
}

static bool cgroup_limits_memory(const struct livedump_cgroup *c)
{
	return livedump_cgroup_memory(c) != U64_MAX;
}

/* Linux 5.10 does not export what set_active_memcg() needs for interrupts. */
static void cgroup_set_active(struct mem_cgroup *memcg)
{
	current->active_memcg = memcg;
}

#else

u64 livedump_cgroup_memory(const struct livedump_cgroup *c)
{
	return U64_MAX;
}

static bool cgroup_limits_memory(const struct livedump_cgroup *c)
{
	return false;
}

static void cgroup_set_active(struct mem_cgroup *memcg)
{
}

#endif

/*
 * A group that reaches its limit asks no notifier. The caller is its first
 * victim instead: SIGKILL ends the dump, which frees the memory. Without a
 * limit the notifier of pressure.c gives up the dump, and the caller lives.
 */
void livedump_cgroup_begin(struct livedump_cgroup *c)
{
	if (!cgroup_limits_memory(c))
		return;
	set_current_oom_origin();
	c->origin = true;
}

void livedump_cgroup_done(struct livedump_cgroup *c)
{
	if (c->origin)
		clear_current_oom_origin();
	c->origin = false;
}

#ifdef CONFIG_CGROUPS

/* Whether the current thread is in all groups of @task already. */
static bool cgroup_is_same(struct task_struct *task)
{
	bool same;

	rcu_read_lock();
	same = task_css_set(current) == task_css_set(task);
	rcu_read_unlock();
	return same;
}

#else

static bool cgroup_is_same(struct task_struct *task)
{
	return true;
}

#endif

int livedump_cgroup_attach(struct task_struct *owner)
{
	return cgroup_is_same(owner) ? 0 : cgroup_attach_task_all(owner, current) ?: 1;
}

int livedump_cgroup_enter(const struct livedump_cgroup *c)
{
	int err = c->closed ? 0 : livedump_cgroup_attach(c->owner);

	if (err < 0)
		return err;
	cgroup_set_active(c->memcg);
	return 0;
}

void livedump_cgroup_leave(void)
{
	cgroup_set_active(NULL);
}

#if defined(CONFIG_RT_GROUP_SCHED)

/* A group that was given no real-time budget would never run a boosted thread. */
bool livedump_cgroup_boosts(void)
{
	return false;
}

#elif defined(CONFIG_CFS_BANDWIDTH)

/*
 * Whether a limit was ever enforced on the group. The kernel counts the periods
 * of a limit from the moment that a task of the group runs under it.
 */
static bool cgroup_has_periods(struct cgroup_subsys_state *css)
{
	char text[512];
	struct seq_file seq = { .buf = text, .size = sizeof(text) - 1 };
	unsigned long periods;

	css->ss->css_extra_stat_show(&seq, css);
	text[seq.count] = '\0';
	return sscanf(text, "nr_periods %lu", &periods) != 1 || periods;
}

bool livedump_cgroup_boosts(void)
{
	struct cgroup_subsys_state *own = task_get_css(current, cpu_cgrp_id);
	bool boosts = true;

	/* A group holds a reference to the one above it. */
	for (struct cgroup_subsys_state *css = own; css->parent && boosts; css = css->parent)
		boosts = !cgroup_has_periods(css);
	css_put(own);
	return boosts;
}

#else

bool livedump_cgroup_boosts(void)
{
	return true;
}

#endif
