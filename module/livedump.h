/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * livedump.h - what the module's files share.
 */
#ifndef LIVEDUMP_MODULE_H
#define LIVEDUMP_MODULE_H

#include <linux/cred.h>
#include <linux/fs.h>

#include "core/capture/dump.h"
#include "core/capture/estimate.h"
#include "include/uapi/livedump.h"

/* device.c */
int livedump_device_init(void);
void livedump_device_exit(void);

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

/* target.c - the caller's file */
struct livedump_target {
	struct file *file;
	bool claimed;
	const char *why;	/* what is wrong with it, or NULL */
};

/*
 * Look up @fd and see that a dump may go there. 0, -EBADF or -EINVAL; on
 * success the file is held until livedump_target_put().
 */
int livedump_target_get(struct livedump_target *t, int fd);
void livedump_target_put(struct livedump_target *t);

/*
 * Keep everyone from opening the file for writing and from truncating it,
 * until livedump_target_put(); -ETXTBSY if someone has it open for writing.
 */
int livedump_target_claim(struct livedump_target *t);

/*
 * Make the file @size bytes long. While its file system is frozen, waits
 * only as long as the dump is not cancelled, and then a moment: -EBUSY.
 */
int livedump_truncate(struct file *file, u64 size, const struct ld_control *control);

/*
 * system.c - the kernel that runs, in @sys, which points to memory of *notes.
 * @frozen: they will have the registers of every CPU.
 */
int livedump_system_get(struct ld_system *sys, void **notes, bool frozen);

/* source_kernel.c */
int livedump_source_init(void);
void livedump_source_exit(void);

/*
 * When @control is cancelled a read ends. Returns 0 or a negative errno.
 */
int livedump_source_open(struct ld_source **src, const struct ld_control *control,
			 enum ld_mode mode);
void livedump_source_close(struct ld_source *src);

/* Whether a freeze of this source wrote to page frame @pfn by itself, with a stack or the like. */
bool livedump_source_wrote(struct ld_source *src, u64 pfn);

/* Between these two no memory goes offline, and struct pages may be looked at. */
int livedump_offline_lock(void);
void livedump_offline_unlock(int idx);

/* freeze.c */
struct livedump_stop;

/* What a freeze needs. NULL when there is no memory. */
struct livedump_stop *livedump_stop_alloc(void);
void livedump_stop_free(struct livedump_stop *stop);

/*
 * Stop all processors, have @workers of them run fn(arg, worker, round) for
 * @rounds rounds, go on. Their registers go to @notes, see ld_notes_build().
 * Returns the error of a worker, -ETIME if a processor could not keep up, or
 * the negative errno for which nothing was stopped.
 */
int livedump_freeze(struct livedump_stop *stop, unsigned int workers, unsigned int rounds,
		    int (*fn)(void *arg, unsigned int worker, unsigned int round), void *arg,
		    const struct ld_system *sys, void *notes, u64 *pause_ns);

/* Whether page frame @pfn has a stack or the like of those who copied. */
bool livedump_stop_wrote(const struct livedump_stop *stop, u64 pfn);

/* port_kernel.c */

/* Most bytes allocated with port_alloc() since the last call. */
u64 livedump_memory_peak(void);

/*
 * Whether the page frame is a large buffer of a dump. What is in it is a copy,
 * half made, of what is dumped anyway.
 */
bool livedump_is_own(const struct page *page);

/* Most threads of a dump: more read no faster than one file takes it. */
#define LIVEDUMP_WORKERS_MAX	4U

/*
 * Start all threads of a dump but the one that runs ld_dump(), and stop them.
 * They act with @cred, for quotas and for file systems that ask.
 */
void livedump_workers_start(unsigned int workers, const struct cred *cred, int nice,
			    int ioprio);
void livedump_workers_stop(unsigned int workers);

/* They need not give way to others any more: the dump is cancelled. */
void livedump_workers_unthrottle(unsigned int workers);

/*
 * Have a thread of a dump run with these, and come back to @nice from a hurry.
 * The thread should not have taken on its credentials yet.
 */
void livedump_set_priority(struct task_struct *task, int nice, int ioprio);

/*
 * A dump gives way, but not to the point of taking forever on a busy machine:
 * the longer a live dump takes, the more it is torn. Who asks for it may be
 * more patient than that.
 */
#define LIVEDUMP_NICE	5

#endif
