// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * unwind.c - unwind stacks by the kernel's own tables, as arch/x86/kernel/unwind_orc.c
 * does. Where the tables do not help, words of the stack that may be return addresses
 * are listed as guesses.
 *
 * Every step must go up the stack, so there are fewer steps than words in it.
 */
#include <errno.h>

#include "unwind.h"

#define GUESSES_MAX	48U

/* struct pt_regs of x86-64; it is the layout of what the processor and the entry push. */
#define REGS_SIZE	168U
#define REGS_R13	16U
#define REGS_BP		32U
#define REGS_R10	56U
#define REGS_AX		80U
#define REGS_DX		96U
#define REGS_DI		112U
#define REGS_IP		128U		/* the processor pushes from here on */
#define REGS_CS		136U
#define REGS_SP		152U

struct unwinder {
	const struct kernel *k;
	struct stack *stack;
	u64 start, end;			/* of the stack */
	u64 ip, sp, bp;
	u64 regs;			/* address of the registers of this frame, or 0 */
	bool full;			/* all registers are there */
	bool exact;
};

int unwind_prepare(struct unwind_fields *f, const struct kernel *k, struct error *err)
{
	static const struct field_row rows[] = {
		{ "inactive_task_frame", "bp", false },
		{ "inactive_task_frame", "ret_addr", false },
		{ "inactive_task_frame", "", false },
	};
	struct field found[3];
	int ret = types_fields(&k->types, rows, 3, found, err);

	if (ret)
		return ret;
	*f = (struct unwind_fields){
		.bp = found[0],
		.ret_addr = found[1],
		.frame = found[2],
		.stack_size = symbols_stack_size(&k->symbols),
	};
	return 0;
}

/* Read a word of the stack. */
static int unwind_word(const struct unwinder *u, u64 addr, u64 *value)
{
	if (addr < u->start || addr >= u->end || u->end - addr < sizeof(*value) || addr % 8)
		return -EFAULT;
	return memory_u64(u->k->m, addr, value);
}

static int unwind_reg(const struct unwinder *u, u64 off, u64 *value)
{
	if (!u->regs || !u->full)
		return -EFAULT;
	return unwind_word(u, u->regs + off, value);
}

/* The stack pointer of the caller, or the address of the registers that were saved. */
static int unwind_caller_sp(const struct unwinder *u, const struct orc_entry *e, u64 *sp)
{
	u64 off = (u64)(s64)e->sp_off;
	int ret;

	switch (e->sp) {
	case ORC_SP:
		*sp = u->sp + off;
		return 0;
	case ORC_BP:
		*sp = u->bp + off;
		return 0;
	case ORC_SP_INDIRECT:
		ret = unwind_word(u, u->sp, sp);
		*sp += off;
		return ret;
	case ORC_BP_INDIRECT:
		return unwind_word(u, u->bp + off, sp);
	case ORC_R10:
		return unwind_reg(u, REGS_R10, sp);
	case ORC_R13:
		return unwind_reg(u, REGS_R13, sp);
	case ORC_DI:
		return unwind_reg(u, REGS_DI, sp);
	case ORC_DX:
		return unwind_reg(u, REGS_DX, sp);
	case ORC_AX:
		return unwind_reg(u, REGS_AX, sp);
	default:
		return -EFAULT;
	}
}

static int unwind_caller_bp(const struct unwinder *u, const struct orc_entry *e, u64 sp, u64 *bp)
{
	switch (e->bp) {
	case ORC_UNDEFINED:
		if (unwind_reg(u, REGS_BP, bp))
			*bp = u->bp;
		return 0;
	case ORC_PREV_SP:
		return unwind_word(u, sp + (u64)(s64)e->bp_off, bp);
	case ORC_BP:
		return unwind_word(u, u->bp + (u64)(s64)e->bp_off, bp);
	default:
		return -EFAULT;
	}
}

/* Go on at the registers that were saved at @at. Returns 1 if they are a program's. */
static int unwind_to_regs(struct unwinder *u, u64 at, bool full)
{
	u64 cs;

	if (unwind_word(u, at + REGS_IP, &u->ip) || unwind_word(u, at + REGS_CS, &cs) ||
	    unwind_word(u, at + REGS_SP, &u->sp))
		return -EFAULT;
	u->regs = at;
	u->full = full;
	return (cs & 3) != 0;
}

