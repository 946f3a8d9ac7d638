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

/* Is told that the kernel has symbols and types. To find members in these takes longer. */
struct lists_known {
	void (*tell)(void *ctx);
	void *ctx;
};

/*
 * Find out what is needed of the kernel in @m. @known may be NULL. Returns 0, or a
 * negative errno and sets @err.
 */
int lists_prepare(struct ld_lists *l, struct memory *m, const struct vmcoreinfo *vi,
		  const struct lists_known *known, struct error *err);

/* ld_lists_look() and ld_lists_mend() on @m. */
void lists_look(const struct ld_lists *l, struct memory *m, struct ld_lists_state *state);
void lists_mend(const struct ld_lists *l, struct memory *m, const struct lists_again *again,
		struct ld_lists_state *state);

/* "tasks and modules". */
void lists_name(char *buf, size_t size, unsigned int torn);

#endif
