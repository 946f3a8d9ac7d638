/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * walk.h - a walk over the kernel's page tables, which finds what was written to
 * since the walk before. The tables are read through a function, and nothing here
 * calls the kernel: user space tests the same code.
 *
 * Nobody else may change the tables meanwhile but the processors, which set
 * accessed and dirty bits. When they are cleared, the translation buffers of all
 * processors have to be flushed before anything else runs.
 */
#ifndef LIVEDUMP_TRACK_WALK_H
#define LIVEDUMP_TRACK_WALK_H

#include "arch/arch.h"
#include "core/pages/groups.h"
#include "image.h"
#include "shadow.h"

/* The kernel's page tables and its address space. */
struct track_tables {
	u64 *(*table)(void *ctx, u64 pfn);	/* the table in page frame @pfn, or NULL */
	bool (*own)(void *ctx, u64 pfn);	/* whether it is of the dump's buffers; or NULL */
	/*
	 * Whether the tables for the @bytes at @at stay as long as the walk, or NULL: all do.
	 * Those of memory that is offline may be freed at any moment: no table is read
	 * that does not stay.
	 */
	bool (*stays)(u64 at, u64 bytes);
	void *ctx;
	struct ld_arch_paging paging;	/* levels and address as on this machine */
	u64 pointer;			/* the bits of an entry that points to a table */
	u64 root;			/* page frame of the root */
	u64 direct_start;		/* the direct map of all memory */
	u64 direct_end;
	u64 vmalloc_start;		/* tables for it are written by the direct map only */
	u64 vmalloc_end;
	u64 memmap_start;		/* the array of struct pages */
	u64 memmap_end;
	u32 memmap_each;		/* bytes of a struct page */
};

/* A bit for each page frame. */
struct track_maps {
	struct ld_map changed;		/* written to, or mapped otherwise */
	struct ld_map read_only;	/* was once mapped so; written to by other ways */
	struct ld_map not_raw;		/* mapped outside of the direct map, or a table */
	struct ld_map retyped;		/* its struct page, or one nearby, has changed */
	u64 *touched;			/* a bit for each chunk: walks have marked some of it */
	struct track_image image;
};

enum track_mode {
	TRACK_LIVE,	/* one worker; the shadow follows */
	TRACK_PAUSED,	/* several workers, each with a share; the shadow stays */
	TRACK_RESTORE,	/* set all bits again that walks may have cleared */
};

struct track_walk {
	const struct track_tables *tables;
	struct track_shadow *shadow;
	struct track_maps *maps;
	enum track_mode mode;
	unsigned int worker;
	unsigned int workers;
	bool prune;		/* leave out tables whose accessed bits have stayed clear */
	bool add_image;		/* what is mapped read-only of the image is noted there */
	bool skip_own;		/* leave out tables that were the dump's own, and still are */
	u64 from;		/* the address to go on at */
	u64 deadline_ns;	/* 0: none */
	u64 scanned;		/* tables that were looked at */
	bool moved;		/* this call has got on */
	bool memmap_read_only;	/* some of the array of struct pages is mapped so */
};

/*
 * Walk from walk->from on. Returns 0 at the end of the address space, -EAGAIN
 * after the deadline, and -ENOSPC if the shadow has to grow; then walk->from is
 * where to go on.
 */
int track_walk(struct track_walk *walk);

/*
 * The entry that maps @vaddr, or NULL. Stores its level in *@level, and in *@upper
 * the entry that points to its table, if its level is 1, or NULL.
 */
u64 *track_find(const struct track_tables *tables, u64 vaddr, unsigned int *level, u64 **upper);

/*
 * Set the bits in maps->touched of the chunks that have page frames @pfn .. @end - 1. Those in
 * groups without RAM have none. Different workers may call it.
 */
void track_touch(struct track_maps *maps, u64 pfn, u64 end);

/* Add what @entry of @level at @vaddr maps to what has changed. */
void track_mark(struct track_walk *walk, u64 entry, unsigned int level, u64 vaddr);

#endif
