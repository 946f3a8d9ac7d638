/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * result.h - what came of a dump, from either engine. Sizes are bytes, times
 * are port_now_ns(), 0 for a moment that was not reached.
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
	LD_STAGE_ALLOCATE = LIVEDUMP_STAGE_ALLOCATE,	/* memory of the dump's own */
	LD_STAGE_PLAN = LIVEDUMP_STAGE_PLAN,		/* classify every page frame */
	LD_STAGE_CLASSIFY = LIVEDUMP_STAGE_CLASSIFY,	/* the page flags of some page frames */
	LD_STAGE_SKIP = LIVEDUMP_STAGE_SKIP,		/* find what a freeze need not copy */
	LD_STAGE_MEASURE = LIVEDUMP_STAGE_MEASURE,	/* time the copying of a sample */
	LD_STAGE_SAMPLE = LIVEDUMP_STAGE_SAMPLE,	/* pack a sample, for an estimate */
	LD_STAGE_READ = LIVEDUMP_STAGE_READ,		/* memory, ahead or streamed */
	LD_STAGE_RECHECK = LIVEDUMP_STAGE_RECHECK,	/* read what was reclassified */
	LD_STAGE_FREEZE = LIVEDUMP_STAGE_FREEZE,	/* copy while the system is paused */
	LD_STAGE_COMPARE = LIVEDUMP_STAGE_COMPARE,	/* two copies of a freeze, in a test */
	LD_STAGE_WRITE = LIVEDUMP_STAGE_WRITE,		/* compress and write */
	LD_STAGE_FLUSH = LIVEDUMP_STAGE_FLUSH,		/* headers, and all of it to the disk */
	LD_NR_STAGES
};

/*
 * Why a dump ended before it was whole. It is one value: whoever sets it first
 * (see ld_control_cancel()), or the core when something fails.
 */
enum ld_cause {
	LD_CAUSE_NONE = LIVEDUMP_CAUSE_NONE,
	LD_CAUSE_ERROR = LIVEDUMP_CAUSE_ERROR,		/* dump_end.err */
	LD_CAUSE_SIGNAL = LIVEDUMP_CAUSE_SIGNAL,
	LD_CAUSE_SIZE = LIVEDUMP_CAUSE_SIZE,		/* dump_request.max_bytes */
	LD_CAUSE_TIME = LIVEDUMP_CAUSE_TIME,		/* a limit of the caller */
	LD_CAUSE_PRESSURE = LIVEDUMP_CAUSE_PRESSURE,	/* others waited for memory */
	LD_CAUSE_MINFREE = LIVEDUMP_CAUSE_MINFREE,	/* the target became too full */
	LD_NR_CAUSES
};

/* Page frames; nothing but u64, so that the workers' shares can be added. */
struct dump_pages {
	u64 frames;			/* RAM */
	u64 frames_by_type[LD_NR_TYPES];	/* as planned */
	u64 kept;			/* in the dump */
	u64 zero;			/* of these, full of zeros */
	u64 unreadable;			/* could not be read: holes */
	u64 reclassified_dropped;	/* planned to be kept, of another type when read */
	u64 reclassified_kept;		/* planned to be dropped, likewise */
	u64 blanked;			/* streamed and reclassified: written as zeros */
	u64 buffered;			/* read ahead, or copied in a freeze */
	u64 streamed;			/* compressed as they were read */
};

struct dump_bytes {
	u64 raw;			/* kept page frames, uncompressed */
	u64 data;			/* page data in the dump */
	u64 file;			/* the whole dump */
	u64 buffer;			/* page buffer used */
	u64 needed;			/* page buffer that a freeze needs */
	u64 kernel;			/* most memory that the module had allocated; 0: not used */
};

struct dump_times {
	u64 start;
	u64 read;			/* the plan was made; reading ahead or the freeze began */
	u64 write;			/* that was done; writing began */
	u64 end;
	u64 pause;			/* how long the system was paused */
	u64 pause_estimate;		/* the estimate made before it */
};

struct dump_end {
	enum ld_cause cause;
	int err;			/* negative errno of the cause, 0 of a whole dump */
	bool incomplete;		/* a valid dump with pages missing */
	enum ld_stage stage;		/* where it ended */
	u64 at;			/* byte of the dump or page frame: ld_stage_at_frame() */
};

struct dump_result {
	struct dump_pages pages;
	struct dump_bytes bytes;
	struct dump_times times;
	struct dump_end end;
	unsigned int workers;		/* threads that read, compressed and wrote */
};

/* "free", "user", ...; "plan", "read", ...; "signal", "time", ... */
const char *ld_page_type_name(enum ld_page_type type);
const char *ld_stage_name(enum ld_stage stage);
const char *ld_cause_name(enum ld_cause cause);

/* Whether dump_end.at of this stage is a page frame; otherwise it is a byte of the dump. */
bool ld_stage_at_frame(enum ld_stage stage);

/*
 * Blame @stage, at byte or page frame @at, for @err, unless something is
 * blamed already or @err is 0. Returns @err.
 */
int dump_end_blame(struct dump_end *end, enum ld_stage stage, u64 at, int err);

/* Add a worker's share to @sum. */
void dump_pages_add(struct dump_pages *sum, const struct dump_pages *share);

/*
 * A number of the result that goes over the ioctl and into reports. One row
 * for each; abi.c copies by it, info.N and JSON print by it.
 */
struct dump_field {
	const char *label;		/* in info.N; NULL: it has a line of its own there */
	const char *key;		/* in JSON; NULL likewise */
	u16 offset;			/* of a u64 in struct dump_result */
	u16 abi;			/* of a u64 in struct livedump_result; 0: not there */
};

/* Rows up to one without an offset and a key. */
extern const struct dump_field dump_fields[];

static inline u64 dump_field_value(const struct dump_field *field, const struct dump_result *r)
{
	return *(const u64 *)((const u8 *)r + field->offset);
}

#endif
