/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * estimate.h - estimate the size and duration of a dump without writing it.
 */
#ifndef LIVEDUMP_ESTIMATE_H
#define LIVEDUMP_ESTIMATE_H

#include "dump.h"

/* The estimate of a dump with one codec. */
struct ld_packed {
	const struct ld_codec_ops *codec;	/* NULL: not available, or not asked for */
	int level;
	u64 file_bytes;		/* length of the file */
	u64 disk_bytes;		/* length without the holes of the file */
	/*
	 * Error of disk_bytes: twice the standard error of the sample, which is
	 * exceeded one time in twenty. It does not include that the system
	 * changes before the dump. 0: the sample has all page frames, or none.
	 */
	u64 error;
	u64 time_ns;		/* does not include the time that the sink needs */
};

struct ld_estimate {
	u64 sampled;			/* page frames in the sample */
	u64 zero;			/* page frames in the dump that are full of zeros */
	u64 buffer_bytes;		/* page buffer that the dump would allocate */
	struct ld_packed packed[LD_NR_CODECS];	/* in the order of ld_codecs[] */
};

/*
 * Classify all page frames like ld_dump(), and compress a sample of the kept
 * page frames with each codec that the format supports. The codec of @params
 * uses its level, the others their default level. The sink is not used and may
 * be NULL. For a freeze the system is not paused: result.times.pause_estimate
 * and result.bytes.needed are filled in, and may exceed what the request
 * allows. @result counts page frames as planned. Returns 0 or a negative errno.
 */
int ld_estimate(const struct ld_params *params, struct dump_result *result,
		struct ld_estimate *estimate);

/*
 * Like ld_estimate(), to find out whether a dump takes more than @room bytes. Only the
 * codec of the request is run: the others have no estimate. If the dump would fit even if
 * no page became smaller, no page is read, sampled is 0, and the sizes are the most that
 * they may be. No times are estimated, zero and buffer_bytes are 0.
 */
int ld_estimate_fit(const struct ld_params *params, u64 room, struct dump_result *result,
		    struct ld_estimate *estimate);

#endif
