// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory.c - how much memory a dump may lock by default, and which limit is in the
 * way of more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cgroup.h"
#include "memory.h"
#include "nodes.h"
#include "port/overcommit.h"
#include "port/procfile.h"
#include "port/threads.h"

/*
 * What a thread needs beside the page buffer: its stack, a chunk of 2 MiB before and
 * after compression, the codec's state. Verifying, without a page buffer, needs less.
 */
#define THREAD_BYTES	((u64)7 << 20)

/* What the process needs beside that: above all the libraries' data. */
#define PROCESS_BYTES	((u64)4 << 20)

/*
 * What is killed with this process, by memory.oom.group, may be what the machine is there
 * for. To read nothing ahead would spare it a little more, but a dump like that has torn
 * lists, and is of little use.
 */
#define OOM_GROUP_PART	4U

/* Bits for each page frame of the machine: what is kept, what is sure to be the kernel's. */
#define FRAME_BITS	4

static bool memory_parse_kib(const char *meminfo, const char *key, u64 *bytes)
{
	u64 kib;

	if (!procfile_number(meminfo, key, " kB", &kib) || kib > UINT64_MAX >> 10)
		return false;
	*bytes = kib << 10;
	return true;
}

bool memory_available(const char *meminfo, u64 *bytes)
{
	return memory_parse_kib(meminfo, "MemAvailable:", bytes);
}

u64 memory_share(u64 available, u64 cgroup_left, u64 need, bool kernel)
{
	u64 least = cgroup_left < available ? cgroup_left : available;
	u64 share = least > need ? (least - need) / 2 : 0;

	return kernel && available / 4 < share ? available / 4 : share;
}

/* What is needed however many threads there are. */
static u64 memory_fixed(u64 frames)
{
	return PROCESS_BYTES + frames * FRAME_BITS / 8;
}

u64 memory_need(unsigned int threads, u64 frames)
{
	return memory_fixed(frames) + threads * THREAD_BYTES;
}

static u64 memory_frames(void)
{
	long frames = sysconf(_SC_PHYS_PAGES);

	return frames > 0 ? (u64)frames : 0;
}

u64 memory_commit_left(bool strict, const char *meminfo, const char *status)
{
	u64 limit, used, size = 0;

	if (!strict || !memory_parse_kib(meminfo, "CommitLimit:", &limit) ||
	    !memory_parse_kib(meminfo, "Committed_AS:", &used))
		return UINT64_MAX;
	/* A process may not take the last of it, see __vm_enough_memory() in mm/util.c. */
	memory_parse_kib(status, "VmSize:", &size);
	used += size / 32;
	return used < limit ? limit - used : 0;
}

/*
 * Whether more than @limit bytes may be locked. The kernel asks for the capability of
 * the first user namespace, which only a trial tells. Nothing of the mapping gets
 * memory. If there is no room for it, the limit on address space counts instead. Where
 * there is no mlock2(), as in valgrind, the page buffer itself is the trial.
 */
static bool memory_may_lock_more(u64 limit)
{
	size_t bytes = (size_t)limit + (size_t)sysconf(_SC_PAGESIZE);
	void *mem = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			 0);
	bool locked;

	if (mem == MAP_FAILED)
		return true;
	locked = !mlock2(mem, bytes, MLOCK_ONFAULT) || errno == EINVAL;
	munmap(mem, bytes);
	return locked;
}

