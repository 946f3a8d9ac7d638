/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * livedump.h - what the device calls: the dump and its progress.
 */
#ifndef LIVEDUMP_MODULE_H
#define LIVEDUMP_MODULE_H

#include <linux/wait.h>

#include "core/dump/dump.h"
#include "core/dump/estimate.h"
#include "include/uapi/livedump.h"

/* start.c */

/* Whether the current task may read the kernel's memory: 0 or -EPERM. */
int livedump_permitted(void);

/* Whether lockdown lets the kernel's memory be read: 0 or -EPERM. */
int livedump_unlocked(void);

/* The ioctl LIVEDUMP_IOC_DUMP. */
int livedump_start(struct livedump_arg __user *uarg);

/*
 * progress.c - at most one dump is shown at a time. tick() wakes the pollers if
 * anything has changed. The last two do nothing if another dump is shown.
 */
void livedump_progress_begin(struct ld_control *control);
void livedump_progress_tick(struct ld_control *control);
void livedump_progress_end(struct ld_control *control);

/* One line about the running dump, or that there is none. Never waits for the dump. */
ssize_t livedump_progress_text(char *buf, size_t size);

/*
 * How often the progress has changed, and a queue that is woken when this
 * number grows.
 */
u64 livedump_progress_seq(void);
extern struct wait_queue_head livedump_progress_wait;

#endif
