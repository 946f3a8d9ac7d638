/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * workers.h - how many threads of a dump work beside each other.
 */
#ifndef LIVEDUMP_WORKERS_H
#define LIVEDUMP_WORKERS_H

/*
 * The most workers of a dump. What sixteen pack with zstd is more than a fast disk
 * writes, and each has buffers of its own.
 */
#define LIVEDUMP_WORKERS_MAX	16U

/*
 * As many workers as a dump of the current task may have, 1 to LIVEDUMP_WORKERS_MAX.
 * The current task is in the control groups of the caller, whose processors count.
 */
unsigned int livedump_workers(void);

#endif
