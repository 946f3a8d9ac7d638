/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_meta.h - check that the headers, the notes and the bitmap of a dump are
 * as they were written, by the checksums in its seal. Errors are as
 * dumpfile/file.h says.
 */
#ifndef LIVEDUMP_VERIFY_META_H
#define LIVEDUMP_VERIFY_META_H

#include "dumpfile/dumpfile.h"

/*
 * Find the seal, store it in @seal, and compare meta_sum and the length of the
 * file with it. Overwrites the seal in the notes in memory with zeros. @d may
 * come from dumpfile_open_headers().
 */
int verify_meta(struct dumpfile *d, struct ld_seal *seal, struct error *err);

/*
 * Survey the dump, and compare keep_sum with the one in @seal. In an incomplete
 * dump keep_sum covers only the page frames that were written: verify_pages()
 * compares it. The notes must have been parsed.
 */
int verify_keep(struct dumpfile *d, const struct ld_seal *seal, struct error *err);

#endif
