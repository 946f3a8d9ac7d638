// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_kallsyms.c - made-up tables of symbols: each scheme of addresses, long names, and
 * damage.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "tests/unit/waitgraph/image.h"
#include "waitgraph/symbols/kallsyms.h"

#define NR_SYMS		(IMAGE_BASE + 0x100)
#define BASE		(IMAGE_BASE + 0x108)
#define TOKENS		(IMAGE_BASE + 0x1000)
#define INDEX		(IMAGE_BASE + 0x2000)
#define NAMES		(IMAGE_BASE + 0x3000)
#define OFFSETS		(IMAGE_BASE + 0x8000)
#define TABLES_SIZE	0x9000U
#define STEXT		0xffffffff82000000ULL

/* As in VMCOREINFO; made by print_info(). */
struct info {
	char text[1024];
	struct vmcoreinfo vi;
};

static void print_info(struct info *info, bool base)
{
	int len = snprintf(info->text, sizeof(info->text),
		"SYMBOL(_stext)=%llx\nSYMBOL(kallsyms_names)=%llx\nSYMBOL(kallsyms_num_syms)=%llx\n"
		"SYMBOL(kallsyms_token_table)=%llx\nSYMBOL(kallsyms_token_index)=%llx\n"
		"SYMBOL(kallsyms_offsets)=%llx\n", STEXT, NAMES, NR_SYMS, TOKENS, INDEX, OFFSETS);

	if (base)
		len += snprintf(info->text + len, sizeof(info->text) - (size_t)len,
				"SYMBOL(kallsyms_relative_base)=%llx\n", BASE);
	info->vi = (struct vmcoreinfo){ info->text, (size_t)len };
}

/* Token 0 is "T_st", 1 is "ext"; each printable character stands for itself. */
static void put_tokens(struct image *image)
{
	u16 index[256] = { 0 };
	char table[4096];
	size_t at = 0;

	for (unsigned int i = 0; i < 256; i++) {
		index[i] = (u16)at;
		if (i < 2)
			at += (size_t)sprintf(table + at, "%s", i ? "ext" : "T_st") + 1;
		else
			at += (size_t)sprintf(table + at, "%c", i >= ' ' && i < 127 ? i : '?') + 1;
	}
	image_put(image, TOKENS, table, at);
	image_put(image, INDEX, index, sizeof(index));
}

#define LONG_NAME	200U		/* characters: its length takes two bytes */

static void put_names(struct image *image)
{
	u8 names[512] = { 6, 'A', 'c', 'p', 'u', '_', 'x', 2, 0, 1, 0x80 | (LONG_NAME + 1) % 128,
			  (LONG_NAME + 1) / 128, 'd' };

	memset(names + 13, 'n', LONG_NAME);
	image_put(image, NAMES, names, 13 + LONG_NAME);
	image_u32(image, NR_SYMS, 3);
}

static void put_offsets(struct image *image, const s32 values[3])
{
	image_put(image, OFFSETS, values, 3 * sizeof(*values));
}

static void expect_symbols(struct image *image, bool base, u64 percpu)
{
	struct symbols s = { 0 };
	struct error err = { 0 };
	char name[LONG_NAME + 1];
	struct info info;
	u64 addr;

	print_info(&info, base);
	if (kallsyms_read(image_memory(image), &info.vi, &s, &err))
		fail_msg("%s", err.text);
	assert_int_equal(symbols_sort(&s), 0);
	assert_int_equal(s.nr, 3);
	assert_true(symbols_find(&s, "_stext", &addr));
	assert_int_equal(addr, STEXT);
	assert_true(symbols_find(&s, "cpu_x", &addr));
	assert_int_equal(addr, percpu);
	memset(name, 'n', LONG_NAME);
	name[LONG_NAME] = '\0';
	assert_true(symbols_find(&s, name, &addr));
	assert_int_equal(addr, STEXT + 16);
	assert_false(symbols_find(&s, "_stex", &addr));
	symbols_free(&s);
}

static struct image *make_tables(void)
{
	struct image *image = image_new();

	put_tokens(image);
	put_names(image);
	image_u64(image, BASE, STEXT - 4096);
	return image;
}

