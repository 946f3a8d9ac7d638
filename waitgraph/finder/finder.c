// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * finder.c - frames of the task that is looked at, and the wait that is made of it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "finder.h"

#define FINDER_CALL	0xe8U		/* of x86: an offset of 32 bits follows */

/* Functions that take locks or wait: who called them is worth telling, they are not. */
static const char *const finder_waiters[] = {
	"mutex_lock", "__mutex_lock", "ww_mutex_lock", "__ww_mutex_lock", "down", "__down",
	"___down", "rwsem_down", "rt_mutex_", "__rt_mutex_", "_mutex_lock", "rwbase_",
	"__rwbase_", "rt_spin_lock", "rt_read_lock", "rt_write_lock", "rtlock_",
	"percpu_rwsem_wait", "__percpu_down_read", "percpu_down_", "wait_for_completion",
	"__wait_for_common", "do_wait_for_common", "wait_for_common", "schedule", "__schedule",
	"preempt_schedule", "io_schedule", "__wait_on_bit", "out_of_line_wait_on_bit",
	"bit_wait", "__lock_buffer", "__wait_on_buffer", "folio_wait_", "__folio_lock",
	"wait_on_page_bit", "__lock_page", "wait_woken", "__wait_rcu_gp", "synchronize_rcu",
	"kthread_stop", "kthread_park", "flush_work", "__flush_work", "__cancel_work",
	"cancel_work_sync", "msleep", "usleep_range", "blk_io_schedule",
	"rpc_wait_bit_killable", "submit_bio_wait", "bio_await",
};

bool finder_is_function(const char *name, const char *function)
{
	size_t len = strlen(function);

	return !strncmp(name, function, len) && (!name[len] || name[len] == '.');
}

const char *finder_function(const struct wait_finder *f, u32 frame)
{
	const struct frame *fr = &f->stack.frames[frame];
	struct symbol_at at;

	if (fr->guess || !symbols_at(&f->k->symbols, fr->exact ? fr->ip : fr->ip - 1, &at))
		return "";
	return at.name;
}

u32 finder_frame(const struct wait_finder *f, u32 frame, const char *const *functions)
{
	for (; frame < f->stack.nr; frame++) {
		const char *name = finder_function(f, frame);

		for (const char *const *fn = functions; *fn; fn++)
			if (finder_is_function(name, *fn))
				return frame;
	}
	return FINDER_NO_FRAME;
}

/*
 * The function that the frame has called, by the instruction before its return address.
 * A function that ends with a jump to another is on no stack, but it was called.
 */
static const char *finder_called(const struct wait_finder *f, u32 frame)
{
	const struct frame *fr = &f->stack.frames[frame];
	struct symbol_at at;
	u8 code[5];
	s32 offset;

	if (fr->guess || fr->exact ||
	    memory_read(f->k->m, fr->ip - sizeof(code), code, sizeof(code)) ||
	    code[0] != FINDER_CALL)
		return "";
	memcpy(&offset, code + 1, sizeof(offset));
	if (!symbols_at(&f->k->symbols, fr->ip + (u64)(s64)offset, &at) || at.offset)
		return "";
	return at.name;
}

bool finder_is_in(const struct wait_finder *f, const char *const *functions)
{
	if (finder_frame(f, 0, functions) != FINDER_NO_FRAME)
		return true;
	for (u32 frame = 0; frame < f->stack.nr; frame++) {
		const char *name = finder_called(f, frame);

		for (const char *const *fn = functions; *fn; fn++)
			if (finder_is_function(name, *fn))
				return true;
	}
	return false;
}

u64 finder_frame_end(const struct wait_finder *f, u32 frame)
{
	return frame + 1 < f->stack.nr ? f->stack.frames[frame + 1].sp :
		f->task->base + f->stack_size;
}

bool finder_on_stack(const struct wait_finder *f, u64 addr)
{
	return addr >= f->task->sp && addr - f->task->base < f->stack_size;
}

/* The first frame from @frame on that is not of a function that only waits. */
static struct frame finder_caller(const struct wait_finder *f, u32 frame)
{
	const size_t nr = sizeof(finder_waiters) / sizeof(*finder_waiters);

	for (; frame < f->stack.nr; frame++) {
		const char *name = finder_function(f, frame);
		bool waiter = false;

		for (size_t i = 0; i < nr; i++)
			waiter |= !strncmp(name, finder_waiters[i], strlen(finder_waiters[i]));
		if (!waiter)
			return f->stack.frames[frame];
	}
	return (struct frame){ 0 };
}

struct wait *finder_add(struct wait_finder *f, enum wait_kind_id kind, u64 lock, u32 frame)
{
	struct wait *wait = &f->w->all[f->w->nr++];

	*wait = (struct wait){
		.task = (u32)(f->task - f->tasks->all),
		.owner = WAITS_NOBODY,
		.kind = &wait_kinds[kind],
		.lock = lock,
		.caller = finder_caller(f, frame),
	};
	return wait;
}

void finder_set_owner(const struct wait_finder *f, struct wait *wait, u64 addr)
{
	s64 number = addr ? tasks_find(f->tasks, addr) : -1;

	wait->owner = number < 0 ? WAITS_NOBODY : (u32)number;
}

void finder_set_about(struct wait *wait, const char *fmt, ...)
{
	char plain[WAITS_ABOUT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(plain, sizeof(plain), fmt, args);
	va_end(args);
	escape_text(wait->about, sizeof(wait->about), plain);
}

u64 finder_scan(const struct wait_finder *f, u32 first, u32 last, finder_is_it *fn,
		const void *ctx)
{
	u64 end = finder_frame_end(f, last), word;

	for (u64 at = f->stack.frames[first].sp; at < end; at += sizeof(word))
		if (!memory_u64(f->k->m, at, &word) && word && word % sizeof(word) == 0 &&
		    fn(f, ctx, word))
			return word;
	return 0;
}
