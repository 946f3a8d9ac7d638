/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.h - how much memory a dump may lock by default, and which limit is in the
 * way of more.
 */
#ifndef LIVEDUMP_MEMORY_H
#define LIVEDUMP_MEMORY_H

#include "port/port.h"

/* Parse MemAvailable from the text of /proc/meminfo. */
bool memory_available(const char *meminfo, u64 *bytes);

/*
 * Bytes that a dump may lock: half of what the lower of @available and @cgroup_left
 * leaves beside the @need of the process. With @kernel the memory is the kernel's, at
 * most a quarter of @available: the kernel cannot kill a process to get it back.
 */
u64 memory_share(u64 available, u64 cgroup_left, u64 need, bool kernel);

/*
 * Bytes that a dump with @threads of a machine with @frames page frames needs beside
 * the page buffer.
 */
u64 memory_need(unsigned int threads, u64 frames);

/*
 * The bytes that each limit leaves to this process, UINT64_MAX where there is no
 * limit. The memory of the kernel is not subject to them.
 */
struct memory_limits {
	u64 commit;	/* of the system with strict overcommit */
	u64 space;	/* RLIMIT_AS */
	u64 data;	/* RLIMIT_DATA */
	u64 locked;	/* RLIMIT_MEMLOCK, if it applies to this process */
};

/*
 * Read the limits of this process. Afterwards the sandbox forbids it. Where nothing
 * can be read there is no limit.
 */
void memory_limits_read(struct memory_limits *l);

/*
 * Bytes that strict overcommit leaves to a process whose /proc/PID/status is @status,
 * see Documentation/mm/overcommit-accounting.rst. UINT64_MAX: overcommit is not strict.
 */
u64 memory_commit_left(bool strict, const char *meminfo, const char *status);

/* memory_share() of what the limits leave. UINT64_MAX: there is no limit. */
u64 memory_limits_share(const struct memory_limits *l, u64 need);

/*
 * The limit that leaves the least, and how to raise it: "the limit on address space
 * (ulimit -v)". NULL: none is below the memory of the machine.
 */
const char *memory_limits_name(const struct memory_limits *l);

/*
 * memory_share() for this machine and so many threads, also if recorded memory is
 * dumped, but a quarter where others would be killed with this process; and no more than
 * the limits of this process allow. 0 if the available memory is not known: the dump then
 * locks no page buffer.
 */
u64 memory_default(unsigned int threads, bool kernel);

/*
 * Bytes that reading a dump with @threads may take: half of what there is, as it has no
 * page buffer and no bitmaps. 0 if the available memory is not known, or there is none.
 */
u64 memory_to_read(unsigned int threads);

/*
 * At most @threads, and at least one: no more than need half of what is left of @left
 * bytes beside what a dump of @frames page frames needs with any number of threads.
 */
unsigned int memory_threads(unsigned int threads, u64 left, u64 frames);

/*
 * threads_default(), or fewer where memory is short: a control group may have many
 * processors, but little memory. One if the available memory is not known. With @dumps
 * there are bitmaps of this machine's page frames, too; what reads a dump has none.
 */
unsigned int memory_threads_default(bool dumps);

#endif
