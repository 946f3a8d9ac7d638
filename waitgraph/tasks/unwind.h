/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unwind.h - the stack of a task that does not run.
 */
#ifndef LIVEDUMP_WAITGRAPH_UNWIND_H
#define LIVEDUMP_WAITGRAPH_UNWIND_H

#include "waitgraph/kernel/kernel.h"

#define UNWIND_FRAMES_MAX	128U

struct frame {
	u64 ip;
	u64 sp;				/* the function's own data begins here */
	bool exact;			/* ip is an instruction, not a return address */
	bool guess;			/* found by looking for return addresses */
};

/* Why a stack ends. */
enum stack_end {
	STACK_WHOLE,			/* at its outermost frame */
	STACK_CUT,			/* it has more frames than there is room for */
	STACK_UNREADABLE,
};

struct stack {
	struct frame frames[UNWIND_FRAMES_MAX];	/* the innermost first */
	u32 nr;
	enum stack_end end;
};

/* Where the kernel keeps what unwinding begins with. */
struct unwind_fields {
	struct field bp, ret_addr;	/* of struct inactive_task_frame */
	struct field frame;		/* the structure itself */
	u64 stack_size;			/* bytes */
};

/* Returns 0, or a negative errno and sets @err. */
int unwind_prepare(struct unwind_fields *f, const struct kernel *k, struct error *err);

/*
 * Unwind the stack that begins at @base, of a task that gave up its processor with the
 * stack pointer @sp. A frame's data is from its sp to that of the next frame.
 */
void unwind_task(const struct kernel *k, const struct unwind_fields *f, u64 base, u64 sp,
		 struct stack *stack);

#endif
