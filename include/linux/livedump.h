/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * livedump.h - dumps for other parts of the kernel: to take one, and to take part
 * in those that others take.
 *
 * A module that calls these is built with livedump's source directory as an include
 * path and with livedump's Module.symvers.
 */
#ifndef _LINUX_LIVEDUMP_H
#define _LINUX_LIVEDUMP_H

#include <linux/types.h>

#include "include/uapi/livedump.h"

struct file;
struct notifier_block;

/*
 * Write a dump to @file, a regular file that is open for writing, as
 * LIVEDUMP_IOC_DUMP does. @arg is that ioctl's argument, of which fd does not
 * count, and reason is an address of the kernel. Its result is filled in, unless @arg
 * itself is wrong or there is no memory to begin with.
 *
 * Code of the kernel is trusted, so the capabilities of the current task do not
 * count. Lockdown does: programs can read the file. So do the parameters of the
 * module livedump. The threads of the dump have the rights, the control groups and
 * the priority of the current task, which must be able to sleep.
 *
 * The work is done by other threads, which truncate and write the file, join control
 * groups, and stop all processors for a moment. So the caller must hold no lock that these
 * need, such as the inode's, cgroup_mutex or cpus_read_lock(), and none that others need
 * during a suspend: it may be frozen while it waits. LIVEDUMP_WAIT must not be set in a
 * notifier of power management.
 *
 * If the file system hangs, a caller that is killed gets -EINTR or -ECANCELED, and the
 * threads of the dump may still write to @file when it answers again.
 *
 * Returns 0 or a negative errno; -EBUSY if another dump runs and LIVEDUMP_WAIT is
 * not set.
 */
int livedump_start_file(struct file *file, struct livedump_arg *arg);

/* The actions of the notifier chain. */
enum livedump_action {
	/*
	 * A dump is about to read memory. A handler that returns
	 * notifier_from_errno(err) refuses it: the file stays as it is, and the
	 * dump fails with err. Those that were called before get LIVEDUMP_END.
	 */
	LIVEDUMP_BEGIN,

	/*
	 * The dump has ended. Its file is whole, or partial if that was asked for, or
	 * empty; if it could not be emptied, it is as it was left.
	 *
	 * A dump whose file system hangs is abandoned, and others may begin before it
	 * ends: their events come between those of the first. The event has the number of
	 * the dump. If a thread of an abandoned dump crashes, LIVEDUMP_END never comes.
	 */
	LIVEDUMP_END,
};

/* What handlers are told. It belongs to the dump, and is valid during the call. */
struct livedump_event {
	u32 mode;		/* LIVEDUMP_MODE_ */
	u32 dump_level;
	u64 dump;		/* its number, the same in both events */

	/* With LIVEDUMP_END: */
	int error;		/* 0, or a negative errno; -ECANCELED: another handler refused */
	u64 pages;		/* page frames in the dump */
	u64 file_bytes;		/* length of the file */
	u64 pause_ns;		/* how long the system was paused */
};

/*
 * Handlers run in a thread of the dump, in the order of their priority, and may
 * sleep. The last argument of a handler is a struct livedump_event. A handler must
 * not take a dump. A dry run has no events. Both return 0 or a negative errno.
 */
int livedump_register_notifier(struct notifier_block *nb);
int livedump_unregister_notifier(struct notifier_block *nb);

#endif
