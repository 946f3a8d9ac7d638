/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * livedump.h - the interface of /dev/livedump: the running kernel writes a
 * kernel core dump of itself to a file that the caller has open.
 *
 * All integers have a fixed width and the byte order of the machine. All
 * structures are the same for 32-bit and 64-bit callers.
 */
#ifndef _UAPI_LIVEDUMP_H
#define _UAPI_LIVEDUMP_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define LIVEDUMP_DEVICE		"/dev/livedump"

/* flags */
#define LIVEDUMP_WAIT		(1ULL << 0) /* wait while another dump runs, instead of EBUSY */
#define LIVEDUMP_KEEP_PARTIAL	(1ULL << 1) /* keep a dump that is cut short, as incomplete */
#define LIVEDUMP_BOOST		(1ULL << 2) /* read ahead at real-time priority, for at most 2 s */
#define LIVEDUMP_DRY_RUN	(1ULL << 3) /* write nothing, estimate the dump */

/* format */
#define LIVEDUMP_FORMAT_KDUMP	0U	/* kdump-compressed */
#define LIVEDUMP_FORMAT_ELF	1U	/* ELF core file; supports no compression */

/* mode */
#define LIVEDUMP_MODE_LIVE	0U	/* read memory while the system runs */
#define LIVEDUMP_MODE_FREEZE	1U	/* pause the system while memory is copied */
#define LIVEDUMP_MODE_FREEZE_KERNEL 2U	/* pause only while kernel memory is copied */
/*
 * Copy kernel memory while the system runs, and in the pause only what has been written
 * to since. If the kernel's page tables do not tell, as LIVEDUMP_MODE_FREEZE_KERNEL.
 */
#define LIVEDUMP_MODE_PRECOPY	3U

/* max_pause_ms */
#define LIVEDUMP_PAUSE_DEFAULT	1000U	/* used for 0 */
#define LIVEDUMP_PAUSE_PRECOPY	10U	/* used for 0 with LIVEDUMP_MODE_PRECOPY */
#define LIVEDUMP_PAUSE_MAX	2000U	/* half of what the clock acpi_pm needs to wrap */

/* compression */
#define LIVEDUMP_COMP_NONE	0U
#define LIVEDUMP_COMP_ZLIB	1U
#define LIVEDUMP_COMP_ZSTD	2U
#define LIVEDUMP_COMP_LZO	3U

/* dump_level: the sum of the bits of what is left out, as in makedumpfile(8) */
#define LIVEDUMP_LEVEL_ZERO	1U	/* pages full of zeros */
#define LIVEDUMP_LEVEL_CACHE	2U	/* page cache without private data */
#define LIVEDUMP_LEVEL_CACHE_PRIVATE	4U	/* all page cache */
#define LIVEDUMP_LEVEL_USER	8U	/* memory of user processes */
#define LIVEDUMP_LEVEL_FREE	16U	/* free memory */
#define LIVEDUMP_LEVEL_MAX	31U

/* index into livedump_result.frames_by_type */
#define LIVEDUMP_TYPE_ABSENT	0	/* never read: offline, poisoned, memory of the dump */
#define LIVEDUMP_TYPE_FREE	1
#define LIVEDUMP_TYPE_USER	2
#define LIVEDUMP_TYPE_CACHE	3
#define LIVEDUMP_TYPE_CACHE_PRIVATE	4
#define LIVEDUMP_TYPE_PGTABLE	5
#define LIVEDUMP_TYPE_SLAB	6
#define LIVEDUMP_TYPE_RESERVED	7
#define LIVEDUMP_TYPE_KERNEL	8	/* every other use by the kernel */
#define LIVEDUMP_NR_TYPES	16	/* size of frames_by_type; unused ones are zero */

/* livedump_result.status */
#define LIVEDUMP_INCOMPLETE	(1U << 0) /* a valid dump with pages missing */

/* livedump_result.stage: where the dump failed or was cut short */
#define LIVEDUMP_STAGE_START	0U	/* argument, file, description of the system */
#define LIVEDUMP_STAGE_ALLOCATE	1U	/* memory for the dump itself */
#define LIVEDUMP_STAGE_PLAN	2U	/* classify every page frame */
#define LIVEDUMP_STAGE_CLASSIFY	3U	/* read the page flags of some page frames */
#define LIVEDUMP_STAGE_SKIP	4U	/* find the page frames that a freeze can skip */
#define LIVEDUMP_STAGE_MEASURE	5U	/* time the copying of a sample */
#define LIVEDUMP_STAGE_SAMPLE	6U	/* compress a sample, in a dry run */
#define LIVEDUMP_STAGE_READ	7U	/* read memory */
#define LIVEDUMP_STAGE_RECHECK	8U	/* read page frames that were reclassified */
#define LIVEDUMP_STAGE_FREEZE	9U	/* copy while the system is paused */
#define LIVEDUMP_STAGE_COMPARE	10U	/* compare what was copied, after a pause */
#define LIVEDUMP_STAGE_WRITE	11U	/* compress and write */
#define LIVEDUMP_STAGE_FLUSH	12U	/* write the headers and sync the file */

