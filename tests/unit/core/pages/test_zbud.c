// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_zbud.c - pages of zbud, and pages that only look like them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/pages/zbud.h"

#define PAGE	4096U
#define PAGES	8U
#define START	0xffff888000000000ULL
#define POOL	(START + 7 * PAGE + 0x400)	/* in the last page */

static u64 mem[PAGES * PAGE / 8];
static unsigned int reads;
static u64 *moving, moved;	/* becomes that with the fourth read */

static bool read_mem(const struct ld_zbud_memory *memory, u64 addr, void *buf, size_t len)
{
	if (addr < memory->start || addr + len > memory->end)
		return false;
	if (++reads == 4 && moving)
		*moving = moved;
	memcpy(buf, (char *)mem + (addr - START), len);
	return true;
}

static const struct ld_zbud_memory memory = {
	.start = START, .end = START + PAGES * PAGE, .page_size = PAGE, .read = read_mem,
};

static u64 page(unsigned int i)
{
	return START + i * PAGE;
}

static u64 *word(u64 addr)
{
	return &mem[(addr - START) / 8];
}

/* The list with the head @head and a node at @off of each page @from .. @to. */
static void link_pages(u64 head, unsigned int off, unsigned int from, unsigned int to)
{
	u64 last = head;

	for (unsigned int i = from; i <= to; i++) {
		u64 node = page(i) + off;

		*word(last) = node;
		*word(node + 8) = last;
		last = node;
	}
	*word(last) = head;
	*word(head + 8) = last;
}

/* Pages 0 to 2 are full, page 3 has one object. */
static void make_pool(bool old)
{
	unsigned int at = old ? 32 : 16;

	memset(mem, 0, sizeof(mem));
	reads = 0;
	moving = NULL;
	link_pages(POOL, 0, 0, 2);
	link_pages(POOL + 64, 0, 3, 3);
	if (old)
		link_pages(POOL + 256, 16, 0, 3);
	*word(page(0) + at) = 10 | 50ULL << 32;
	*word(page(1) + at) = 31 | 32ULL << 32;
	*word(page(2) + at) = 1 | 1ULL << 32;
	*word(page(3) + at) = 62;
}

static void test_pool(void **state)
{
	(void)state;
	for (int old = 0; old < 2; old++) {
		make_pool(old);
		for (unsigned int i = 0; i < PAGES; i++)
			assert_int_equal(ld_is_zbud(&memory, page(i)), i < 4);
	}
}

/* A field of page 1 has another value: it is not zbud's. */
static void test_lookalikes(void **state)
{
	static const struct {
		unsigned int at;
		u64 value;
	} bad[] = {
		{ 0, 0 }, { 0, START - PAGE }, { 0, START + PAGES * PAGE }, { 0, START + PAGE },
		{ 0, START + 12 }, { 8, START + 3 * PAGE }, { 8, START + 0x100 }, { 0, ~0ULL },
		/* chunks: none, too many, one too large */
		{ 16, 0 }, { 16, 32 | 32ULL << 32 }, { 16, 63 }, { 16, 63ULL << 32 },
		{ 16, START },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		make_pool(false);
		*word(page(1) + bad[i].at) = bad[i].value;
		assert_false(ld_is_zbud(&memory, page(1)));
	}
	/* The neighbours do not lead back. */
	make_pool(false);
	*word(page(2) + 8) = page(0);
	assert_false(ld_is_zbud(&memory, page(1)));
	make_pool(true);
	*word(page(2) + 24) = page(0) + 16;
	assert_false(ld_is_zbud(&memory, page(1)));
}

/* An object on a list of others that do not begin their pages. */
static void test_list_of_objects(void **state)
{
	(void)state;
	make_pool(false);
	*word(page(5)) = page(6) + 128;
	*word(page(5) + 8) = page(6) + 256;
	*word(page(6) + 136) = page(5);
	*word(page(6) + 256) = page(5);
	*word(page(5) + 16) = 1;
	assert_false(ld_is_zbud(&memory, page(5)));
}

/* The page after it is inserted while it is looked at: the second try finds it linked. */
static void test_moving(void **state)
{
	(void)state;
	make_pool(false);
	*word(page(2) + 8) = START + 5 * PAGE;
	moving = word(page(2) + 8);
	moved = page(1);
	assert_true(ld_is_zbud(&memory, page(1)));
	assert_true(reads > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_lookalikes),
		cmocka_unit_test(test_list_of_objects),
		cmocka_unit_test(test_moving),
	};

	return cmocka_run_group_tests_name("zbud", tests, NULL, NULL);
}
