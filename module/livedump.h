/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * livedump.h - the way of a request: from the device to a dump, and back.
 */
#ifndef LIVEDUMP_MODULE_H
#define LIVEDUMP_MODULE_H

#include <linux/wait.h>

#include "core/capture/dump.h"
#include "core/capture/estimate.h"
#include "include/uapi/livedump.h"

/* start.c */

/* May the current task have the kernel's memory? 0 or -EPERM. */
int livedump_permitted(void);

/* All of LIVEDUMP_IOC_DUMP. */
int livedump_start(struct livedump_arg __user *uarg);

/* progress.c - one dump at most is watched at a time */
void livedump_progress_begin(struct ld_control *control);
void livedump_progress_tick(void);	/* wakes who polls, if anything has changed */
void livedump_progress_end(void);

/* One line about the dump that runs, or that none does. Never waits for it. */
ssize_t livedump_progress_text(char *buf, size_t size);

/*
 * The count of what progress_tick() has found changed; and a queue that is
 * woken when it grows.
 */
u64 livedump_progress_seq(void);
extern struct wait_queue_head livedump_progress_wait;

#endif
