/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory_frames.h - memory that is read by page frames, through the page tables in them:
 * of a running system, or of copies of its page frames.
 */
#ifndef LIVEDUMP_WAITGRAPH_MEMORY_FRAMES_H
#define LIVEDUMP_WAITGRAPH_MEMORY_FRAMES_H

#include "core/source.h"
#include "memory.h"

/*
 * The last table of each level that was read, until memory_forget(). Neighbouring
 * addresses have the same, which spares three of four reads.
 */
#define MEMORY_FRAMES_LEVELS	5U

struct memory_frames_ops {
	/* Copy page frame @pfn, which is RAM, to @page. Returns 0 or -EFAULT. */
	int (*read)(void *ctx, u64 pfn, void *page);

	/*
	 * The content of page frame @pfn, which is RAM, where it stays until memory_close(),
	 * or NULL. NULL: it can only be copied.
	 */
	const void *(*find)(void *ctx, u64 pfn);
};

struct memory_frames_table {
	u64 pfn;			/* its page frame + 1; 0: none */
	u64 entry[MEMORY_PAGE / sizeof(u64)];
};

struct memory_frames {
	const struct ld_source *src;	/* what the system is like */

	const struct memory_frames_ops *ops;
	void *ctx;			/* for ops */

	u64 root;			/* page frame of the outermost table */
	unsigned int levels;
	u64 address;			/* bits of an entry that are the physical address */
	struct memory_frames_table tables[MEMORY_FRAMES_LEVELS];
};

/*
 * Open @m as the memory of @src, read by @ops. @mf and @src must stay valid until
 * memory_close(). Returns 0, -ENOMEM, or -EOPNOTSUPP if VMCOREINFO does not tell where
 * the page tables are.
 */
int memory_frames_open(struct memory_frames *mf, struct memory *m, const struct ld_source *src,
		       const struct memory_frames_ops *ops, void *ctx);

/*
 * Find the page frame that is mapped at @addr. Returns 0 or -EFAULT. What read() returns
 * for the tables counts.
 */
int memory_frames_find(struct memory_frames *mf, u64 addr, u64 *pfn);

#endif
