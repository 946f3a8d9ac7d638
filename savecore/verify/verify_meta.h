/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_meta.h - whether the headers, the notes and the bitmap of a dump are as
 * they were written, by the sums of its seal. Errors are as dumpfile/file.h says.
 */
#ifndef LIVEDUMP_VERIFY_META_H
#define LIVEDUMP_VERIFY_META_H

#include "dumpfile/dumpfile.h"

/*
 * Find the seal, store it in @seal, and compare meta_sum and the length of the
 * file with it. In the notes in memory zeros are in the place of the seal then.
 * Only the headers of @d need to have been read.
 */
int verify_meta(struct dumpfile *d, struct ld_seal *seal, struct error *err);

/*
 * Survey the dump, and compare keep_sum with @seal's. Of an incomplete dump the sum
 * is of what was written, which verify_pages() finds out. The notes must have been
 * parsed.
 */
int verify_keep(struct dumpfile *d, const struct ld_seal *seal, struct error *err);

#endif
