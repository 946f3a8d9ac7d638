// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hotplug.c - holds off memory going offline.
 *
 * The kernel may remove the struct page and the direct map of a page frame
 * after the memory section that holds it has gone offline. The module reads
 * them only inside an SRCU read-side section, after pfn_to_online_page() has
 * found the memory section online. The kernel calls the notifier after it has
 * taken the memory section offline and before it removes anything. The notifier
 * waits for all readers that may have found the memory section online.
 */
#include <linux/memory.h>
#include <linux/notifier.h>
#include <linux/srcu.h>

#include "hotplug.h"

DEFINE_STATIC_SRCU(offline_srcu);

/*
 * While the system is frozen, callers leave out both calls, which sparse cannot
 * follow. So sparse is told that the SRCU section ends and begins in here.
 */
int livedump_offline_lock(void)
{
	int idx = srcu_read_lock(&offline_srcu);

	__release(&offline_srcu);
	return idx;
}

void livedump_offline_unlock(int idx)
{
	__acquire(&offline_srcu);
	srcu_read_unlock(&offline_srcu, idx);
}

static int hotplug_notify(struct notifier_block *nb, unsigned long action, void *arg)
{
	if (action == MEM_OFFLINE)
		synchronize_srcu(&offline_srcu);
	return NOTIFY_OK;
}

static struct notifier_block hotplug_notifier = {
	.notifier_call = hotplug_notify,
};

int livedump_hotplug_init(void)
{
	return register_memory_notifier(&hotplug_notifier);
}

void livedump_hotplug_exit(void)
{
	unregister_memory_notifier(&hotplug_notifier);
}