/*
 * Go to the caller. Returns 0, 1 if there is none, or -EFAULT if the tables do not tell.
 */
static int unwind_step(struct unwinder *u)
{
	u64 sp, bp, before = u->sp;
	struct orc_entry e;
	int ret;

	if (kernel_find_orc(u->k, u->exact ? u->ip : u->ip - 1, &e))
		return -EFAULT;
	if (e.type == ORC_TYPE_END)
		return 1;
	if (unwind_caller_sp(u, &e, &sp))
		return -EFAULT;
	if (e.type == ORC_TYPE_CALL) {
		if (unwind_word(u, sp - 8, &u->ip) || unwind_caller_bp(u, &e, sp, &bp))
			return -EFAULT;
		u->sp = sp;
		u->regs = 0;
		ret = 0;
	} else if (e.type == ORC_TYPE_REGS) {
		ret = unwind_to_regs(u, sp, true);
		if (ret)
			return ret;
		/* These registers have the frame pointer, which the entry has cleared since. */
		if (unwind_caller_bp(u, &e, sp, &bp))
			return -EFAULT;
	} else if (e.type == ORC_TYPE_REGS_PARTIAL) {
		/* These lack it. Where those of the frame before are full, they have it. */
		if (unwind_caller_bp(u, &e, sp, &bp))
			return -EFAULT;
		ret = unwind_to_regs(u, sp - REGS_IP, false);
		if (ret)
			return ret;
	} else {
		return -EFAULT;
	}
	u->bp = bp;
	u->exact = e.interrupted;
	return u->sp > before ? ret : -EFAULT;
}

static bool unwind_add(struct unwinder *u, u64 ip, u64 sp, bool guess)
{
	struct stack *stack = u->stack;

	if (stack->nr == UNWIND_FRAMES_MAX) {
		stack->end = STACK_CUT;
		return false;
	}
	stack->frames[stack->nr++] = (struct frame){
		.ip = ip,
		.sp = sp,
		.exact = !guess && u->exact,
		.guess = guess,
	};
	return true;
}

/* List what may be return addresses from @at on. */
static void unwind_scan(struct unwinder *u, u64 at)
{
	struct symbol_at place;
	u64 word;

	u->stack->end = STACK_UNREADABLE;
	for (u32 nr = 0; nr < GUESSES_MAX && !unwind_word(u, at, &word); at += 8) {
		if (!symbols_is_text(&u->k->symbols, word - 1) ||
		    !symbols_at(&u->k->symbols, word - 1, &place))
			continue;
		if (!unwind_add(u, word, at + 8, true))
			return;
		nr++;
	}
}

void unwind_task(const struct kernel *k, const struct unwind_fields *f, u64 base, u64 sp,
		 struct stack *stack)
{
	u64 size = f->stack_size;
	struct unwinder u = { .k = k, .stack = stack, .start = base, .end = base + size };
	struct symbol_at at;
	u64 last;
	int ret = 0;

	stack->nr = 0;
	stack->end = STACK_UNREADABLE;
	if (size < SYMBOLS_STACK_MIN || size > SYMBOLS_STACK_MAX || u.end < base ||
	    unwind_word(&u, sp + f->bp.off, &u.bp) ||
	    unwind_word(&u, sp + f->ret_addr.off, &u.ip) ||
	    !symbols_is_text(&k->symbols, u.ip))
		return;
	u.sp = sp + f->frame.size;
	/* A task that has never run returns to the beginning of a function. */
	u.exact = symbols_at(&k->symbols, u.ip, &at) && !at.offset;
	while (!ret) {
		if (!unwind_add(&u, u.ip, u.sp, false))
			return;
		last = u.sp;
		ret = unwind_step(&u);
		if (!ret && !symbols_is_text(&k->symbols, u.ip))
			ret = -EFAULT;
	}
	if (ret > 0)
		stack->end = STACK_WHOLE;
	else
		unwind_scan(&u, last);
}
