// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_ring.c - a list of many waiters, whole and torn. Which lock they wait for is right,
 * and to find it for all takes a number of reads that grows as they do, and no faster.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

#include "waitgraph/finder/ring.h"

#define NR_WAITERS	200U
#define READS_MAX	(32 * NR_WAITERS)
#define NR_WORDS	12U		/* of a stack, where the lock may be */

#define BASE		0xffffc90000000000ULL
#define TASK(i)		(0xffff888000100000ULL + 0x1000 * (u64)(i))
#define STACK(i)	(BASE + MEMORY_PAGE * (u64)(i))
#define RECORD(i)	(STACK(i) + 0x800)
#define LOCK		STACK(NR_WAITERS)
#define OBJECT		(LOCK + 0x400)

/* A kernel of such waiters. Each read of its memory is counted: nothing stays in the cache. */
struct counted {
	u8 bytes[NR_WAITERS + 1][MEMORY_PAGE];
	struct memory m;
	u32 reads;
	struct task all[NR_WAITERS];
	struct tasks tasks;
	struct kernel k;
	struct ring_reader r;
};

static const void *counted_find_page(void *ctx, u64 addr)
{
	struct counted *c = ctx;

	c->reads++;
	memory_forget_page(&c->m, addr);
	return addr - BASE < sizeof(c->bytes) ? c->bytes[(addr - BASE) / MEMORY_PAGE] : NULL;
}

static const struct memory_ops counted_ops = { .find_page = counted_find_page };

static void put(struct counted *c, u64 addr, u64 value)
{
	memcpy(&c->bytes[0][0] + (addr - BASE), &value, sizeof(value));
}

/* A mutex whose list has a head, and one of Linux 7. */
static const struct field fields[2][NR_WAIT_FIELDS] = {
	{
		[WAIT_RECORD_LIST] = { 0, 8, 1, true },
		[WAIT_RECORD_TASK] = { 16, 8, 1, true },
		[WAIT_LOCK_LIST] = { 8, 8, 1, true },
		[WAIT_LOCK_OWNER] = { 0, 8, 1, true },
	}, {
		[WAIT_RECORD_LIST] = { 0, 8, 1, true },
		[WAIT_RECORD_TASK] = { 16, 8, 1, true },
		[WAIT_LOCK_FIRST] = { 8, 8, 1, true },
		[WAIT_LOCK_OWNER] = { 0, 8, 1, true },
	},
};

static void put_link(struct counted *c, u64 from, u64 to)
{
	put(c, from, to);
	put(c, to + 8, from);
}

/*
 * All wait for the lock, which has the head of the list or not. On their stacks are
 * pointers to something else, and then to the lock.
 */
static struct counted *make_list(bool head)
{
	struct counted *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	assert_int_equal(memory_open(&c->m, &counted_ops, c), 0);
	c->k = (struct kernel){ .m = &c->m, .types.btf = btf__new_empty() };
	c->tasks = (struct tasks){ .all = c->all, .nr = NR_WAITERS };
	put(c, LOCK, TASK(0));
	put(c, OBJECT + 8, TASK(1));
	for (u32 i = 0; i < NR_WAITERS; i++) {
		c->all[i].addr = TASK(i);
		c->all[i].base = STACK(i);
		put(c, RECORD(i) + 16, TASK(i));
		if (i)
			put_link(c, RECORD(i - 1), RECORD(i));
		for (u32 word = 1; word <= NR_WORDS; word++)
			put(c, RECORD(i) - word * 8, word > 1 ? OBJECT : LOCK);
	}
	if (head)
		put_link(c, LOCK + 8, RECORD(0));
	else
		put(c, LOCK + 8, RECORD(0));
	put_link(c, RECORD(NR_WAITERS - 1), head ? LOCK + 8 : RECORD(0));
	assert_int_equal(ring_open(&c->r, &c->k, &c->tasks, MEMORY_PAGE), 0);
	c->r.fields = fields[!head];
	return c;
}

static void free_list(struct counted *c)
{
	ring_close(&c->r);
	types_free(&c->k.types);
	memory_close(&c->m);
	free(c);
}

static u64 find_lock(struct counted *c, u32 i)
{
	struct ring_place place = { RECORD(i), RECORD(i) - NR_WORDS * 8, RECORD(i) };

	return ring_find_lock(&c->r, &place);
}

/*
 * Tear the list before record @first and, if there is one, before record @last. All but
 * those from @first to @last are known to wait for the lock.
 */
static void expect_locks(bool head, u32 first, u32 last)
{
	struct counted *c = make_list(head);

	if (first < NR_WAITERS)
		put(c, RECORD(first) + 8, OBJECT);
	if (last < NR_WAITERS)
		put(c, RECORD(last) + 8, OBJECT);
	c->reads = 0;
	for (u32 i = 0; i < NR_WAITERS; i++) {
		bool lost = last < NR_WAITERS && i >= first && i < last;

		assert_int_equal(find_lock(c, i), lost ? 0 : LOCK);
	}
	assert_in_range(c->reads, 1, READS_MAX);
	free_list(c);
}

static void test_whole(void **state)
{
	(void)state;
	expect_locks(true, NR_WAITERS, NR_WAITERS);
	expect_locks(false, NR_WAITERS, NR_WAITERS);
}

static void test_torn(void **state)
{
	(void)state;
	expect_locks(true, 50, NR_WAITERS);
	expect_locks(false, 50, NR_WAITERS);
}

/* Neither end of the part between the two leads to the lock. */
static void test_torn_twice(void **state)
{
	(void)state;
	expect_locks(true, 50, 150);
	expect_locks(false, 50, 150);
}

/* The first that is looked at has lost the address of the lock; the others have it. */
static void test_lost_pointer(void **state)
{
	struct counted *c = make_list(false);

	(void)state;
	put(c, RECORD(0) - 8, OBJECT);
	assert_int_equal(find_lock(c, 0), 0);
	assert_int_equal(find_lock(c, 1), LOCK);
	assert_int_equal(find_lock(c, 0), LOCK);
	free_list(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_torn_twice),
		cmocka_unit_test(test_lost_pointer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