static void test_schemes(void **state)
{
	struct image *image = make_tables();
	const s32 place = (s32)(STEXT - OFFSETS);

	(void)state;
	put_offsets(image, (const s32[]){ 64, -4097, -4097 - 16 });
	expect_symbols(image, true, 64);
	put_offsets(image, (const s32[]){ 64, 4096, 4096 + 16 });
	expect_symbols(image, true, STEXT - 4096 + 64);
	put_offsets(image, (const s32[]){ 0, place - 4, place - 8 + 16 });
	expect_symbols(image, false, OFFSETS);
	image_free(image);
}

/* Those that are not wanted are left out, _stext among them, and do not change the rest. */
static void test_only(void **state)
{
	static const char *const only[] = { "cpu_", "cpu_x", "_stext_", NULL };
	struct image *image = make_tables();
	struct symbols s = { .only = only };
	struct error err = { 0 };
	struct info info;
	u64 addr;

	(void)state;
	put_offsets(image, (const s32[]){ 64, 4096, 4096 + 16 });
	print_info(&info, true);
	assert_int_equal(kallsyms_read(image_memory(image), &info.vi, &s, &err), 0);
	assert_int_equal(symbols_sort(&s), 0);
	assert_int_equal(s.nr, 1);
	assert_true(symbols_find(&s, "cpu_x", &addr));
	assert_int_equal(addr, STEXT - 4096 + 64);
	symbols_free(&s);
	image_free(image);
}

/* A name that is too long, and is not wanted, is not expanded to find that out. */
static void test_only_expanded(void **state)
{
	static const char *const only[] = { "cpu_x", NULL };
	u8 name[2 + SYMBOLS_NAME_MAX] = { 0x80 | SYMBOLS_NAME_MAX % 128, SYMBOLS_NAME_MAX / 128 };
	struct image *image = make_tables();
	struct symbols s = { .only = only }, all = { 0 };
	struct error err = { 0 };
	struct info info;

	(void)state;
	memset(name + 2, 'n', SYMBOLS_NAME_MAX);
	/* In the place of the long one, behind the seven and three bytes of the others. */
	image_put(image, NAMES + 10, name, sizeof(name));
	put_offsets(image, (const s32[]){ 64, 4096, 4096 + 16 });
	print_info(&info, true);
	assert_int_equal(kallsyms_read(image_memory(image), &info.vi, &s, &err), 0);
	assert_int_equal(s.nr, 1);
	assert_int_equal(kallsyms_read(image_memory(image), &info.vi, &all, &err), -EBADMSG);
	symbols_free(&s);
	symbols_free(&all);
	image_free(image);
}

/* Token i of 2 to 255 has i % 4 of two letters, so that names are much alike. */
static void put_random_tokens(struct image *image)
{
	char table[256 * 4] = "T_st\0ext";
	u16 index[256] = { 0, sizeof("T_st") };
	size_t at = sizeof("T_st\0ext");

	for (unsigned int i = 2; i < 256; i++) {
		index[i] = (u16)at;
		for (unsigned int n = i % 4; n; n--)
			table[at++] = rand() % 2 ? 'a' : 'b';
		at++;
	}
	image_put(image, TOKENS, table, at);
	image_put(image, INDEX, index, sizeof(index));
}

#define RANDOM_NAMES	400U

static u8 random_token(unsigned int len)
{
	return (u8)(4 + 4 * (rand() % 63) + (int)len);
}

/* Two to four tokens, of which the first and the last are not empty. */
static void put_random_names(struct image *image)
{
	u8 names[RANDOM_NAMES * 5] = { 2, 0, 1 };
	s32 values[RANDOM_NAMES] = { 4096 };
	size_t at = 3;

	for (unsigned int i = 1; i < RANDOM_NAMES; i++) {
		unsigned int more = (unsigned int)rand() % 3;

		values[i] = 4096 + (s32)i;
		names[at++] = (u8)(2 + more);
		names[at++] = random_token(1 + (unsigned int)rand() % 3);
		while (more--)
			names[at++] = random_token((unsigned int)rand() % 4);
		names[at++] = random_token(1);
	}
	image_put(image, NAMES, names, at);
	image_put(image, OFFSETS, values, sizeof(values));
	image_u32(image, NR_SYMS, RANDOM_NAMES);
}

