/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * walk.h - walks the kernel's page tables to find the page frames written since the
 * last walk. The tables are read through a function, and nothing here calls the
 * kernel: user space tests the same code.
 *
 * During a walk nobody may change the tables, except that processors set accessed
 * and dirty bits. A walk clears such bits, so a TLB flush on all processors has to
 * follow before anything else runs.
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
	bool (*own)(void *ctx, u64 pfn);	/* @pfn is in a buffer of the dump; may be NULL */
	/*
	 * Whether the tables for the @bytes at @at stay during the walk. NULL: all do. Tables
	 * for offline memory may be freed at any moment, so a walk does not read tables that
	 * do not stay.
	 */
	bool (*stays)(u64 at, u64 bytes);
	void *ctx;
	struct ld_arch_paging paging;	/* levels and address as on this machine */
	u64 pointer;			/* flags of an entry that points to a table */
	u64 root;			/* page frame of the root */
	u64 direct_start;		/* the direct map of all memory */
	u64 direct_end;
	u64 vmalloc_start;		/* its tables are written only through the direct map */
	u64 vmalloc_end;
	u64 memmap_start;		/* the array of struct pages */
	u64 memmap_end;
	u32 memmap_each;		/* bytes of a struct page */
};

/* The bytes that an entry of @level maps. */
static inline u64 track_span(const struct track_tables *t, unsigned int level)
{
	return 1ULL << (12 + (level - 1) * t->paging.index_bits);
}

static inline bool track_in_direct(const struct track_tables *t, u64 at)
{
	return at >= t->direct_start && at < t->direct_end;
}

static inline bool track_in_memmap(const struct track_tables *t, u64 at)
{
	return at >= t->memmap_start && at < t->memmap_end;
}

static inline bool track_in_vmalloc(const struct track_tables *t, u64 at)
{
	return at >= t->vmalloc_start && at < t->vmalloc_end;
}

/* A bit for each page frame. */
struct track_maps {
	struct ld_map changed;		/* written, or its mapping has changed */
	struct ld_map read_only;	/* was ever mapped read-only: may be written otherwise */
	struct ld_map not_raw;		/* mapped outside of the direct map, or a table */
	struct ld_map retyped;		/* its struct page, or one nearby, was written */
	struct ld_map used;		/* mapped in a small area of vmalloc's, and read */
	u64 *touched;			/* a bit for each chunk: a round or pause has to visit it */
	struct track_image image;
};

enum track_mode {
	TRACK_LIVE,	/* one worker, which updates the shadow */
	TRACK_PAUSED,	/* several workers, each with a share; the shadow does not change */
	TRACK_RESTORE,	/* set all bits that walks may have cleared, but accessed ones of pages */
};

struct track_walk {
	const struct track_tables *tables;
	struct track_shadow *shadow;
	struct track_maps *maps;
	enum track_mode mode;
	unsigned int worker;
	unsigned int workers;
	bool prune;		/* skip tables whose accessed bits have stayed clear */
	bool note_used;		/* set bits of maps->used; otherwise only clear accessed bits */
	bool add_image;		/* add read-only page frames of the image to maps->image */
	bool skip_own;		/* skip tables with TRACK_OWN, which is still valid */
	u64 from;		/* virtual address at which to go on */
	u64 deadline_ns;	/* 0: none */
	u64 scanned;		/* tables that were read */
	u64 used;		/* page frames that were noted as used */
	bool moved;		/* this call has made progress */
	bool memmap_read_only;	/* part of the array of struct pages is mapped read-only */
};

/*
 * Walk from walk->from on. Returns 0 at the end of the address space, -EAGAIN
 * after the deadline, and -ENOSPC if the shadow has to grow. With both errors
 * walk->from is where the next call goes on.
 *
 * With TRACK_PAUSED it returns 0, or -ETIME after the deadline: the pause has to be given up.
 * What it has found until then is marked, and a later walk finds the rest.
 */
int track_walk(struct track_walk *walk);

/*
 * The entry that maps @vaddr, or NULL. Stores its level in *@level. Stores in *@upper
 * the entry that points to its table if the level is 1, otherwise NULL.
 */
u64 *track_find(const struct track_tables *tables, u64 vaddr, unsigned int *level, u64 **upper);

/*
 * Set the bits in maps->touched of the chunks that have page frames @pfn .. @end - 1. Chunks in
 * groups without RAM have no bit. Different workers may call it.
 */
void track_touch(struct track_maps *maps, u64 pfn, u64 end);

/* Mark the page frames that @entry of @level at @vaddr maps as written. */
void track_mark(struct track_walk *walk, u64 entry, unsigned int level, u64 vaddr);

/*
 * Set or clear the bits of not_raw: page frames that are mapped outside of the direct map are
 * written through that mapping, and page tables are written only by the kernel. Devices have
 * no buffers in either.
 */
void track_mark_alias(struct track_walk *walk, u64 entry, unsigned int level, u64 vaddr, bool on);
void track_mark_table(struct track_walk *walk, u64 entry, bool on);

/* Set the bits of read_only, and add a part of the kernel's image to it. */
void track_mark_read_only(struct track_walk *walk, u64 entry, unsigned int level, u64 vaddr);

/* Set the bit of used for @entry of level 1. */
void track_mark_used(struct track_walk *walk, u64 entry);

#endif
