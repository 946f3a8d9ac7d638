/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_descs.h - whether the page descriptors of a kdump-compressed file are
 * sane, and together name all bytes of its data. libkdumpfile believes them: how
 * large data is decides how much memory it allocates.
 */
#ifndef LIVEDUMP_VERIFY_DESCS_H
#define LIVEDUMP_VERIFY_DESCS_H

#include "dumpfile/dumpfile.h"

/* What some of the descriptors make of the data. */
struct desc_sums {
	u64 packed;		/* bytes of pages that have their own */
	u64 first;		/* where the first of these is; UINT64_MAX: there is none */
	u64 zero_size;		/* bytes of the page of zeros; 0: not seen */
};

#define DESC_SUMS_INIT	{ .first = UINT64_MAX }

/*
 * Look at the descriptors of chunk @c, which are read to @buf, with space for
 * LD_CHUNK of them, and add to @sums. Page frames of an incomplete dump that have
 * none are taken out of @c. If a descriptor is bad, *@bad_pfn becomes its page
 * frame. Errors are as dumpfile/file.h says.
 */
int descs_check_chunk(const struct dumpfile *d, struct dumpfile_chunk *c, struct kdump_desc *buf,
		      struct desc_sums *sums, u64 *bad_pfn, struct error *err);

void descs_add(struct desc_sums *all, const struct desc_sums *some);

/* See that all descriptors together, @all, name all of the data without a gap. */
int descs_check_cover(const struct dumpfile *d, const struct desc_sums *all, struct error *err);

#endif
