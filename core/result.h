/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * result.h - the result of a dump, from either engine. Sizes are in bytes.
 * Times are values of port_now_ns(), 0 for a moment that was not reached.
 */
#ifndef LIVEDUMP_RESULT_H
#define LIVEDUMP_RESULT_H

#include "include/uapi/livedump.h"
#include "port/port.h"

/* The use of a page frame. The numbers are those of the ioctl. */
enum ld_page_type {
	LD_TYPE_ABSENT = LIVEDUMP_TYPE_ABSENT,		/* offline, poisoned: never read */
	LD_TYPE_FREE = LIVEDUMP_TYPE_FREE,
	LD_TYPE_USER = LIVEDUMP_TYPE_USER,
	LD_TYPE_CACHE = LIVEDUMP_TYPE_CACHE,
	LD_TYPE_CACHE_PRIVATE = LIVEDUMP_TYPE_CACHE_PRIVATE,
	LD_TYPE_PGTABLE = LIVEDUMP_TYPE_PGTABLE,
	LD_TYPE_SLAB = LIVEDUMP_TYPE_SLAB,
	LD_TYPE_RESERVED = LIVEDUMP_TYPE_RESERVED,
	LD_TYPE_KERNEL = LIVEDUMP_TYPE_KERNEL,		/* every other use by the kernel */
	LD_NR_TYPES
};

/* What a dump is doing, and where it failed. The numbers are those of the ioctl. */
enum ld_stage {
	LD_STAGE_START = LIVEDUMP_STAGE_START,		/* open and check */
	LD_STAGE_ALLOCATE = LIVEDUMP_STAGE_ALLOCATE,	/* memory for the dump itself */
	LD_STAGE_PLAN = LIVEDUMP_STAGE_PLAN,		/* classify every page frame */
	LD_STAGE_CLASSIFY = LIVEDUMP_STAGE_CLASSIFY,	/* read page flags of some frames */
	LD_STAGE_SKIP = LIVEDUMP_STAGE_SKIP,		/* find what a freeze can skip */
	LD_STAGE_MEASURE = LIVEDUMP_STAGE_MEASURE,	/* time the copying of a sample */
	LD_STAGE_SAMPLE = LIVEDUMP_STAGE_SAMPLE,	/* compress a sample, for an estimate */
	LD_STAGE_READ = LIVEDUMP_STAGE_READ,		/* read memory, ahead or streamed */
	LD_STAGE_RECHECK = LIVEDUMP_STAGE_RECHECK,	/* read what was reclassified */
	LD_STAGE_FREEZE = LIVEDUMP_STAGE_FREEZE,	/* copy while the system is paused */
	LD_STAGE_COMPARE = LIVEDUMP_STAGE_COMPARE,	/* compare copies, in a test */
	LD_STAGE_WRITE = LIVEDUMP_STAGE_WRITE,		/* compress and write */
	LD_STAGE_FLUSH = LIVEDUMP_STAGE_FLUSH,		/* write the headers and sync the file */
	LD_NR_STAGES
};

/*
 * Why a dump ended before it was complete. The first cause stays:
 * ld_control_cancel() sets it, or the core when something fails.
 */
enum ld_cause {
	LD_CAUSE_NONE = LIVEDUMP_CAUSE_NONE,
	LD_CAUSE_ERROR = LIVEDUMP_CAUSE_ERROR,		/* dump_end.err */
	LD_CAUSE_SIGNAL = LIVEDUMP_CAUSE_SIGNAL,
	LD_CAUSE_SIZE = LIVEDUMP_CAUSE_SIZE,		/* dump_request.max_bytes */
	LD_CAUSE_TIME = LIVEDUMP_CAUSE_TIME,		/* a limit of the caller */
	LD_CAUSE_PRESSURE = LIVEDUMP_CAUSE_PRESSURE,	/* other processes waited for memory */
	LD_CAUSE_MINFREE = LIVEDUMP_CAUSE_MINFREE,	/* the target became too full */
	LD_CAUSE_SUSPEND = LIVEDUMP_CAUSE_SUSPEND,	/* the system was about to be suspended */
	LD_CAUSE_POLICY = LIVEDUMP_CAUSE_POLICY,	/* the machine does not allow it */
	LD_NR_CAUSES
};

