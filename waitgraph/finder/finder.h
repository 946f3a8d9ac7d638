/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * finder.h - what the kinds of wait share: the task that is looked at, its stack, and
 * the wait that is made of it.
 */
#ifndef LIVEDUMP_WAITGRAPH_FINDER_H
#define LIVEDUMP_WAITGRAPH_FINDER_H

#include "ring.h"
#include "wait.h"

struct wait_finder {
	struct waits *w;
	const struct kernel *k;
	const struct tasks *tasks;
	u64 stack_size;
	struct ring_reader ring;
	const struct task *task;	/* whose wait is looked for */
	struct stack stack;		/* its stack */
};

/* No frame has it. */
#define FINDER_NO_FRAME	UINT32_MAX

/* The name of the function of a frame; "" if it is not known for sure. */
const char *finder_function(const struct wait_finder *f, u32 frame);

/* Compare @name with a function's, which the compiler may have given a suffix. */
bool finder_is_function(const char *name, const char *function);

/* The first frame from @frame on of one of @functions, which ends with NULL. */
u32 finder_frame(const struct wait_finder *f, u32 frame, const char *const *functions);

/*
 * Whether the task is in one of @functions, also where nothing of that is on the stack
 * because it ended with a jump.
 */
bool finder_is_in(const struct wait_finder *f, const char *const *functions);

/* Where the data of a frame ends. */
u64 finder_frame_end(const struct wait_finder *f, u32 frame);

/* Whether @addr is on the stack of the task, in use. */
bool finder_on_stack(const struct wait_finder *f, u64 addr);

/* Add the wait of the task for what is at @lock, which it began in @frame. */
struct wait *finder_add(struct wait_finder *f, enum wait_kind_id kind, u64 lock, u32 frame);

/* Set the owner to the task at @addr. One that is no task is not an owner. */
void finder_set_owner(const struct wait_finder *f, struct wait *wait, u64 addr);

/* Set what is to say about a wait; what is not printable is escaped. */
void finder_set_about(struct wait *wait, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Look for a word in the frames from @first to @last, these two included, that @fn says
 * is the address of what the task waits for. Returns it, or 0.
 */
typedef bool finder_is_it(const struct wait_finder *f, const void *ctx, u64 addr);
u64 finder_scan(const struct wait_finder *f, u32 first, u32 last, finder_is_it *fn,
		const void *ctx);

/* Whether all of the @nr members that are not optional are there. */
static inline bool finder_fields(const struct wait_finder *f, const struct field_row *rows,
				 size_t nr, struct field *fields)
{
	struct error ignored = { 0 };

	return !types_fields(&f->k->types, rows, nr, fields, &ignored);
}

#endif
