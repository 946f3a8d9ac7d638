/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hotplug.h - holds off memory going offline, and pages being taken away.
 */
#ifndef LIVEDUMP_HOTPLUG_H
#define LIVEDUMP_HOTPLUG_H

#include <linux/list.h>
#include <linux/sched.h>

int livedump_hotplug_init(void);
void livedump_hotplug_exit(void);

/* What one thread holds off. Between livedump_hold_begin_*() and _end() it belongs to it. */
struct livedump_hold {
	struct list_head link;
	struct task_struct *task;	/* NULL: nothing is held off */
	int srcu_idx;
	unsigned int kinds;		/* HOLD_ bits of hotplug.c */
};

/*
 * A hold is added before it is used the first time, and removed after its thread
 * has used it the last time, or has crashed.
 */
void livedump_hold_add(struct livedump_hold *hold);
void livedump_hold_remove(struct livedump_hold *hold);

/*
 * From here to livedump_hold_end(), memory that pfn_to_online_page() has found
 * online stays there: its struct pages and its direct map may be read. The
 * caller may sleep in between.
 */
void livedump_hold_memory(struct livedump_hold *hold);

/*
 * The same, and drivers that remove pages from the system, one by one, wait, too:
 * a page that is found to be there, because PageOffline() is false, may be read.
 * All threads of dumps share this, but those drivers and the readers of
 * /proc/kcore wait for them, so it is to be short.
 */
void livedump_hold_pages(struct livedump_hold *hold);

void livedump_hold_end(struct livedump_hold *hold);

/*
 * From here on, until livedump_allow_removal(), no memory can be taken offline: an attempt
 * fails at once. False: memory is being taken offline, and it can. Blocks that are offline
 * already can be removed at any time.
 */
bool livedump_refuse_removal(void);
void livedump_allow_removal(void);

/* End the holds of threads that have crashed. */
void livedump_hold_reap(void);

#endif