/* Numbers of page frames. All members are u64, so that dump_pages_add() can add them. */
struct dump_pages {
	u64 frames;			/* RAM */
	u64 frames_by_type[LD_NR_TYPES];	/* as planned */
	u64 kept;			/* in the dump; if complete, as in its keep map */
	u64 missing;			/* in the keep map of an incomplete dump, but not in it */
	u64 zero;			/* kept page frames that are full of zeros */
	u64 unreadable;			/* could not be read */
	u64 reclassified_dropped;	/* kept by the plan, dropped when they were read */
	u64 reclassified_kept;		/* dropped by the plan, kept when they were read */
	u64 blanked;			/* streamed and reclassified: written as zeros */
	u64 buffered;			/* read ahead, or copied in a freeze */
	u64 withdrawn;			/* copied, may be a program's: written as zeros */
	u64 uncertain;			/* frozen, may be a program's: written */
	u64 streamed;			/* read while writing, not from the page buffer */
	u64 paused;			/* pre-copy: of buffered, copied in the pause */
	u64 always;			/* of these, the source does not see all writes to them */
	u64 unseen;			/* not of these, and changed later with no write seen */
	u64 unseen_by_type[LD_NR_TYPES];
	u64 unchecked;			/* or with a write, perhaps: that could not be found out */
};

struct dump_bytes {
	u64 raw;			/* kept page frames, uncompressed */
	u64 data;			/* page data in the dump */
	u64 file;			/* length of the dump */
	u64 buffer;			/* page buffer that was allocated */
	u64 needed;			/* page buffer that a freeze needs */
	u64 kernel;			/* peak memory of the module; 0: not used */
};

struct dump_times {
	u64 start;
	u64 planned;			/* plan complete; memory for the copy was allocated */
	u64 read;			/* reading ahead or the freeze began */
	u64 write;			/* copying complete; writing began */
	u64 end;
	u64 pause;			/* how long the system was paused */
	u64 pause_estimate;		/* estimated before the pause; pre-copy: in it, at last */
};

struct dump_end {
	enum ld_cause cause;
	int err;			/* negative errno; 0 if the dump is complete */
	bool incomplete;		/* a valid dump with pages missing */
	enum ld_stage stage;		/* where the dump ended */
	u64 at;			/* page frame or byte of the dump, see ld_stage_at_frame() */
};

/* What pre-copy has done. */
struct dump_precopy {
	u64 rounds;			/* 0: none, the freeze copied everything */
	u64 pauses;			/* that were begun */
	u64 given_up_ns;		/* length of those that were given up */
	const char *why;		/* a literal: why there were no rounds; NULL: there were */
};

/* Of a live dump: what its checker has found, see checker.h. */
struct dump_lists {
	unsigned int readings;		/* after which it looked; 0: it did not look */
	unsigned int torn;		/* that it could not mend, a set of enum ld_lists_part */
	u64 copied;			/* page frames that it copied again, after the last one */
};

struct dump_result {
	struct dump_pages pages;
	struct dump_bytes bytes;
	struct dump_times times;
	struct dump_precopy precopy;
	struct dump_lists lists;
	struct dump_end end;
	unsigned int workers;		/* threads that read, compressed and wrote */
};

/* "free", "user", ...; "plan", "read", ...; "signal", "time", ... */
const char *ld_page_type_name(enum ld_page_type type);
const char *ld_stage_name(enum ld_stage stage);
const char *ld_cause_name(enum ld_cause cause);

/* Whether dump_end.at of @stage is a page frame. Otherwise it is a byte of the dump. */
bool ld_stage_at_frame(enum ld_stage stage);

/*
 * Record that @stage failed with @err at byte or page frame @at. Does nothing
 * if @err is 0 or a failure is recorded already. Returns @err.
 */
int dump_end_blame(struct dump_end *end, enum ld_stage stage, u64 at, int err);

/* Whether the error may be the file system's, which can return any. */
static inline bool dump_end_is_writing(const struct dump_end *end)
{
	return end->stage >= LD_STAGE_WRITE;
}

/* Add @share, the numbers of one worker, to @sum. */
void dump_pages_add(struct dump_pages *sum, const struct dump_pages *share);

/*
 * A number in the result that the ioctl returns or a report shows. abi.c copies
 * the rows. info.N and JSON print them.
 */
struct dump_field {
	const char *label;		/* in info.N; NULL: not printed from this table */
	const char *key;		/* in JSON; NULL: not printed from this table */
	u16 offset;			/* offset of a u64 in struct dump_result */
	u16 abi;			/* offset of a u64 in struct livedump_result; 0: none */
};

/* All rows. A row of zeros ends the table. */
extern const struct dump_field dump_fields[];

static inline u64 dump_field_value(const struct dump_field *field, const struct dump_result *r)
{
	return *(const u64 *)((const u8 *)r + field->offset);
}

#endif