/* livedump_result.cause: why the dump failed or was cut short */
#define LIVEDUMP_CAUSE_NONE	0U
#define LIVEDUMP_CAUSE_ERROR	1U	/* see error */
#define LIVEDUMP_CAUSE_SIGNAL	2U	/* a signal to the caller */
#define LIVEDUMP_CAUSE_SIZE	3U	/* it would have exceeded max_bytes */
/* The system ran out of memory; in savecore(8) also: other processes waited for memory. */
#define LIVEDUMP_CAUSE_PRESSURE	5U

/* Limits of savecore(8), which ends a dump with a signal. The kernel does not return them. */
#define LIVEDUMP_CAUSE_TIME	4U	/* time limit */
#define LIVEDUMP_CAUSE_MINFREE	6U	/* too little free space on the target */

#define LIVEDUMP_CAUSE_SUSPEND	7U	/* the system was about to be suspended or hibernated */
#define LIVEDUMP_CAUSE_POLICY	8U	/* a parameter of the module forbids it, with EPERM */

/* Bits of livedump_result.lists_torn. */
#define LIVEDUMP_LISTS_TASKS	(1U << 0)	/* processes */
#define LIVEDUMP_LISTS_THREADS	(1U << 1)	/* the threads of a process */
#define LIVEDUMP_LISTS_PIDS	(1U << 2)	/* the table of PIDs */
#define LIVEDUMP_LISTS_MODULES	(1U << 3)
#define LIVEDUMP_LISTS_RUNNING	(1U << 4)	/* tasks that have a processor */

#define LIVEDUMP_TEXT_SIZE	256

#define LIVEDUMP_REASON_MAX	4096U	/* reason_size */

/* The estimate of a dump with one compression, from a sample of its pages. */
struct livedump_estimate {
	__u64 file_bytes;	/* length of the file; 0: compression not available */
	__u64 disk_bytes;	/* length without the holes of the file */
	__u64 error;		/* error of disk_bytes: twice the standard error */
	__u64 time_ns;		/* duration of the dump, without the time of the disk */
	__s32 compression_level;	/* level of the request, else the default level */
	__u32 reserved;		/* zero */
};

/* Size of livedump_result.estimate. Unused entries are zero. */
#define LIVEDUMP_NR_COMP	8

/*
 * The result of a dump. Page frames are counted by the plan of the dump, unless
 * noted. Times are CLOCK_MONOTONIC in nanoseconds, 0 for a moment that was not
 * reached.
 */
struct livedump_result {
	__u32 status;		/* LIVEDUMP_INCOMPLETE */
	__u32 stage;		/* LIVEDUMP_STAGE_ */
	__u32 cause;		/* LIVEDUMP_CAUSE_ */
	__s32 error;		/* positive errno of the cause, or 0 */
	__u64 failed_at;	/* page frame; from LIVEDUMP_STAGE_WRITE on byte of the file */
	__u32 workers;		/* threads that read, compressed and wrote */
	__u32 page_size;	/* bytes */
	__u64 frames;		/* page frames that are RAM */
	__u64 frames_by_type[LIVEDUMP_NR_TYPES];	/* index: LIVEDUMP_TYPE_ */
	__u64 kept;		/* page frames in the dump; of these: */
	__u64 zero;		/*   full of zeros, written */
	__u64 unreadable;	/*   could not be read, written as zeros */
	__u64 blanked;		/*   had another type when read, written as zeros */
	__u64 reclassified_kept;	/* dropped by the plan, kept when they were read */
	__u64 reclassified_dropped;	/* kept by the plan, dropped when they were read */
	__u64 buffered;		/* page frames read ahead, or copied in the freeze */
	__u64 streamed;		/* page frames read while writing, not from the buffer */
	__u64 raw_bytes;	/* kept page frames, uncompressed */
	__u64 data_bytes;	/* page data in the file */
	__u64 file_bytes;	/* length of the file */
	__u64 buffer_bytes;	/* page buffer allocated; in a dry run: estimated */
	__u64 memory_bytes;	/* peak memory of the dump, page buffer included */
	__u64 memory_needed;	/* page buffer that a freeze needs */
	__u64 start_ns;
	__u64 read_ns;		/* reading ahead or the freeze began */
	__u64 write_ns;		/* copying complete; writing began */
	__u64 end_ns;
	__u64 pause_ns;		/* how long the system was paused */
	__u64 pause_estimate_ns;	/* estimated before the pause */
	char text[LIVEDUMP_TEXT_SIZE];	/* error message, one line, or empty */

