// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_orc.c - tables for unwinding in each layout, and stacks: through interrupts, by
 * the frame pointer, with gaps, and made of garbage.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/waitgraph/image.h"
#include "waitgraph/kernel/orc.h"
#include "waitgraph/tasks/unwind.h"

#define IPS		(IMAGE_BASE + 0x2000)
#define ENTRIES		(IMAGE_BASE + 0x3000)
#define STACK_BASE	(IMAGE_BASE + 0x8000)
#define STACK_SP	(STACK_BASE + 0x2000)

/* Flags of an entry in a layout: registers by their number there. */
struct layout {
	u16 sp, bp, prev_sp, bp_indirect, di;
	u16 call, regs, partial, end, none;
	u16 interrupted;		/* to be added to regs and partial */
};

static const struct layout layouts[] = {
	{ 5, 4, 1, 8, 3, 0, 1 << 8, 2 << 8, 1 << 10, 0, 0 },
	{ 5, 4, 1, 8, 3, 2 << 8, 3 << 8, 4 << 8, 1 << 8, 0, 1 << 11 },
	{ 3, 4, 8, 10, 5, 2 << 8, 3 << 8, 4 << 8, 1 << 8, 0, 1 << 11 },
};

static u16 off_of(int off)
{
	return (u16)(int16_t)off;
}

/* A function each 0x100 bytes of text. The first six are calls, to be recognized. */
static struct orc_table put_tables(struct image *image, const struct layout *l)
{
	const u16 entries[][3] = {
		{ 8, 0, l->sp | l->call }, { 8, 0, l->sp | l->call },
		{ 24, off_of(-16), (u16)(l->sp | l->prev_sp << 4 | l->call) },
		{ 8, 0, l->sp | l->call }, { 8, 0, l->sp | l->call }, { 8, 0, l->sp | l->call },
		{ 16, off_of(-16), (u16)(l->bp | l->prev_sp << 4 | l->call) },	/* 0x600 */
		{ 0, 0, (u16)(l->sp | l->regs | l->interrupted) },		/* 0x700 */
		{ 0, 0, l->end },						/* 0x800 */
		{ 0, 0, l->none },						/* 0x900 */
		{ off_of(-8), 0, (u16)(l->bp_indirect | l->call) },		/* 0xa00 */
	};
	const u32 nr = sizeof(entries) / sizeof(*entries);

	for (u32 i = 0; i < nr; i++)
		image_u32(image, IPS + i * 4, (u32)(IMAGE_BASE + i * 0x100 - (IPS + i * 4)));
	image_put(image, ENTRIES, entries, sizeof(entries));
	return (struct orc_table){ IPS, ENTRIES, nr };
}

static void test_entries(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct image *image = image_new();
		struct orc_table table = put_tables(image, &layouts[i]);
		struct memory *m = image_memory(image);
		const struct orc_layout *layout = orc_recognize(m, &table);
		struct orc_entry e;

		assert_non_null(layout);
		assert_int_equal(orc_find(m, layout, &table, IMAGE_BASE + 0x6ff, &e), 0);
		assert_int_equal(e.sp, ORC_BP);
		assert_int_equal(e.bp, ORC_PREV_SP);
		assert_int_equal(e.bp_off, -16);
		assert_int_equal(e.type, ORC_TYPE_CALL);
		assert_false(e.interrupted);
		assert_int_equal(orc_find(m, layout, &table, IMAGE_BASE + 0x700, &e), 0);
		assert_int_equal(e.type, ORC_TYPE_REGS);
		assert_true(e.interrupted);
		assert_int_equal(orc_find(m, layout, &table, IMAGE_BASE + 0x8ff, &e), 0);
		assert_int_equal(e.type, ORC_TYPE_END);
		assert_int_equal(orc_find(m, layout, &table, IMAGE_BASE + 0x900, &e), 0);
		assert_int_equal(e.type, ORC_TYPE_NONE);
		assert_int_equal(orc_find(m, layout, &table, IMAGE_BASE + 0xa00, &e), 0);
		assert_int_equal(e.sp, ORC_BP_INDIRECT);
		assert_int_equal(e.sp_off, -8);
		assert_int_equal(orc_find(m, layout, &table, IMAGE_BASE - 1, &e), -EFAULT);
		image_free(image);
	}
}

static void test_garbage(void **state)
{
	struct image *image = image_new();
	struct orc_table table = { IPS, ENTRIES, 4096 };

	(void)state;
	srand(1);
	for (size_t i = 0; i < IMAGE_SIZE; i++)
		image->bytes[i] = (u8)rand();
	assert_null(orc_recognize(image_memory(image), &table));
	table.nr = UINT64_MAX;
	assert_null(orc_recognize(&image->m, &table));
	image_free(image);
}

/* A kernel with functions f0, f1 ... at the entries of the tables. */
struct fixture {
	struct image *image;
	struct kernel k;
	struct unwind_fields unwind;
	struct stack stack;
};

static void open_fixture(struct fixture *f, unsigned int layout)
{
	const struct symbols_region text = { IMAGE_BASE, IMAGE_BASE + 0x1000, 0, true };

	*f = (struct fixture){ .image = image_new() };
	f->k.orc = put_tables(f->image, &layouts[layout]);
	for (unsigned int i = 0; i < 11; i++) {
		const char name[] = { 'f', (char)('a' + i) };

		symbols_add(&f->k.symbols, IMAGE_BASE + i * 0x100, name, sizeof(name), 0);
	}
	symbols_add_region(&f->k.symbols, &text);
	assert_int_equal(symbols_sort(&f->k.symbols), 0);
	f->unwind = (struct unwind_fields){
		.bp = { 0, 8, 1, true }, .ret_addr = { 8, 8, 1, true },
		.frame = { 0, 16, 1, true }, .stack_size = 0x4000,
	};
}

