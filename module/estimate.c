// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * estimate.c - what a dry run has found out, as the interface has it.
 */
#include <linux/build_bug.h>

#include "livedump.h"

/* Of ld_codecs[], in its order. */
static const u32 compressions[LD_NR_CODECS] = {
	LIVEDUMP_COMP_NONE, LIVEDUMP_COMP_ZLIB, LIVEDUMP_COMP_ZSTD, LIVEDUMP_COMP_LZO,
};

void livedump_fill_estimates(struct livedump_result *r, const struct ld_estimate *e,
			     u64 memory_allowed)
{
	BUILD_BUG_ON(LD_NR_CODECS > LIVEDUMP_NR_COMP);
	r->sampled = e->sampled;
	r->buffer_bytes = e->buffer_bytes;
	r->memory_allowed = memory_allowed;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct ld_packed *packed = &e->packed[c];
		struct livedump_estimate *to = &r->estimate[compressions[c]];

		if (!packed->codec)
			continue;
		to->file_bytes = packed->file_bytes;
		to->disk_bytes = packed->disk_bytes;
		to->error = packed->error;
		to->time_ns = packed->time_ns;
		to->compression_level = packed->level;
	}
}
