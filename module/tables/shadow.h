/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shadow.h - shadow entries: the kernel's page-table entries as the last walk saw
 * them.
 *
 * The kernel changes an entry by read, modify and write, so a dirty bit that the
 * processor sets in between is lost. But then the entry differs from its shadow
 * entry, and its page frame counts as written. If an entry is gone, the shadow entry
 * still has the page frame that it mapped, which counts as written, too.
 */
#ifndef LIVEDUMP_TRACK_SHADOW_H
#define LIVEDUMP_TRACK_SHADOW_H

#include "port/port.h"

#define TRACK_ENTRIES	512U	/* of a page table */

/* Shadow entries of a table, without accessed and dirty bits. 0: the entry was empty. */
struct track_leaf {
	u64 seen[TRACK_ENTRIES];
};

/* The same for a table that may point to tables: such an entry has a child. */
struct track_inner {
	struct track_leaf leaf;
	uintptr_t child[TRACK_ENTRIES];	/* a node, and TRACK_ bits */
};

/* The last walk found the accessed bit set in the entry that points to the table. */
#define TRACK_HOT	((uintptr_t)1)
/* The table maps only buffers of the dump. Valid until one of them is freed. */
#define TRACK_OWN	((uintptr_t)2)

static inline struct track_leaf *track_child(uintptr_t child)
{
	return (struct track_leaf *)(child & ~(TRACK_HOT | TRACK_OWN));
}

/* Free nodes of one size, for walks, which cannot allocate. */
struct track_pool {
	size_t size;		/* of a node */
	void *free;		/* list of free nodes, linked by their first word */
	u64 spare;		/* nodes in the list */
	struct track_block *blocks;
	u64 nr;			/* all nodes, free or taken */
};

struct track_shadow {
	struct track_pool leaves;
	struct track_pool inner;
	struct track_inner *root;
};

/* Returns 0 or -ENOMEM. Close it in both cases. */
int track_shadow_open(struct track_shadow *shadow);
void track_shadow_close(struct track_shadow *shadow);

/* If few nodes of a size are free, add some, more to a large pool. Returns 0 or -ENOMEM. */
int track_shadow_grow(struct track_shadow *shadow);

/* A zeroed node for a table of @level, or NULL if none is free. */
struct track_leaf *track_shadow_take(struct track_shadow *shadow, unsigned int level);
void track_shadow_give(struct track_shadow *shadow, unsigned int level, struct track_leaf *node);

#endif
