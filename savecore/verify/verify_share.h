/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_share.h - how many workers verify a dump within a limit of memory, and the readers
 * of libkdumpfile that they share.
 */
#ifndef LIVEDUMP_VERIFY_SHARE_H
#define LIVEDUMP_VERIFY_SHARE_H

#include <pthread.h>

#include "dumpfile/frames/frames.h"

#define VERIFY_READERS_MAX	4U

struct verify_share {
	unsigned int workers;		/* at least 1 */
	unsigned int readers;		/* of libkdumpfile: 1 to VERIFY_READERS_MAX */
};

/*
 * The share of @d, which must have been surveyed, for at most @threads workers, at least 1,
 * in @memory bytes. One worker with one reader takes what it needs, even if that is more.
 */
struct verify_share verify_share(const struct dumpfile *d, unsigned int threads, u64 memory);

/*
 * Whether libkdumpfile reads all page frames of @d, not only some that are compared. Then
 * each worker has a reader of its own.
 */
bool verify_share_all(const struct dumpfile *d);

struct verify_readers {
	const struct dumpfile *d;	/* must stay open as long as the readers */
	unsigned int nr;
	port_atomic64_t next;		/* the next that nobody opens */
	struct {
		pthread_mutex_t lock;	/* protects reader */
		struct frame_reader reader;
		int ret;		/* how it was opened: 0 or a negative errno */
		struct error err;
	} at[VERIFY_READERS_MAX];
};

/*
 * Open @nr readers, at the same time. The caller must call verify_readers_close() even after
 * an error. Errors are as dumpfile/file.h says.
 */
int verify_readers_open(struct verify_readers *r, const struct dumpfile *d, unsigned int nr,
			struct error *err);
void verify_readers_close(struct verify_readers *r);

/* Copy page frame @pfn, of dumpfile_page_size() bytes, to @page. Any thread may call it. */
int verify_readers_read(struct verify_readers *r, unsigned int worker, u64 pfn, void *page,
			struct error *err);

#endif
