/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dump.h - take one dump: memory source, page filter, codec, format, sink.
 */
#ifndef LIVEDUMP_DUMP_H
#define LIVEDUMP_DUMP_H

#include "core/codec/codec.h"
#include "core/flow/filter.h"
#include "core/sink.h"
#include "core/source.h"

enum ld_phase {
	LD_PHASE_PLAN,		/* classify every page frame */
	LD_PHASE_READ,		/* copy kept page frames to pinned memory; freeze */
	LD_PHASE_WRITE,		/* compress and write */
	LD_PHASE_FINISH,	/* header, flush */
	LD_NR_PHASES
};

const char *ld_phase_name(enum ld_phase phase);

/* How much of a dump is of one moment; as LIVEDUMP_MODE_ in the module's interface. */
enum ld_mode {
	LD_MODE_LIVE,		/* nothing is */
	LD_MODE_FREEZE,		/* all is: it is copied while nothing else runs */
	LD_MODE_FREEZE_KERNEL,		/* what structure depends on is; the rest is read live */
	LD_NR_MODES
};

/* "live", "freeze", "core". */
const char *ld_mode_name(enum ld_mode mode);

/*
 * Shared between a dump and whoever watches it. The host may read the
 * progress fields at any time from any thread, and may set @cancel to a
 * positive errno: the dump then ends with that error, or, if the plan is
 * done and partial dumps are wanted, as an incomplete dump.
 */
struct ld_control {
	port_atomic64_t cancel;
	port_atomic64_t phase;		/* enum ld_phase */
	port_atomic64_t done;		/* page frames, of this phase */
	port_atomic64_t total;
	port_atomic64_t bytes;		/* bytes written so far */
};

struct ld_params {
	struct ld_source *source;
	struct ld_sink *sink;
	const struct ld_format_ops *format;
	const struct ld_codec_ops *codec;
	int codec_level;
	unsigned int level;		/* dump level, 0 .. LD_LEVEL_MAX */
	unsigned int workers;		/* at least 1 */
	u64 memory;			/* most bytes of pinned memory, 0 for none */
	bool keep_partial;		/* finish what was written on cancel */
	bool boost;			/* read ahead before all other threads */
	enum ld_mode mode;
	u64 max_pause_ns;		/* most time that nothing else may run */
	bool twice;			/* in a freeze copy all twice, and compare */
	u64 rate;			/* most bytes per second to write, 0 for no limit */
	u64 max_bytes;			/* longest that the dump may be, 0 for no limit */
	struct ld_control *control;
};

/* Times are port_now_ns(), sizes are bytes, everything else page frames. */
struct ld_stats {
	u64 frames;				/* RAM */
	u64 frames_by_type[LD_NR_TYPES];	/* as planned */
	u64 kept;				/* in the dump */
	u64 zero;				/* of these, full of zeros */
	u64 unreadable;				/* could not be read: holes */
	u64 reclassified_dropped;		/* kept by the plan, not any more when read */
	u64 reclassified_kept;			/* the other way round */
	u64 blanked;				/* streamed, and turned: written as zeros */
	u64 buffered;				/* read ahead or frozen, compressed later */
	u64 differing;				/* not the same in the second copy, */
	u64 scratch;				/* but for these, which copying writes to */
	u64 streamed;				/* compressed as they were read */
	u64 buffer_bytes;			/* pinned memory used, */
	u64 memory_needed;			/* and what a freeze takes of it */
	u64 raw_bytes;				/* kept page frames, uncompressed */
	u64 data_bytes;				/* page data in the dump */
	u64 file_bytes;				/* the whole dump */
	u64 start_ns;
	u64 read_ns;				/* reading ahead began */
	u64 write_ns;				/* and ended */
	u64 end_ns;
	u64 pause_estimate_ns;			/* what the pause was to be */
	u64 pause_ns;				/* how long everything stood still */
	bool incomplete;	/* a valid dump with pages missing, */
	int cause;		/* because of this negative errno */
	bool too_long;		/* and -EFBIG is for params.max_bytes */
	const char *failed;			/* what failed: "write", "read", ... or NULL */
	u64 failed_at;				/* and where: byte of the dump or page frame */
};

/*
 * Take a dump. Blocks until it is done. @stats is filled in on every path.
 * Returns 0 or a negative errno; what the sink then holds is no dump.
 *
 * A freeze ends before anything stands still with -ENOMEM if params.memory is
 * less than stats.memory_needed, and with -ETIME if stats.pause_estimate_ns is more
 * than params.max_pause_ns. It ends with -ETIME, too, if it takes longer after
 * all, and with -EOPNOTSUPP if the source has no freeze().
 */
int ld_dump(const struct ld_params *params, struct ld_stats *stats);

#endif
