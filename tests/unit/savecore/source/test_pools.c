// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_pools.c - compressed user memory: how the kernel marks it, and that
 * page frames marked so are user memory.
 */
#define _GNU_SOURCE
#include <bpf/btf.h>
#include <errno.h>
#include <linux/kernel-page-flags.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "savecore/source/kcore_pools.h"
#include "tests/unit/kcore_image.h"

#define PRIVATE		40U	/* offset in struct page */
#define CHUNK_PFN	0x200U	/* the first page frame of a chunk */

static char dir[32];

static void write_file(const char *name, const void *data, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	fclose(f);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_pools.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = {
		"kcore", "kpageflags", "iomem", "system", "btf", "meminfo", "zpool", "enabled",
	};
	char path[64];

	(void)state;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static struct kcore_pools find(void)
{
	struct ld_source src = { .max_pfn = 0x1000, .page_shift = 12,
				 .system.page_offset = IMAGE_PAGE_OFFSET };
	struct kcore_pools_files files;
	struct kcore_pools pools;
	char btf[64], meminfo[64];

	snprintf(btf, sizeof(btf), "%s/btf", dir);
	snprintf(meminfo, sizeof(meminfo), "%s/meminfo", dir);
	files = (struct kcore_pools_files){ .btf = btf, .zswap = dir, .meminfo = meminfo };
	kcore_pools_find(&pools, &src, &files);
	return pools;
}

/* Type information with an enum of one value. */
static void write_btf(const char *type, const char *name, int value)
{
	struct btf *btf = btf__new_empty();
	const void *data;
	__u32 size;

	assert_true(btf__add_enum(btf, "other", 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "PGTY_zsmalloc", 0xf3), 0);
	assert_true(btf__add_enum(btf, type, 4) > 0);
	assert_int_equal(btf__add_enum_value(btf, "PGTY_slab", 0xf5), 0);
	assert_int_equal(btf__add_enum_value(btf, name, value), 0);
	data = btf__raw_data(btf, &size);
	write_file("btf", data, size);
	btf__free(btf);
}

static void test_zsmalloc(void **state)
{
	(void)state;
	assert_int_equal(find().zsmalloc, 0);
	write_file("btf", "no type information", 19);
	assert_int_equal(find().zsmalloc, 0);
	write_btf("pagetype", "PGTY_zsmalloc", 0xf6);
	assert_int_equal(find().zsmalloc, 0xf6);
	write_btf("pagetype", "PGTY_other", 0xf6);
	assert_int_equal(find().zsmalloc, 0);
	write_btf("pageflags", "PGTY_zsmalloc", 0xf6);
	assert_int_equal(find().zsmalloc, 0);
	/* As in 6.11, a bit; and what would be a mapcount, or no type. */
	write_btf("pagetype", "PGTY_zsmalloc", 0x800);
	assert_int_equal(find().zsmalloc, 0);
	write_btf("pagetype", "PGTY_zsmalloc", 0x10);
	assert_int_equal(find().zsmalloc, 0);
	write_btf("pagetype", "PGTY_zsmalloc", 0xff);
	assert_int_equal(find().zsmalloc, 0);
}

static void test_zbud_used(void **state)
{
	(void)state;
	assert_int_equal(find().direct_start, 0);
	write_file("enabled", "Y\n", 2);
	assert_int_equal(find().direct_start, 0);
	write_file("zpool", "zbud\n", 5);
	assert_int_equal(find().direct_start, IMAGE_PAGE_OFFSET);
	assert_int_equal(find().direct_end, IMAGE_PAGE_OFFSET + 0x1000000);
	/* Off, but there may be pages from before. */
	write_file("enabled", "N\n", 2);
	assert_int_equal(find().direct_start, IMAGE_PAGE_OFFSET);
	write_file("meminfo", "MemTotal: 7 kB\nZswap:  12 kB\n", 29);
	assert_int_equal(find().direct_start, IMAGE_PAGE_OFFSET);
	write_file("meminfo", "MemTotal: 7 kB\nZswap:   0 kB\n", 29);
	assert_int_equal(find().direct_start, 0);
}

static int open_file(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	return fd;
}

/* The page flags of the first page frames of the chunk at CHUNK_PFN. */
static void flags_of(struct image *img, const struct kcore_pools *pools, u16 *page_flags)
{
	struct kcore_worker *w = calloc(1, sizeof(*w));
	struct error err = { 0 };
	struct kcore_pages pages;
	struct kcore_elf elf;

	image_write(img, dir);
	w->kcore = open_file("kcore");
	w->kpageflags = open_file("kpageflags");
	assert_int_equal(kcore_elf_read(&elf, w->kcore, INT64_MAX, "kcore", &err), 0);
	memset(&pages, 0, sizeof(pages));
	assert_int_equal(kcore_pages_find(&pages, &elf, w->kcore, CHUNK_PFN, &err), 0);
	pages.pools = *pools;
	w->pages = calloc(LD_CHUNK, pages.size);
	assert_int_equal(kcore_page_flags(&pages, &elf, w, CHUNK_PFN, LD_CHUNK, page_flags), 0);
	kcore_elf_free(&elf);
	close(w->kcore);
	close(w->kpageflags);
	free(w->pages);
	free(w);
}

/* A page that the kernel uses, with no type and one reference. */
static void make_kernel_page(struct image *img, u64 pfn)
{
	img->flags[pfn] = 0;
	image_set64(img, pfn, IMAGE_MAPPING, 0);
	image_set64(img, pfn, PRIVATE, 0);
	image_set32(img, pfn, IMAGE_MAPCOUNT, UINT32_MAX);
	image_set32(img, pfn, IMAGE_REFCOUNT, 1);
}

static void test_zsmalloc_pages(void **state)
{
	struct kcore_pools pools = { 0 };
	u16 page_flags[LD_CHUNK];
	struct image img;

	(void)state;
	image_open(&img);
	for (u64 pfn = CHUNK_PFN; pfn < CHUNK_PFN + 4; pfn++)
		make_kernel_page(&img, pfn + 64);
	image_set32(&img, CHUNK_PFN + 64, IMAGE_MAPCOUNT, 0xf6000123);
	image_set32(&img, CHUNK_PFN + 65, IMAGE_MAPCOUNT, 0xf8000000);
	image_set32(&img, CHUNK_PFN + 66, IMAGE_MAPCOUNT, 0x000000f6);
	flags_of(&img, &pools, page_flags);
	assert_int_equal(page_flags[64], 0);
	pools.zsmalloc = 0xf6;
	flags_of(&img, &pools, page_flags);
	assert_int_equal(page_flags[64], LD_PAGE_USER);
	/* Since Linux 6.17 it has the bit of UPTODATE, too. */
	img.flags[CHUNK_PFN + 64] = 1ULL << KPF_UPTODATE;
	flags_of(&img, &pools, page_flags);
	assert_int_equal(page_flags[64], LD_PAGE_USER);
	assert_int_equal(page_flags[65], 0);
	assert_int_equal(page_flags[66], 0);
	assert_int_equal(page_flags[67], 0);
	image_close(&img);
}

static void set_words(struct image *img, u64 pfn, u64 next, u64 prev, u64 chunks)
{
	u64 words[] = { next, prev, chunks };

	memcpy(image_frame(img, pfn), words, sizeof(words));
}

/* Page frames at, at + 1 and at + 2 are linked in a circle, as zbud's would be. */
static void make_zbud_pages(struct image *img, u64 at)
{
	u64 addr = IMAGE_PAGE_OFFSET + at * IMAGE_PAGE;

	for (u64 i = 0; i < 3; i++) {
		make_kernel_page(img, at + i);
		set_words(img, at + i, addr + (i + 1) % 3 * IMAGE_PAGE,
			  addr + (i + 2) % 3 * IMAGE_PAGE, 7 | 9ULL << 32);
	}
}

static void test_zbud_pages(void **state)
{
	struct kcore_pools pools = { 0 };
	u16 page_flags[LD_CHUNK];
	struct image img;

	(void)state;
	image_open(&img);
	strcat(img.vmcoreinfo, "OFFSET(page.private)=40\n");
	image_set_notes(&img);
	for (unsigned int at = 64; at <= 80; at += 4)
		make_zbud_pages(&img, CHUNK_PFN + at);
	/* With the same content, but in use in another way. */
	image_set32(&img, CHUNK_PFN + 68, IMAGE_REFCOUNT, 2);
	image_set32(&img, CHUNK_PFN + 72, IMAGE_MAPCOUNT, 0);
	image_set64(&img, CHUNK_PFN + 76, PRIVATE, 1);
	img.flags[CHUNK_PFN + 80] = 1ULL << KPF_COMPOUND_HEAD;
	flags_of(&img, &pools, page_flags);
	for (unsigned int i = 64; i < 84; i++)
		assert_int_equal(page_flags[i] & LD_PAGE_USER, 0);
	pools.direct_start = IMAGE_PAGE_OFFSET;
	pools.direct_end = IMAGE_PAGE_OFFSET + (u64)IMAGE_MAX_PFN * IMAGE_PAGE;
	flags_of(&img, &pools, page_flags);
	for (unsigned int i = 64; i < 67; i++)
		assert_int_equal(page_flags[i], LD_PAGE_USER);
	for (unsigned int i = 68; i <= 80; i += 4) {
		assert_int_equal(page_flags[i], 0);
		assert_int_equal(page_flags[i + 1], LD_PAGE_USER);
	}
	image_close(&img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_zsmalloc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zbud_used, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zsmalloc_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zbud_pages, setup, teardown),
	};

	return cmocka_run_group_tests_name("pools", tests, NULL, NULL);
}
