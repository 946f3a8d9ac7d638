/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lists.h - what core/lists needs of a kernel, from its symbols and types, and its memory.
 *
 * What is needed does not change while the kernel runs. So it is found out once, and then
 * a copy of its memory can be looked at again and again.
 */
#ifndef LIVEDUMP_WAITGRAPH_LISTS_H
#define LIVEDUMP_WAITGRAPH_LISTS_H

#include "core/format/vmcoreinfo.h"
#include "core/lists/lists.h"
#include "waitgraph/memory/memory.h"
#include "waitgraph/types/types.h"

/* Copies pages again. */
struct lists_again {
	/* As ld_lists_memory.copy. */
	int (*copy)(void *ctx, u64 addr, unsigned int nr);
	void *ctx;
};

/*
 * Find out what is needed of the kernel in @m, in two steps: first the symbols, and
 * whether the kernel has types, then where members are, which takes longer. @s is the
 * caller's, who frees it with symbols_free(), after an error, too. Each returns 0, or a
 * negative errno and sets @err.
 */
int lists_find_kernel(struct ld_lists *l, struct symbols *s, struct memory *m,
		      const struct vmcoreinfo *vi, struct error *err);
int lists_find_members(struct ld_lists *l, const struct symbols *s, struct memory *m,
		       struct error *err);

/* Both. */
int lists_prepare(struct ld_lists *l, struct memory *m, const struct vmcoreinfo *vi,
		  struct error *err);

/* ld_lists_look() and ld_lists_mend() on @m. */
void lists_look(const struct ld_lists *l, struct memory *m, struct ld_lists_state *state);
void lists_mend(const struct ld_lists *l, struct memory *m, const struct lists_again *again,
		struct ld_lists_state *state);

/* "tasks and modules". */
void lists_name(char *buf, size_t size, unsigned int torn);

#endif
