/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_descs.h - check that the page descriptors of a kdump-compressed file are
 * sane, and together name all bytes of its data. libkdumpfile trusts them: it
 * allocates as much memory as they say.
 */
#ifndef LIVEDUMP_VERIFY_DESCS_H
#define LIVEDUMP_VERIFY_DESCS_H

#include "dumpfile/dumpfile.h"

/* Sums over some of the descriptors. */
struct desc_sums {
	u64 packed;		/* bytes of pages that have data of their own */
	u64 first;		/* offset of the first of these; UINT64_MAX: there is none */
	u64 zero_size;		/* bytes of the page of zeros; 0: not seen */
};

#define DESC_SUMS_INIT	{ .first = UINT64_MAX }

/*
 * Read the descriptors of chunk @c to @buf, which must hold LD_CHUNK of them,
 * check them and add them to @sums. In an incomplete dump, page frames without a
 * descriptor are removed from @c. If a descriptor is bad, *@bad_pfn is set to its
 * page frame. Errors are as dumpfile/file.h says.
 */
int descs_check_chunk(const struct dumpfile *d, struct dumpfile_chunk *c, struct kdump_desc *buf,
		      struct desc_sums *sums, u64 *bad_pfn, struct error *err);

void descs_add(struct desc_sums *all, const struct desc_sums *some);

/*
 * Check that all descriptors together, @all, name all of the data but @overwritten bytes, as
 * in the seal.
 */
int descs_check_cover(const struct dumpfile *d, const struct desc_sums *all, u64 overwritten,
		      struct error *err);

#endif