static void put_words(struct fixture *f, u64 at, const u64 *words, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		image_u64(f->image, at + i * 8, words[i]);
}

static void unwind(struct fixture *f)
{
	f->k.m = image_memory(f->image);
	f->k.orc_layout = orc_recognize(f->k.m, &f->k.orc);
	unwind_task(&f->k, &f->unwind, STACK_BASE, STACK_SP, &f->stack);
}

static void close_fixture(struct fixture *f)
{
	symbols_free(&f->k.symbols);
	image_free(f->image);
}

/* Frames: their functions' letters, in capitals if exact, after '?' if a guess. */
static void expect_stack(struct fixture *f, const char *want, enum stack_end end)
{
	char got[2 * UNWIND_FRAMES_MAX + 1] = "";
	size_t len = 0;

	for (u32 i = 0; i < f->stack.nr; i++) {
		const struct frame *fr = &f->stack.frames[i];
		char letter = (char)((fr->exact ? 'A' : 'a') +
				     (char)((fr->ip - !fr->exact - IMAGE_BASE) / 0x100));

		if (fr->guess)
			got[len++] = '?';
		got[len++] = letter;
	}
	assert_string_equal(got, want);
	assert_int_equal(f->stack.end, end);
}

#define CODE(i)	(IMAGE_BASE + 0x100 * (i) + 0x10)

/* Calls, one by the frame pointer that another saved, an interrupt, the outermost. */
static void test_stack(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		const u64 words[] = { 0, CODE(0), CODE(2), 0x1234, STACK_SP + 0x60, CODE(6) };
		const u64 after = STACK_SP + 0x200;
		struct fixture f;

		open_fixture(&f, i);
		/* a is called by c, whose 16 bytes begin with the frame pointer of g. */
		put_words(&f, STACK_SP, words, 6);
		/* g is called by h, which an interrupt entered. */
		put_words(&f, STACK_SP + 0x60, (const u64[]){ 0, CODE(7) }, 2);
		image_u64(f.image, STACK_SP + 0x70 + 128, CODE(1));
		image_u64(f.image, STACK_SP + 0x70 + 136, 0x10);
		image_u64(f.image, STACK_SP + 0x70 + 152, after);
		image_u64(f.image, after, CODE(8));
		unwind(&f);
		expect_stack(&f, "acghBi", STACK_WHOLE);
		close_fixture(&f);
	}
}

/* What was interrupted has the frame pointer that was saved, not that of the entry. */
static void test_saved_pointer(void **state)
{
	const u64 regs = STACK_SP + 0x18, frame = STACK_SP + 0x200;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct fixture f;

		open_fixture(&f, i);
		/* a is called by h, which has entered from g and has cleared the pointer. */
		put_words(&f, STACK_SP, (const u64[]){ 0, CODE(0), CODE(7) }, 3);
		image_u64(f.image, regs + 32, frame);
		image_u64(f.image, regs + 128, CODE(6));
		image_u64(f.image, regs + 136, 0x10);
		image_u64(f.image, regs + 152, frame - 0x40);
		put_words(&f, frame, (const u64[]){ 0, CODE(8) }, 2);
		unwind(&f);
		expect_stack(&f, "ahGi", STACK_WHOLE);
		close_fixture(&f);
	}
}

/* Code without an entry: what may be return addresses above it is listed. */
static void test_gap(void **state)
{
	const u64 words[] = { 0, CODE(0), CODE(9), 7, CODE(3), IMAGE_BASE - 8, CODE(8) };
	struct fixture f;

	(void)state;
	open_fixture(&f, 0);
	put_words(&f, STACK_SP, words, 7);
	unwind(&f);
	expect_stack(&f, "aj?d?i", STACK_UNREADABLE);
	/* No layout fits. */
	f.k.orc.nr = 0;
	unwind(&f);
	expect_stack(&f, "a?j?d?i", STACK_UNREADABLE);
	close_fixture(&f);
}

/* A frame pointer that leads down would never end. */
static void test_circle(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, 0);
	put_words(&f, STACK_SP, (const u64[]){ STACK_SP - 0x10, CODE(6) }, 2);
	put_words(&f, STACK_SP - 0x10, (const u64[]){ STACK_SP - 0x10, CODE(6) }, 2);
	unwind(&f);
	assert_true(f.stack.nr <= 2);
	assert_int_equal(f.stack.end, STACK_UNREADABLE);
	close_fixture(&f);
}

static void test_damage(void **state)
{
	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 300; i++) {
		struct fixture f;

		open_fixture(&f, i % 3);
		for (unsigned int j = 0; j < 400; j++)
			image_u64(f.image, STACK_SP + j * 8, rand() % 2 ? CODE((u64)rand() % 11) :
				  STACK_SP + (u64)rand() % 400 * 8);
		image_damage(f.image, 0xc000);
		unwind(&f);
		assert_true(f.stack.nr <= UNWIND_FRAMES_MAX);
		close_fixture(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_saved_pointer),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
