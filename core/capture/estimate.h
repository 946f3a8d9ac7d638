/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * estimate.h - what a dump would be like, without taking it.
 */
#ifndef LIVEDUMP_ESTIMATE_H
#define LIVEDUMP_ESTIMATE_H

#include "dump.h"

/* A dump with one codec. */
struct ld_packed {
	const struct ld_codec_ops *codec;	/* NULL: not available */
	int level;
	u64 file_bytes;		/* length of the file, */
	u64 disk_bytes;		/* and without its holes */
	/*
	 * Bytes by which disk_bytes may be wrong: twice the standard error of
	 * the sample, which is exceeded one time in twenty. It does not count
	 * that the system changes until it is dumped. 0: the sample is all.
	 */
	u64 error;
	u64 time_ns;		/* without waiting for the sink */
};

struct ld_estimate {
	u64 sampled;			/* page frames in the sample */
	u64 zero;			/* page frames in the dump without data of their own */
	u64 buffer_bytes;		/* page buffer that it would allocate */
	struct ld_packed packed[LD_NR_CODECS];	/* in the order of ld_codecs[] */
};

/*
 * Classify all, as ld_dump() does, and pack a sample of what would be kept with
 * each codec that the format takes: that of @params at its level, the others
 * at their default ones. The sink is not used and may be NULL. For a freeze
 * result.times.pause_estimate and result.bytes.needed are filled in, and the
 * system is not paused; it is no error if they are more than the request allows.
 * @result counts page frames as planned. Returns 0 or a negative errno.
 */
int ld_estimate(const struct ld_params *params, struct dump_result *result,
		struct ld_estimate *estimate);

#endif
