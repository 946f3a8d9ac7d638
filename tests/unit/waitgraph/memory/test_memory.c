// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_memory.c - reads of any length and alignment, and what the cache of pages keeps.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "waitgraph/memory/memory.h"

#define BASE	0xffff888000000000ULL
#define PAGES	4U

/* Memory that has a hole behind its end, and counts how often each page is read. */
struct fixture {
	u8 bytes[PAGES * MEMORY_PAGE];
	unsigned int reads[PAGES];
};

static int read_page(void *ctx, u64 addr, void *page)
{
	struct fixture *f = ctx;
	u64 nr = (addr - BASE) / MEMORY_PAGE;

	if (addr < BASE || nr >= PAGES)
		return -EFAULT;
	f->reads[nr]++;
	memcpy(page, f->bytes + nr * MEMORY_PAGE, MEMORY_PAGE);
	return 0;
}

static const struct memory_ops ops = { .read_page = read_page };

static void open_fixture(struct fixture *f, struct memory *m)
{
	*f = (struct fixture){ 0 };
	for (size_t i = 0; i < sizeof(f->bytes); i++)
		f->bytes[i] = (u8)(i * 7 + i / MEMORY_PAGE);
	assert_int_equal(memory_open(m, &ops, f), 0);
}

static void test_any_part(void **state)
{
	static const size_t edges[] = {
		0, 1, 100, MEMORY_PAGE - 1, MEMORY_PAGE, MEMORY_PAGE + 1, 2 * MEMORY_PAGE,
		3 * MEMORY_PAGE - 1, 3 * MEMORY_PAGE, 4 * MEMORY_PAGE,
	};
	const size_t nr = sizeof(edges) / sizeof(*edges);
	u8 buf[PAGES * MEMORY_PAGE + 1];
	struct fixture f;
	struct memory m;

	(void)state;
	open_fixture(&f, &m);
	for (size_t i = 0; i < nr; i++)
		for (size_t j = i; j < nr; j++) {
			size_t len = edges[j] - edges[i];

			buf[len] = 0x5a;
			assert_int_equal(memory_read(&m, BASE + edges[i], buf, len), 0);
			assert_memory_equal(buf, f.bytes + edges[i], len);
			assert_int_equal(buf[len], 0x5a);
		}
	assert_int_equal(memory_read(&m, BASE + 1, buf, PAGES * MEMORY_PAGE), -EFAULT);
	assert_int_equal(memory_read(&m, BASE + MEMORY_PAGE, buf, PAGES * MEMORY_PAGE), -EFAULT);
	assert_int_equal(memory_read(&m, UINT64_MAX - 1, buf, 4), -EFAULT);
	memory_close(&m);
}

/* Whole pages pass it by, but a page that it has is not read again. */
static void test_cache(void **state)
{
	u8 buf[PAGES * MEMORY_PAGE];
	struct fixture f;
	struct memory m;
	u64 value;

	(void)state;
	open_fixture(&f, &m);
	assert_int_equal(memory_u64(&m, BASE + MEMORY_PAGE + 8, &value), 0);
	f.bytes[MEMORY_PAGE + 8] ^= 1;
	assert_int_equal(memory_read(&m, BASE, buf, sizeof(buf)), 0);
	assert_memory_equal(buf + MEMORY_PAGE + 8, &value, sizeof(value));
	assert_int_equal(f.reads[1], 1);
	assert_int_equal(f.reads[2], 1);
	assert_int_equal(memory_u64(&m, BASE + 2 * MEMORY_PAGE, &value), 0);
	assert_int_equal(f.reads[2], 2);
	memory_forget_page(&m, BASE + MEMORY_PAGE);
	assert_int_equal(memory_read(&m, BASE, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, f.bytes, sizeof(buf));
	/* That a page is not there is kept, too. */
	assert_int_equal(memory_u64(&m, BASE + PAGES * MEMORY_PAGE, &value), -EFAULT);
	assert_int_equal(memory_read(&m, BASE + PAGES * MEMORY_PAGE, buf, MEMORY_PAGE), -EFAULT);
	memory_close(&m);
}

static const void *find_page(void *ctx, u64 addr)
{
	struct fixture *f = ctx;
	u64 nr = (addr - BASE) / MEMORY_PAGE;

	return addr < BASE || nr >= PAGES ? NULL : f->bytes + nr * MEMORY_PAGE;
}

/* A page that has a place of its own is not copied: it is seen to change. */
static void test_in_place(void **state)
{
	static const struct memory_ops in_place = { read_page, find_page, NULL };
	u8 buf[PAGES * MEMORY_PAGE];
	struct fixture f;
	struct memory m;
	u64 value, again;

	(void)state;
	open_fixture(&f, &m);
	memory_close(&m);
	assert_int_equal(memory_open(&m, &in_place, &f), 0);
	assert_int_equal(memory_u64(&m, BASE + MEMORY_PAGE - 4, &value), 0);
	assert_memory_equal(&value, f.bytes + MEMORY_PAGE - 4, sizeof(value));
	f.bytes[MEMORY_PAGE] ^= 1;
	assert_int_equal(memory_u64(&m, BASE + MEMORY_PAGE - 4, &again), 0);
	assert_int_equal(again, value ^ 1ULL << 32);
	assert_int_equal(f.reads[0] + f.reads[1], 0);
	assert_int_equal(memory_read(&m, BASE, buf, sizeof(buf)), 0);
	assert_memory_equal(buf, f.bytes, sizeof(buf));
	assert_int_equal(memory_u64(&m, BASE + PAGES * MEMORY_PAGE, &value), -EFAULT);
	assert_int_equal(memory_read(&m, BASE + PAGES * MEMORY_PAGE, buf, MEMORY_PAGE), -EFAULT);
	memory_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_part),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