/* Of the symbols in @all those in @only, and no others. */
static void expect_only(struct image *image, const struct info *info, const struct symbols *all,
			const char *const *only)
{
	struct symbols s = { .only = only };
	struct error err = { 0 };
	u32 nr = 0;

	if (kallsyms_read(image_memory(image), &info->vi, &s, &err))
		fail_msg("%s", err.text);
	for (u32 i = 0; i < all->nr; i++) {
		const char *name = all->names + all->all[i].name;
		bool wanted = false;

		for (const char *const *one = only; *one; one++)
			wanted |= !strcmp(*one, name);
		if (!wanted)
			continue;
		assert_true(nr < s.nr);
		assert_string_equal(s.names + s.all[nr].name, name);
		assert_int_equal(s.all[nr++].addr, all->all[i].addr);
	}
	assert_int_equal(s.nr, nr);
	symbols_free(&s);
}

/* Most names are left out by their first bytes: none that is wanted. */
static void test_only_random(void **state)
{
	struct info info;

	(void)state;
	srand(2);
	print_info(&info, true);
	for (unsigned int i = 0; i < 200; i++) {
		struct image *image = make_tables();
		const char *only[5] = { "a", "ab" };	/* and two that are there */
		struct symbols all = { 0 };
		struct error err = { 0 };

		put_random_tokens(image);
		put_random_names(image);
		if (kallsyms_read(image_memory(image), &info.vi, &all, &err))
			fail_msg("%s", err.text);
		assert_int_equal(all.nr, RANDOM_NAMES);
		for (unsigned int n = 2; n < 4; n++)
			only[n] = all.names + all.all[rand() % RANDOM_NAMES].name;
		expect_only(image, &info, &all, only);
		symbols_free(&all);
		image_free(image);
	}
}

static void expect_error(struct image *image, bool base, int want, const char *text)
{
	struct symbols s = { 0 };
	struct error err = { 0 };
	struct info info;

	print_info(&info, base);
	if (want == -ENOENT)
		info.vi.size = 20;
	assert_int_equal(kallsyms_read(image_memory(image), &info.vi, &s, &err), want);
	if (!strstr(err.text, text))
		fail_msg("'%s' is not in '%s'", text, err.text);
	symbols_free(&s);
}

static void test_errors(void **state)
{
	struct image *image = make_tables();

	(void)state;
	put_offsets(image, (const s32[]){ 64, -4098, -4097 - 16 });
	expect_error(image, true, -EBADMSG, "_stext is not where VMCOREINFO has it");
	expect_error(image, false, -EBADMSG, "_stext is not where VMCOREINFO has it");
	expect_error(image, true, -ENOENT, "before Linux 6.0: give its System.map with --symbols");
	image_u32(image, NR_SYMS, 4);
	expect_error(image, true, -EBADMSG, "a name cannot be read");
	image_u32(image, NR_SYMS, UINT32_MAX);
	expect_error(image, true, -EBADMSG, "their number is wrong");
	image_u32(image, NR_SYMS, 3);
	image->missing[(OFFSETS - IMAGE_BASE) / MEMORY_PAGE] = true;
	expect_error(image, true, -EBADMSG, "their addresses are not in the dump");
	image->missing[(TOKENS - IMAGE_BASE) / MEMORY_PAGE] = true;
	expect_error(image, true, -EBADMSG, "their tokens are not in the dump");
	image_free(image);
}

/* Whatever is damaged, it ends, and reads no memory that it must not. */
static void test_damage(void **state)
{
	struct info info;

	(void)state;
	srand(1);
	print_info(&info, true);
	for (unsigned int i = 0; i < 300; i++) {
		struct image *image = make_tables();
		struct symbols s = { 0 };
		struct error err = { 0 };

		put_offsets(image, (const s32[]){ 64, -4097, -4097 - 16 });
		image_damage(image, TABLES_SIZE);
		if (kallsyms_read(image_memory(image), &info.vi, &s, &err))
			assert_string_not_equal(err.text, "");
		symbols_free(&s);
		image_free(image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_only_expanded),
		cmocka_unit_test(test_only_random),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
