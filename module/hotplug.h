/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hotplug.h - holds off memory going offline.
 */
#ifndef LIVEDUMP_HOTPLUG_H
#define LIVEDUMP_HOTPLUG_H

int livedump_hotplug_init(void);
void livedump_hotplug_exit(void);

/*
 * Between these two calls, memory that pfn_to_online_page() has found online
 * stays there: its struct pages and its direct map may be read. The caller may
 * sleep in between. It passes the result of livedump_offline_lock() to
 * livedump_offline_unlock().
 */
int livedump_offline_lock(void);
void livedump_offline_unlock(int idx);

#endif