/* What the limit @resource leaves if the line @key of /proc/self/status counts for it. */
static u64 memory_limit_left(int resource, const char *status, const char *key)
{
	struct rlimit limit;
	u64 used = 0;

	if (getrlimit(resource, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	memory_parse_kib(status, key, &used);
	return used < limit.rlim_cur ? limit.rlim_cur - used : 0;
}

void memory_limits_read(struct memory_limits *l)
{
	char status[PROCFILE_MAX], meminfo[PROCFILE_MAX];

	procfile_read("/proc/self/status", status, sizeof(status));
	procfile_read("/proc/meminfo", meminfo, sizeof(meminfo));
	*l = (struct memory_limits){
		.commit = memory_commit_left(overcommit_is_strict(), meminfo, status),
		.space = memory_limit_left(RLIMIT_AS, status, "VmSize:"),
		.data = memory_limit_left(RLIMIT_DATA, status, "VmData:"),
		.locked = memory_limit_left(RLIMIT_MEMLOCK, status, "VmLck:"),
	};
	if (l->commit != UINT64_MAX) {
		/* The sandbox takes CAP_SYS_ADMIN away. */
		u64 reserve = overcommit_admin_reserve();

		l->commit -= reserve < l->commit ? reserve : l->commit;
	}
	if (l->locked != UINT64_MAX && memory_may_lock_more(l->locked))
		l->locked = UINT64_MAX;
}

static u64 memory_limits_least(const struct memory_limits *l)
{
	u64 least = l->commit;

	if (l->space < least)
		least = l->space;
	if (l->data < least)
		least = l->data;
	return l->locked < least ? l->locked : least;
}

u64 memory_limits_share(const struct memory_limits *l, u64 need)
{
	u64 least = memory_limits_least(l);

	return least == UINT64_MAX ? least : memory_share(least, least, need, false);
}

const char *memory_limits_name(const struct memory_limits *l)
{
	u64 least = memory_limits_least(l);

	if (least / (u64)sysconf(_SC_PAGESIZE) >= (u64)sysconf(_SC_PHYS_PAGES))
		return NULL;
	if (least == l->locked)
		return "the limit on locked memory (ulimit -l)";
	if (least == l->space)
		return "the limit on address space (ulimit -v)";
	if (least == l->data)
		return "the limit on data (ulimit -d)";
	return "the limit of strict overcommit (vm.overcommit_memory=2, vm.overcommit_ratio)";
}

/* What this process may have. False: it is not known. */
static bool memory_left(u64 *available, u64 *cgroup_left)
{
	char text[PROCFILE_MAX];
	u64 nodes;

	procfile_read("/proc/meminfo", text, sizeof(text));
	*cgroup_left = cgroup_own_memory_left();
	if (!memory_available(text, available))
		return false;
	nodes = nodes_own_memory_left();
	if (nodes < *available)
		*available = nodes;
	return true;
}

u64 memory_default(unsigned int threads, bool kernel)
{
	/* The module has workers of its own. */
	u64 need = memory_need(kernel ? 0 : threads, memory_frames());
	u64 available, cgroup_left, bytes, most;
	struct memory_limits limits;

	if (!memory_left(&available, &cgroup_left))
		return 0;
	bytes = memory_share(available, cgroup_left, need, kernel);
	/* Of what is left it is then an eighth: those others hardly need it just now. */
	if (cgroup_own_dies_together())
		bytes /= OOM_GROUP_PART;
	if (kernel)
		return bytes;
	memory_limits_read(&limits);
	most = memory_limits_share(&limits, need);
	return most < bytes ? most : bytes;
}

u64 memory_to_read(unsigned int threads)
{
	struct memory_limits limits;
	u64 available, cgroup_left, bytes, most;

	if (!memory_left(&available, &cgroup_left))
		return 0;
	bytes = memory_share(available, cgroup_left, 0, false);
	memory_limits_read(&limits);
	most = memory_limits_share(&limits, memory_need(threads, 0));
	return most < bytes ? most : bytes;
}

unsigned int memory_threads(unsigned int threads, u64 left, u64 frames)
{
	u64 fixed = memory_fixed(frames);
	u64 most = left > fixed ? (left - fixed) / 2 / THREAD_BYTES : 0;

	if (threads <= most)
		return threads;
	return most ? (unsigned int)most : 1;
}

unsigned int memory_threads_default(bool dumps)
{
	struct memory_limits limits;
	u64 available, left, least;

	if (!memory_left(&available, &left))
		return 1;
	memory_limits_read(&limits);
	/* Their memory is not locked. */
	limits.locked = UINT64_MAX;
	least = memory_limits_least(&limits);
	if (available < left)
		left = available;
	if (least < left)
		left = least;
	return memory_threads(threads_default(), left, dumps ? memory_frames() : 0);
}
