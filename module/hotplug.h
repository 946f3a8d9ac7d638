/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hotplug.h - holds off memory going offline.
 */
#ifndef LIVEDUMP_HOTPLUG_H
#define LIVEDUMP_HOTPLUG_H

int livedump_hotplug_init(void);
void livedump_hotplug_exit(void);

/*
 * Between these two, memory that pfn_to_online_page() has found online stays
 * as it is: its struct pages and its direct map may be read. The section may
 * sleep. livedump_offline_unlock() gets what livedump_offline_lock() returned.
 */
int livedump_offline_lock(void);
void livedump_offline_unlock(int idx);

#endif
