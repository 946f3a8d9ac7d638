// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_prepare.c - what is found out of a made-up kernel for a look at its lists, by its
 * own symbols and types, and what becomes of it if one of these is not there.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/btf.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/waitgraph/add_field.h"
#include "tests/unit/waitgraph/image.h"
#include "waitgraph/lists/lists.h"

#define NR_SYMS		(IMAGE_BASE + 0x100)
#define BASE		(IMAGE_BASE + 0x108)
#define CPU_IDS		(IMAGE_BASE + 0x200)
#define TOKENS		(IMAGE_BASE + 0x1000)
#define INDEX		(IMAGE_BASE + 0x2000)
#define NAMES		(IMAGE_BASE + 0x3000)
#define OFFSETS		(IMAGE_BASE + 0x5000)
#define TYPES		(IMAGE_BASE + 0x8000)

static const struct symbol_row {
	const char *name;
	u64 addr;			/* 0: the end of the types */
} symbol_rows[] = {
	{ "_stext", IMAGE_BASE },
	{ "of_no_use", IMAGE_BASE + 0x10 },
	{ "init_task", IMAGE_BASE + 0x20 },
	{ "init_pid_ns", IMAGE_BASE + 0x30 },
	{ "modules", IMAGE_BASE + 0x40 },
	{ "__start_BTF", TYPES },
	{ "__stop_BTF", 0 },
	{ "__per_cpu_offset", IMAGE_BASE + 0x50 },
	{ "runqueues", IMAGE_BASE + 0x60 },
	{ "__cpu_possible_mask", IMAGE_BASE + 0x70 },
	{ "nr_cpu_ids", CPU_IDS },
	{ "__start_init_stack", IMAGE_BASE + 0x10000 },
	{ "__end_init_stack", IMAGE_BASE + 0x18000 },
};

#define NR_ROWS		(sizeof(symbol_rows) / sizeof(*symbol_rows))
#define FIRST_NEEDED	2U		/* without them the lists cannot be looked at ... */
#define FIRST_OF_CPUS	7U		/* ... and without these, not what runs */
#define FIRST_OF_STACK	11U

/* Returns the number of bytes. */
static u32 put_types(struct image *image)
{
	struct btf *b = btf__new_empty();
	int u4 = btf__add_int(b, "int", 4, 0), u8b = btf__add_int(b, "long", 8, 0);
	int list = btf__add_struct(b, "list_head", 16), tree, idr, upid;
	const void *data;
	u32 size;

	add_field(b, "next", u8b, 0);
	btf__add_struct(b, "task_struct", 0x200);
	add_field(b, "exit_state", u4, 8);
	add_field(b, "stack", u8b, 0x18);
	add_field(b, "tasks", list, 0x20);
	add_field(b, "pid", u4, 0x40);
	add_field(b, "signal", u8b, 0x48);
	add_field(b, "thread_node", list, 0x50);
	add_field(b, "pid_links", list, 0x60);
	btf__add_struct(b, "signal_struct", 32);
	add_field(b, "thread_head", list, 16);
	tree = btf__add_struct(b, "xarray", 16);
	add_field(b, "xa_head", u8b, 8);
	idr = btf__add_struct(b, "idr", 24);
	add_field(b, "idr_rt", tree, 8);
	btf__add_struct(b, "pid_namespace", 64);
	add_field(b, "idr", idr, 32);
	btf__add_struct(b, "xa_node", 64);
	add_field(b, "shift", u4, 0);
	add_field(b, "slots", u8b, 40);
	upid = btf__add_struct(b, "upid", 16);
	add_field(b, "nr", u4, 0);
	btf__add_struct(b, "pid", 64);
	add_field(b, "tasks", u8b, 16);
	add_field(b, "numbers", upid, 48);
	btf__add_struct(b, "module", 64);
	add_field(b, "list", list, 24);
	btf__add_struct(b, "rq", 64);
	add_field(b, "curr", u8b, 8);
	add_field(b, "idle", u8b, 16);
	data = btf__raw_data(b, &size);
	image_put(image, TYPES, data, size);
	btf__free(b);
	return size;
}

/* Each byte stands for itself. */
static void put_tokens(struct image *image)
{
	u16 index[256];
	char table[512] = "";

	for (unsigned int i = 0; i < 256; i++) {
		index[i] = (u16)(2 * i);
		table[2 * i] = (char)i;
	}
	image_put(image, TOKENS, table, sizeof(table));
	image_put(image, INDEX, index, sizeof(index));
}