	/*
	 * With LIVEDUMP_DRY_RUN only. Then zero is an estimate, too, and
	 * nothing is written.
	 */
	__u64 sampled;		/* page frames in the sample */
	__u64 memory_allowed;	/* maximum bytes of page buffer */
	struct livedump_estimate estimate[LIVEDUMP_NR_COMP];	/* index: LIVEDUMP_COMP_ */

	/* Of buffered: another type when written, and maybe a user's when copied. */
	__u64 withdrawn;	/*   written as zeros */
	__u64 uncertain;	/*   written, because they were copied in a freeze */

	__u64 missing;		/* page frames that an incomplete dump lacks; not kept */

	/*
	 * With LIVEDUMP_MODE_PRECOPY only. Without rounds the pause was that of
	 * LIVEDUMP_MODE_FREEZE_KERNEL, and text says why, also without an error.
	 */
	__u64 rounds;		/* how often memory was copied while the system ran */
	__u64 paused;		/* page frames copied in the pause; of these: */
	__u64 always;		/*   for which the page tables do not tell */
	__u64 pauses;		/* that were begun */
	__u64 given_up_ns;	/* length of those that were given up, together */
	/* Not copied in the pause, and changed after it with no write seen: by devices. */
	__u64 unseen;
	__u64 unseen_by_type[LIVEDUMP_NR_TYPES];	/* index: LIVEDUMP_TYPE_ */

	__u64 planned_ns;	/* plan complete; until read_ns memory was allocated */

	/* Of a live dump. See lists_readings in livedump(4). */
	__u32 lists_readings;	/* of memory, after which lists were looked at; 0: they were not */
	__u32 lists_torn;	/* LIVEDUMP_LISTS_: what is torn in the dump */
	__u64 lists_copied;	/* page frames that were copied again to mend lists */

	/*
	 * With LIVEDUMP_MODE_PRECOPY: changed after it, and the system could not be asked who
	 * wrote to them. If there are any, unseen is 0.
	 */
	__u64 unchecked;

	__u64 spare[15];	/* zero: for members to come, as reason is behind the result */
};

/*
 * The argument of LIVEDUMP_IOC_DUMP. New versions add members only at its end.
 * A larger structure than that of the kernel is accepted if the members unknown
 * to the kernel are zero; otherwise the error is E2BIG. A smaller structure of
 * at least LIVEDUMP_ARG_SIZE_MIN bytes is accepted: its missing members count
 * as zero.
 */
struct livedump_arg {
	__u32 size;		/* in: sizeof(struct livedump_arg) */
	__s32 fd;		/* in: regular file open for writing; -1: none, for a dry run */
	__u64 flags;		/* in: LIVEDUMP_WAIT, ... */
	__u32 format;		/* in: LIVEDUMP_FORMAT_ */
	__u32 mode;		/* in: LIVEDUMP_MODE_ */
	__u32 compression;	/* in: LIVEDUMP_COMP_ */
	__s32 compression_level; /* in: 0 for the compression's default */
	__u32 dump_level;	/* in: 0 (all memory) .. LIVEDUMP_LEVEL_MAX */
	__u32 max_pause_ms;	/* in: for a freeze; 0 for LIVEDUMP_PAUSE_DEFAULT or _PRECOPY */
	__u32 memory_mib;	/* in: maximum MiB of page buffer; 0: none; freeze: a share */
	__u32 reserved;		/* in: zero */
	__u64 rate;		/* in: maximum bytes per second to write; 0 for no limit */
	__u64 max_bytes;	/* in: maximum length of the file in bytes; 0 for no limit */
	struct livedump_result result;	/* out, also after an error */
	/*
	 * in: why the dump is taken, for a note in it. The address of reason_size bytes,
	 * at most LIVEDUMP_REASON_MAX: lines of printable ASCII. 0: no note.
	 */
	__u64 reason;
	__u32 reason_size;
	__u32 reason_reserved;	/* in: zero */
	/*
	 * in: where struct rq is, which the module cannot know: the address of the per-CPU
	 * variable runqueues, as in /proc/kallsyms, and offsets of members. 0: not known;
	 * then LIVEDUMP_LISTS_RUNNING is not looked at. A wrong number harms nothing else.
	 */
	__u64 runqueues;
	__u32 rq_curr;
	__u32 rq_idle;
	/*
	 * in: with LIVEDUMP_DRY_RUN, only whether the dump takes more than so many bytes of disk
	 * is asked. result.estimate then has the compression of the request only, and where
	 * there is room without any, it is for that: nothing is read. 0: all is estimated.
	 */
	__u64 room;
};

/* Size of the structure without the result, for callers that do not need it. */
#define LIVEDUMP_ARG_SIZE_MIN	64U

#define LIVEDUMP_IOC_MAGIC	0xdb

/* The structure has its own size, so the ioctl number has none. */
#define LIVEDUMP_IOC_DUMP	_IO(LIVEDUMP_IOC_MAGIC, 1)

#endif
