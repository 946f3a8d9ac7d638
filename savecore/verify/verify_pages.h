/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_pages.h - check that every page frame of a dump can be read, and has
 * the content that was written.
 */
#ifndef LIVEDUMP_VERIFY_PAGES_H
#define LIVEDUMP_VERIFY_PAGES_H

#include "core/control.h"
#include "dumpfile/dumpfile.h"

struct verify_pages_request {
	const struct dumpfile *d;	/* surveyed */
	const struct ld_seal *seal;	/* the checksums and counts it must have */
	unsigned int threads;		/* at least 1; verify_share() says how many are used */
	u64 memory;			/* bytes that they may take */
	struct ld_control *control;	/* done and total count page frames; or NULL */
	/*
	 * What else is to be checked, with one more reader of libkdumpfile, on the last worker
	 * before it reads page frames, or after all if there is one worker. Its error counts if
	 * all page frames are good. NULL: nothing.
	 */
	int (*beside)(void *arg, struct error *err);
	void *beside_arg;
};

/* Stores the number of page frames of the dump in *@pages. Errors: dumpfile/file.h. */
int verify_pages(const struct verify_pages_request *req, u64 *pages, struct error *err);

#endif