/* All symbols but row @lacking. */
static void put_symbols(struct image *image, size_t lacking)
{
	u64 types_end = TYPES + put_types(image), at = NAMES;
	u32 nr = 0;

	put_tokens(image);
	image_u64(image, BASE, IMAGE_BASE);
	for (size_t i = 0; i < NR_ROWS; i++) {
		const struct symbol_row *row = &symbol_rows[i];
		u8 len = (u8)(strlen(row->name) + 1);

		if (i == lacking)
			continue;
		image_put(image, at, &len, 1);
		image_put(image, at + 1, "T", 1);
		image_put(image, at + 2, row->name, len - 1U);
		at += 1U + len;
		image_u32(image, OFFSETS + nr * 4,
			  (u32)((row->addr ? row->addr : types_end) - IMAGE_BASE));
		nr++;
	}
	image_u32(image, NR_SYMS, nr);
	image_u32(image, CPU_IDS, 6);
}

static int prepare(struct ld_lists *l, size_t lacking, struct error *err)
{
	struct image *image = image_new();
	struct vmcoreinfo vi;
	char info[512];
	int ret;

	put_symbols(image, lacking);
	vi.text = info;
	vi.size = (size_t)snprintf(info, sizeof(info),
		"SYMBOL(_stext)=%llx\nSYMBOL(kallsyms_names)=%llx\nSYMBOL(kallsyms_num_syms)=%llx\n"
		"SYMBOL(kallsyms_token_table)=%llx\nSYMBOL(kallsyms_token_index)=%llx\n"
		"SYMBOL(kallsyms_offsets)=%llx\nSYMBOL(kallsyms_relative_base)=%llx\n",
		IMAGE_BASE, NAMES, NR_SYMS, TOKENS, INDEX, OFFSETS, BASE);
	*l = (struct ld_lists){ 0 };
	ret = lists_prepare(l, image_memory(image), &vi, NULL, err);
	image_free(image);
	return ret;
}

static void test_all(void **state)
{
	struct error err = { 0 };
	struct ld_lists l;

	(void)state;
	if (prepare(&l, NR_ROWS, &err))
		fail_msg("%s", err.text);
	assert_int_equal(l.init_task, IMAGE_BASE + 0x20);
	assert_int_equal(l.init_pid_ns, IMAGE_BASE + 0x30);
	assert_int_equal(l.modules, IMAGE_BASE + 0x40);
	assert_int_equal(l.stack_size, 0x8000);
	assert_int_equal(l.cpus.nr, 6);
	assert_int_equal(l.cpus.offsets, IMAGE_BASE + 0x50);
	assert_int_equal(l.cpus.queues, IMAGE_BASE + 0x60);
	assert_int_equal(l.cpus.possible, IMAGE_BASE + 0x70);
	assert_int_equal(l.fields[LD_LIST_TASKS].off, 0x20);
	assert_int_equal(l.fields[LD_LIST_NS_ROOT].off, 32 + 8 + 8);
	assert_int_equal(l.fields[LD_LIST_TASK].size, 0x200);
	assert_int_equal(l.fields[LD_LIST_STRUCT_PID_NUMBERS].off, 48);
	assert_int_equal(l.fields[LD_LIST_RQ_IDLE].off, 16);
}

static unsigned int searches;

/* In the place of libbpf's: it goes through all types. */
__s32 btf__find_by_name_kind(const struct btf *btf, const char *name, __u32 kind)
{
	typeof(btf__find_by_name_kind) *next =
		(typeof(btf__find_by_name_kind) *)dlsym(RTLD_NEXT, "btf__find_by_name_kind");

	searches++;
	return next(btf, name, kind);
}

/* Each structure is looked for once, though there are members of others in between. */
static void test_searches(void **state)
{
	struct error err = { 0 };
	struct ld_lists l;

	(void)state;
	searches = 0;
	assert_int_equal(prepare(&l, NR_ROWS, &err), 0);
	assert_int_equal(searches, 8);
}

static void test_lacking(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_ROWS; i++) {
		bool needed = !i || (i >= FIRST_NEEDED && i < FIRST_OF_CPUS);
		struct error err = { 0 };
		struct ld_lists l;
		int ret = prepare(&l, i, &err);

		if (!!ret != needed || !err.text[0] == needed)
			fail_msg("without %s: %d %s", symbol_rows[i].name, ret, err.text);
		if (needed)
			continue;
		assert_int_equal(l.cpus.nr, i >= FIRST_OF_CPUS && i < FIRST_OF_STACK ? 0 : 6);
		assert_int_equal(l.stack_size, i >= FIRST_OF_STACK ? 16384 : 0x8000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_lacking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
