/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source.h - the source of page frames.
 *
 * A source knows which page frames are RAM and what each one is used for at the
 * moment, and can copy them. The host creates it and owns it: savecore from
 * /proc/kcore, the module from the kernel itself. The core borrows it for one
 * dump.
 */
#ifndef LIVEDUMP_SOURCE_H
#define LIVEDUMP_SOURCE_H

#include "arch/arch.h"
#include "core/tracker.h"
#include "port/port.h"

/*
 * Page flags: what is known of a page frame, as bits. No flag set means memory
 * that the kernel uses for something without a flag of its own: per-CPU areas,
 * stacks, vmalloc, driver buffers.
 */
#define LD_PAGE_ABSENT		(1U << 0) /* no struct page, offline, ballooned, unaccepted */
#define LD_PAGE_POISON		(1U << 1) /* hardware poisoned: reading it may kill */
#define LD_PAGE_FREE		(1U << 2) /* in the buddy allocator or on a per-CPU free list */
#define LD_PAGE_USER		(1U << 3) /* anonymous, KSM, hugetlb */
#define LD_PAGE_CACHE		(1U << 4) /* page cache, tmpfs, swap cache that no process maps */
#define LD_PAGE_PRIVATE		(1U << 5) /* with CACHE: has file system data attached */
#define LD_PAGE_SLAB		(1U << 6)
#define LD_PAGE_PGTABLE		(1U << 7)
#define LD_PAGE_RESERVED	(1U << 8) /* kernel image, boot-time allocations */

/*
 * Page frames per chunk, the unit of work of a worker. Chunks are aligned:
 * chunk c holds page frames c * LD_CHUNK .. (c + 1) * LD_CHUNK - 1.
 */
#define LD_CHUNK		512U
#define LD_CHUNK_WORDS		(LD_CHUNK / 64)

/* Page frames @start .. @end - 1. */
struct ld_range {
	u64 start;
	u64 end;
};

/* The description of the system in a dump. The host owns all memory that it points to. */
struct ld_system {
	char uts[6][65];	/* struct new_utsname: sysname .. domainname */
	u32 nr_cpus;		/* CPUs online */
	u32 cpus_end;		/* one past the number of the last CPU present */
	const struct ld_arch *arch;
	u64 phys_base;		/* VMCOREINFO's NUMBER(phys_base) */
	u64 page_offset;	/* virtual address of physical address 0 */
	u64 kernel_vaddr;	/* kernel image, for ELF; size 0: not known */
	u64 kernel_paddr;
	u64 kernel_size;
	void *notes;		/* ELF notes, see notes.h */
	size_t notes_size;
	size_t vmcoreinfo_off;	/* VMCOREINFO text inside notes, in bytes */
	size_t vmcoreinfo_size;
	size_t seal_off;	/* seal inside notes, in bytes, see seal.h */
	size_t reason_off;	/* note of the reason, the last one, in bytes; 0: there is none */
};

struct ld_source;

struct ld_source_ops {
	const char *name;

	/*
	 * Store the page flags (LD_PAGE_ bits) of page frames @pfn .. @pfn + @nr - 1
	 * in @page_flags. @nr is at most LD_CHUNK. The frames lie in one range.
	 * Calls with different @worker may run at the same time.
	 * Returns 0 or a negative errno, which ends the dump.
	 */
	int (*page_flags)(struct ld_source *src, unsigned int worker, u64 pfn,
			  unsigned int nr, u16 *page_flags);

	/*
	 * Copy page frames @pfn .. @pfn + @nr - 1 to @buf. @nr is at most
	 * LD_CHUNK. The frames lie in one range. The caller has cleared @bad.
	 * Sets bit i of @bad if frame i cannot be read; its part of @buf is
	 * then undefined. Returns 0, or a negative errno if no other page frame
	 * can be read either.
	 */
	int (*read)(struct ld_source *src, unsigned int worker, u64 pfn,
		    unsigned int nr, void *buf, u64 *bad);
};

/* Stops the system, so that all of its memory can be read at one moment. */
struct ld_freezer_ops {
	/*
	 * See that stop() will not have to wait for long before it stops the system: what is
	 * waited for here is not a part of the pause. Returns 0 or a negative errno. NULL:
	 * stop() never waits.
	 */
	int (*ready)(struct ld_source *src);

	/*
	 * Stop everything else, run fn(arg, worker, round), and resume. Each
	 * round = 0 .. @rounds - 1 calls @fn for all workers = 0 .. @workers -
	 * 1 at the same time. A round begins when all workers have finished the
	 * round before it. @fn calls page_flags() and read(), which must not
	 * sleep then. Stores the length of the pause. Returns the error of a
	 * worker, or a negative errno if the system could not be stopped and
	 * @fn was not called.
	 */
	int (*stop)(struct ld_source *src, unsigned int workers, unsigned int rounds,
		    int (*fn)(void *arg, unsigned int worker, unsigned int round), void *arg,
		    u64 *pause_ns);
};

/* ld_freezer_ops.ready() of a source that can stop the system. */
#define ld_source_ready(src)	((src)->freezer->ready ? (src)->freezer->ready(src) : 0)

/* Finds the page frames that hold the kernel's descriptions of page frames. */
struct ld_memmap_ops {
	/*
	 * Page frame @pfn describes the page frames *@first .. *@first + n - 1,
	 * and holds nothing else. Returns n, or 0 if it holds something else,
	 * too.
	 */
	unsigned int (*describes)(struct ld_source *src, u64 pfn, u64 *first);
};

struct ld_source {
	const struct ld_source_ops *ops;
	const struct ld_freezer_ops *freezer;	/* NULL: the source cannot stop the system */
	const struct ld_memmap_ops *memmap;	/* NULL: not known */
	const struct ld_tracker_ops *tracker;	/* NULL: writes are not seen */
	unsigned int page_shift;
	unsigned int nr_ranges;
	const struct ld_range *ranges;	/* RAM, ascending, not touching */
	u64 max_pfn;			/* one past the last page frame */
	struct ld_system system;
};

/* The number of page frames in all ranges: RAM. */
static inline u64 ld_source_frames(const struct ld_source *src)
{
	u64 frames = 0;

	for (unsigned int i = 0; i < src->nr_ranges; i++)
		frames += src->ranges[i].end - src->ranges[i].start;
	return frames;
}

static inline size_t ld_page_size(const struct ld_source *src)
{
	return (size_t)1 << src->page_shift;
}

#endif
