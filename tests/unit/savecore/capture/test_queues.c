// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_queues.c - where the run queues are, by files like those of a running kernel.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "savecore/capture/queues.h"
#include "tests/unit/directory.h"

/* A struct rq whose pointers are at byte @at; 0: it has none. */
static void make_types(u32 at, const char *idle)
{
	struct btf *btf = btf__new_empty();
	const void *data;
	__u32 size;
	int task, pointer;

	task = btf__add_struct(btf, "task_struct", 64);
	pointer = btf__add_ptr(btf, task);
	assert_true(pointer > 0 && btf__add_struct(btf, "rq", 4096) > 0);
	if (at) {
		assert_int_equal(btf__add_field(btf, "curr", pointer, at * 8, 0), 0);
		assert_int_equal(btf__add_field(btf, idle, pointer, (at + 8) * 8, 0), 0);
	}
	data = btf__raw_data(btf, &size);
	make_bytes("btf", data, size);
	btf__free(btf);
}

static struct ld_list_queues find(void)
{
	char symbols[128], btf[128];
	struct ld_list_queues queues;

	snprintf(symbols, sizeof(symbols), "%s/kallsyms", top);
	snprintf(btf, sizeof(btf), "%s/btf", top);
	queues_find_in(&queues, symbols, btf);
	return queues;
}

static void expect(u64 addr, u32 curr, u32 idle)
{
	struct ld_list_queues queues = find();

	assert_int_equal(queues.addr, addr);
	assert_int_equal(queues.curr, curr);
	assert_int_equal(queues.idle, idle);
}

static void test_found(void **state)
{
	(void)state;
	make_types(2608, "idle");
	make_file("kallsyms", "0000000000032d00 A runqueues_of_others\n"
		  "ffffffffc0001000 d runqueues\t[livedump]\n"
		  "0000000000032dc0 A runqueues\n"
		  "ffffffff81000000 T _stext\n");
	expect(0x32dc0, 2608, 2616);
}

/* Nothing is half known. */
static void test_not_found(void **state)
{
	(void)state;
	expect(0, 0, 0);
	make_types(2608, "idle");
	expect(0, 0, 0);
	make_file("kallsyms", "ffffffff81000000 T _stext\n");
	expect(0, 0, 0);
	/* As an administrator has it who hides addresses. */
	make_file("kallsyms", "0000000000000000 A runqueues\n0000000000000000 T _stext\n");
	expect(0, 0, 0);
	make_file("kallsyms", "0000000000032dc0 A runqueues\n");
	make_types(0, "");
	expect(0, 0, 0);
	make_types(2608, "idle_task");
	expect(0, 0, 0);
	make_file("btf", "no type information");
	expect(0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, directory_setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_not_found, directory_setup,
						directory_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
