// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_types.c - members of made-up structures: nested, without a name, arrays, missing;
 * and damaged BTF.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "waitgraph/types/types.h"

/* struct outer { char pad[4]; struct { int deep; }; struct inner in; int many[3]; }; */
static struct btf *make_types(void)
{
	struct btf *btf = btf__new_empty();
	int num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), nameless, inner, array;
	int byte = btf__add_int(btf, "char", 1, 0), alias, pad;

	nameless = btf__add_struct(btf, "", 4);
	btf__add_field(btf, "deep", num, 0, 0);
	alias = btf__add_typedef(btf, "number", num);
	inner = btf__add_struct(btf, "inner", 8);
	btf__add_field(btf, "skipped", num, 0, 0);
	btf__add_field(btf, "value", alias, 32, 0);
	array = btf__add_array(btf, num, num, 3);
	pad = btf__add_array(btf, num, byte, 4);
	btf__add_struct(btf, "outer", 28);
	btf__add_field(btf, "pad", pad, 0, 0);
	btf__add_field(btf, "", nameless, 32, 0);
	btf__add_field(btf, "in", inner, 64, 0);
	btf__add_field(btf, "many", array, 128, 0);
	btf__add_field(btf, "bits", num, 224, 3);
	return btf;
}

static void test_members(void **state)
{
	static const struct field_row rows[] = {
		{ "outer", "deep", false }, { "outer", "in.value", false },
		{ "outer", "many", false }, { "outer", "", false }, { "outer", "pad", false },
		{ "outer", "bits", true }, { "outer", "in.deep", true }, { "none", "", true },
	};
	static const struct field want[] = {
		{ 4, 4, 1, true }, { 12, 4, 1, true }, { 16, 4, 3, true }, { 0, 28, 1, true },
		{ 0, 1, 4, true },
	};
	struct types t = { make_types() };
	struct error err = { 0 };
	struct field f[8];

	(void)state;
	assert_int_equal(types_fields(&t, rows, 8, f, &err), 0);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(f[i].off, want[i].off);
		assert_int_equal(f[i].size, want[i].size);
		assert_int_equal(f[i].count, want[i].count);
		assert_true(f[i].there);
	}
	for (unsigned int i = 5; i < 8; i++)
		assert_false(f[i].there);
	types_free(&t);
}

static void test_missing(void **state)
{
	static const struct field_row row = { "outer", "in.absent", false };
	struct types t = { make_types() };
	struct error err = { 0 };
	struct field f;

	(void)state;
	assert_int_equal(types_fields(&t, &row, 1, &f, &err), -ENOENT);
	assert_string_equal(err.text,
			    "the kernel's types (BTF) have no outer.in.absent: give those of this kernel with --btf");
	types_free(&t);
}

/* A structure that has itself as a nameless member, and a typedef of itself. */
static void test_endless(void **state)
{
	static const struct field_row rows[] = {
		{ "self", "x", true }, { "user", "y", true },
	};
	struct types t = { btf__new_empty() };
	struct error err = { 0 };
	struct field f[2];

	(void)state;
	btf__add_struct(t.btf, "self", 8);
	btf__add_field(t.btf, "", 1, 0, 0);
	btf__add_field(t.btf, "", 1, 0, 0);
	btf__add_typedef(t.btf, "loop", 2);
	btf__add_struct(t.btf, "user", 8);
	btf__add_field(t.btf, "y", 2, 0, 0);
	assert_int_equal(types_fields(&t, rows, 2, f, &err), 0);
	assert_false(f[0].there);
	assert_false(f[1].there);
	types_free(&t);
}

static void test_damage(void **state)
{
	static const struct field_row rows[] = {
		{ "outer", "deep", true }, { "outer", "in.value", true },
		{ "outer", "many", true }, { "outer", "bits", true },
	};
	struct btf *good = make_types();
	u32 size;
	const void *raw = btf__raw_data(good, &size);

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 5000; i++) {
		u8 *bad = malloc(size);
		struct types t = { NULL };
		struct error err = { 0 };
		struct field f[4];

		memcpy(bad, raw, size);
		for (int j = rand() % 4; j >= 0; j--)
			bad[(u32)rand() % size] ^= (u8)(1 + rand() % 255);
		if (!types_parse(&t, bad, size, &err))
			types_fields(&t, rows, 4, f, &err);
		types_free(&t);
		free(bad);
	}
	btf__free(good);
}

/* Types in a file must be those of the kernel in the dump. */
static int read_file(const struct btf *btf, const char *text, struct error *err)
{
	const struct vmcoreinfo vi = { text, strlen(text) };
	struct kernel_file file = { "vmlinux", memfd_create("btf", 0) };
	struct types t = { NULL };
	u32 size;
	const void *raw = btf__raw_data(btf, &size);
	int ret;

	assert_int_equal(write(file.fd, raw, size), size);
	ret = types_read_file(&t, &file, &vi, err);
	types_free(&t);
	close(file.fd);
	return ret;
}

static void test_foreign(void **state)
{
	struct btf *btf = btf__new_empty();
	int num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	struct error err = { 0 };

	(void)state;
	btf__add_struct(btf, "pglist_data", 64);
	btf__add_field(btf, "nr_zones", num, 256, 0);
	assert_int_equal(read_file(btf, "SIZE(page)=64\nSIZE(pglist_data)=64\n"
				   "OFFSET(pglist_data.nr_zones)=32\n", &err), 0);
	assert_int_equal(err.text[0], 0);
	assert_int_equal(read_file(btf, "SIZE(pglist_data)=64\n"
				   "OFFSET(pglist_data.nr_zones)=36\n", &err), -ENOENT);
	assert_non_null(strstr(err.text, "it is of another kernel"));
	err.text[0] = '\0';
	assert_int_equal(read_file(btf, "SIZE(pglist_data)=72\n", &err), -ENOENT);
	assert_non_null(strstr(err.text, "it is of another kernel"));
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
