/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * shadow.h - the entries of the kernel's page tables, as the last walk has seen
 * them.
 *
 * The kernel changes an entry by reading it, computing and writing, and a dirty
 * bit that the processor sets meanwhile is lost. But then the entry is another one
 * than before: it counts as written to. An entry that has vanished, too: here is
 * which page frame it mapped.
 */
#ifndef LIVEDUMP_TRACK_SHADOW_H
#define LIVEDUMP_TRACK_SHADOW_H

#include "port/port.h"

#define TRACK_ENTRIES	512U	/* of a page table */

/* What is known of a table. An entry is 0 if it was empty, and without accessed and dirty. */
struct track_leaf {
	u64 seen[TRACK_ENTRIES];
};

/* A table that may point to tables. An entry that does has a child. */
struct track_inner {
	struct track_leaf leaf;
	uintptr_t child[TRACK_ENTRIES];	/* a node, and TRACK_ bits */
};

/* The table's accessed bit was set at the last walk. */
#define TRACK_HOT	((uintptr_t)1)
/* The table maps nothing but the dump's own buffers, as long as none is freed. */
#define TRACK_OWN	((uintptr_t)2)

static inline struct track_leaf *track_child(uintptr_t child)
{
	return (struct track_leaf *)(child & ~(TRACK_HOT | TRACK_OWN));
}

/* Nodes of one size, so that a walk, which cannot allocate, can have one. */
struct track_pool {
	size_t size;		/* of a node */
	void *free;		/* a list through the first word of each */
	u64 spare;		/* nodes in it */
	struct track_block *blocks;
	u64 nr;			/* of all nodes */
};

struct track_shadow {
	struct track_pool leaves;
	struct track_pool inner;
	struct track_inner *root;
};

/* Returns 0 or -ENOMEM. Close it in both cases. */
int track_shadow_open(struct track_shadow *shadow);
void track_shadow_close(struct track_shadow *shadow);

/* See to it that a few of each kind are free, the more the larger it is. 0 or -ENOMEM. */
int track_shadow_grow(struct track_shadow *shadow);

/* A zeroed node for a table of @level, or NULL if none is free. */
struct track_leaf *track_shadow_take(struct track_shadow *shadow, unsigned int level);
void track_shadow_give(struct track_shadow *shadow, unsigned int level, struct track_leaf *node);

#endif
