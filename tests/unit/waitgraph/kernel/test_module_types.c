// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_module_types.c - a made-up kernel with a module that has types of its own.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/btf.h>

#include "tests/unit/waitgraph/image.h"
#include "waitgraph/kernel/module_types.h"
#include "waitgraph/queues/jbd2.h"
#include "waitgraph/types/enums.h"

#define HEAD		IMAGE_BASE
#define ENTRY(i)	(IMAGE_BASE + 0x100 * ((u64)(i) + 1))
#define MODULE(i)	(ENTRY(i) + 0x40)
#define BTF(i)		(ENTRY(i) + 0x80)
#define DATA		(IMAGE_BASE + 0x1000)

struct fixture {
	struct image *image;
	struct kernel k;
	u32 size;			/* bytes of the module's types */
};

static void add_fields(struct btf *b, const char *type, size_t nr, const char *const *names)
{
	int number = btf__add_struct(b, type, (u32)nr * 16);

	assert_true(number > 0);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(btf__add_field(b, names[i], 1, (u32)i * 128, 0), 0);
}

/* The kernel's types, and in memory those of the module "jbd2", which is the second. */
static void open_fixture(struct fixture *f)
{
	static const char *const entry[] = { "list", "module", "btf" };
	static const char *const btf[] = { "data", "data_size" };
	static const char *const module[] = { "name" };
	static const char *const task[] = { "journal_info" };
	static const char *const thing[] = { "first", "wanted" };
	static const char *const journal[] = {
		"j_wait_updates", "j_task", "j_devname", "j_running_transaction",
	};
	static const char *const handle[] = { "h_transaction" };
	struct btf *split;
	const void *data;

	*f = (struct fixture){ .image = image_new() };
	f->k.types.btf = btf__new_empty();
	assert_true(btf__add_int(f->k.types.btf, "long", 8, 0) > 0);
	add_fields(f->k.types.btf, "btf_module", 3, entry);
	add_fields(f->k.types.btf, "btf", 2, btf);
	add_fields(f->k.types.btf, "module", 1, module);
	add_fields(f->k.types.btf, "task_struct", 1, task);
	assert_true(btf__add_enum(f->k.types.btf, "pageflags", 4) > 0);
	assert_int_equal(btf__add_enum_value(f->k.types.btf, "PG_locked", 0), 0);
	assert_int_equal(btf__add_enum_value(f->k.types.btf, "PG_writeback", 15), 0);
	split = btf__new_empty_split(f->k.types.btf);
	add_fields(split, "thing", 2, thing);
	add_fields(split, "journal_s", 4, journal);
	add_fields(split, "jbd2_journal_handle", 1, handle);
	data = btf__raw_data(split, &f->size);
	image_put(f->image, DATA, data, f->size);
	btf__free(split);
	for (unsigned int i = 0; i < 2; i++) {
		image_u64(f->image, ENTRY(i) + 16, MODULE(i));
		image_u64(f->image, ENTRY(i) + 32, BTF(i));
		image_put(f->image, MODULE(i), i ? "jbd2" : "one", i ? 5 : 4);
	}
	image_u64(f->image, BTF(1), DATA);
	image_u64(f->image, BTF(1) + 16, f->size);
	for (unsigned int i = 0; i < 3; i++) {
		const u64 ring[] = { HEAD, ENTRY(0), ENTRY(1) };

		image_u64(f->image, ring[i], ring[(i + 1) % 3]);
		image_u64(f->image, ring[(i + 1) % 3] + 8, ring[i]);
	}
	assert_int_equal(symbols_add(&f->k.symbols, HEAD, "btf_modules", 11, 0), 0);
	assert_int_equal(symbols_sort(&f->k.symbols), 0);
	f->k.m = image_memory(f->image);
}

static void close_fixture(struct fixture *f)
{
	symbols_free(&f->k.symbols);
	types_free(&f->k.types);
	image_free(f->image);
}

static bool has_types(struct fixture *f, const char *module)
{
	static const struct field_row rows[] = {
		{ "thing", "wanted", false },
		{ "btf_module", "btf", false },
	};
	struct error err = { 0 };
	struct types t = { 0 };
	struct field fields[2];
	bool has = module_types_read(&t, &f->k, module);

	if (has) {
		assert_int_equal(types_fields(&t, rows, 2, fields, &err), 0);
		assert_int_equal(fields[0].off, 16);
		assert_int_equal(fields[0].size, 8);
		assert_int_equal(fields[1].off, 32);
	}
	types_free(&t);
	return has;
}

static void test_module(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	assert_true(has_types(&f, "jbd2"));
	assert_false(has_types(&f, "one"));
	assert_false(has_types(&f, "three"));
	close_fixture(&f);
}

/* Journals are a module on most kernels. */
static void test_journal(void **state)
{
	struct wait_finder finder = { 0 };
	struct jbd2_finder journals;
	struct fixture f;

	(void)state;
	open_fixture(&f);
	finder.k = &f.k;
	jbd2_open(&journals, &finder);
	assert_true(journals.usable);
	assert_int_equal(journals.task.off, 16);
	assert_int_equal(journals.committing.off, 48);
	close_fixture(&f);
}

static void test_torn(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	image_u64(f.image, ENTRY(1) + 8, HEAD);
	f.k.m = image_memory(f.image);
	assert_false(has_types(&f, "jbd2"));
	close_fixture(&f);

	/* All lengths of what is there, and numbers in its header that lead out of it. */
	for (u32 size = 0; size < 200; size++) {
		open_fixture(&f);
		image_u64(f.image, BTF(1) + 16, size < f.size ? size : f.size - 1);
		f.k.m = image_memory(f.image);
		assert_false(has_types(&f, "jbd2"));
		close_fixture(&f);
	}
	for (u32 at = 4; at < 24; at += 4) {
		open_fixture(&f);
		image_u32(f.image, DATA + at, 0xfffffff0);
		f.k.m = image_memory(f.image);
		assert_false(has_types(&f, "jbd2"));
		close_fixture(&f);
	}
}

static void test_enums(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	assert_int_equal(enums_find(&f.k.types, "pageflags", "PG_writeback"), 15);
	assert_int_equal(enums_find(&f.k.types, "pageflags", "PG_nothing"), -1);
	assert_int_equal(enums_find(&f.k.types, "nothing", "PG_writeback"), -1);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_enums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
