// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_kcore.c - test the kcore source with a made-up recorded directory: ranges,
 * content, page flags, and messages about bad files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kernel-page-flags.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "savecore/source/source_kcore.h"
#include "tests/unit/fake.h"
#include "tests/unit/kcore_image.h"

#define F(name)		(1ULL << KPF_##name)
#define F_PRIVATE	(1ULL << 35)
#define F_RESERVED	(1ULL << 32)

static struct image img;
static struct error err;
static struct ld_source *src;
static char dir[32];

static int setup(void **state)
{
	(void)state;
	image_open(&img);
	err.text[0] = '\0';
	src = NULL;
	strcpy(dir, "/tmp/test_kcore.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = { "kcore", "kpageflags", "iomem", "system",
					     "vmstat", "kexec_crash_size" };
	char path[64];

	(void)state;
	if (src)
		kcore_close(src);
	image_close(&img);
	for (unsigned int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static int open_level(unsigned int level)
{
	struct kcore_options opt = { .dir = dir, .workers = 2, .level = level };

	return kcore_open(&opt, &src, &err);
}

static void open_image(void)
{
	int rc;

	image_write(&img, dir);
	rc = open_level(31);
	if (rc)
		print_error("%s\n", err.text);
	assert_int_equal(rc, 0);
}

static void file_path(const char *file, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", dir, file);
}

static u16 page_flags_of(u64 pfn)
{
	u64 first = pfn & ~(u64)(LD_CHUNK - 1);
	u16 page_flags[LD_CHUNK];

	assert_int_equal(src->ops->page_flags(src, 1, first, LD_CHUNK, page_flags), 0);
	return page_flags[pfn - first];
}

static void test_ranges(void **state)
{
	static const struct ld_range want[] = { { 1, 0x20 }, { 0x200, 0x800 }, { 0x810, 0xa80 } };

	(void)state;
	open_image();
	assert_int_equal(src->nr_ranges, 3);
	assert_memory_equal(src->ranges, want, sizeof(want));
	assert_int_equal(src->max_pfn, 0xa80);
	assert_int_equal(src->page_shift, 12);
	assert_int_equal(src->system.page_offset, IMAGE_PAGE_OFFSET);
	assert_int_equal(src->system.kernel_vaddr, IMAGE_TEXT);
	assert_int_equal(src->system.kernel_paddr, 0x300000);
	assert_int_equal(src->system.kernel_size, 0x10000);
	assert_int_equal(src->system.phys_base, (u64)-1048576);
	assert_int_equal(src->system.arch->elf_machine, EM_X86_64);
	assert_int_equal(src->system.nr_cpus, 3);
	assert_string_equal(src->system.uts[1], "test");
	assert_string_equal(src->system.uts[3], "#1 SMP");
	assert_string_equal(src->system.uts[5], "(none)");
	assert_int_equal(src->system.vmcoreinfo_size, strlen(image_vmcoreinfo));
	assert_memory_equal((const u8 *)src->system.notes + src->system.vmcoreinfo_off,
			    image_vmcoreinfo, strlen(image_vmcoreinfo));
}

static void test_content(void **state)
{
	u8 *buf = malloc((size_t)LD_CHUNK * IMAGE_PAGE);
	u64 bad[LD_CHUNK / 64];

	(void)state;
	open_image();
	for (unsigned int i = 0; i < src->nr_ranges; i++) {
		u64 pfn = src->ranges[i].start;

		while (pfn < src->ranges[i].end) {
			/* Odd sizes, so that reads begin and end anywhere. */
			unsigned int nr = 333;

			if (nr > src->ranges[i].end - pfn)
				nr = (unsigned int)(src->ranges[i].end - pfn);
			memset(bad, 0, sizeof(bad));
			assert_int_equal(src->ops->read(src, 0, pfn, nr, buf, bad), 0);
			for (unsigned int k = 0; k < nr; k++)
				assert_memory_equal(buf + k * IMAGE_PAGE,
						    image_frame(&img, pfn + k), IMAGE_PAGE);
			for (unsigned int k = 0; k < LD_CHUNK / 64; k++)
				assert_int_equal(bad[k], 0);
			pfn += nr;
		}
	}
	free(buf);
}

/* The file ends early: exactly the page frames beyond its end are bad. */
static void test_unreadable(void **state)
{
	u8 *buf = malloc((size_t)LD_CHUNK * IMAGE_PAGE);
	u64 bad[LD_CHUNK / 64] = { 0 };
	char path[64];

	(void)state;
	open_image();
	file_path("kcore", path, sizeof(path));
	assert_int_equal(truncate(path, image_frame(&img, 0x450) - img.kcore + 5), 0);
	assert_int_equal(src->ops->read(src, 0, 0x400, 0x80, buf, bad), 0);
	for (unsigned int i = 0; i < 0x80; i++)
		assert_int_equal(bad[i / 64] >> (i % 64) & 1, i >= 0x50);
	assert_memory_equal(buf + 0x4f * IMAGE_PAGE, image_frame(&img, 0x44f), IMAGE_PAGE);
	free(buf);
}

/* The calls of the kernel that one call of the source makes at most. */
static void test_calls(void **state)
{
	u8 *buf = malloc((size_t)LD_CHUNK * IMAGE_PAGE);
	u64 bad[LD_CHUNK / 64] = { 0 };
	s64 before;

	(void)state;
	for (u64 pfn = 0x200; pfn < 0x400; pfn++)
		img.flags[pfn] = F(BUDDY);
	open_image();
	/* A chunk, and the headers: whether they have moved meanwhile. */
	before = port_atomic64_read(&fake_preads);
	assert_int_equal(src->ops->read(src, 0, 0x400, LD_CHUNK, buf, bad), 0);
	assert_in_range(port_atomic64_read(&fake_preads) - before, 1, 2);
	/* If kpageflags says everything, no memory is read that could have moved. */
	before = port_atomic64_read(&fake_preads);
	page_flags_of(0x200);
	assert_int_equal(port_atomic64_read(&fake_preads) - before, 1);
	/* Flags, struct pages, headers. */
	before = port_atomic64_read(&fake_preads);
	page_flags_of(0x400);
	assert_in_range(port_atomic64_read(&fake_preads) - before, 1, 3);
	free(buf);
}

static void test_flags(void **state)
{
	static const struct {
		u64 flags;
		u16 page_flags;
	} rows[] = {
		{ F(BUDDY), LD_PAGE_FREE },
		{ F(LRU) | F(UPTODATE), LD_PAGE_CACHE },
		{ F(LRU) | F_PRIVATE, LD_PAGE_CACHE | LD_PAGE_PRIVATE },
		{ F(SWAPCACHE), LD_PAGE_CACHE },
		{ F(ANON) | F(LRU) | F(SWAPBACKED), LD_PAGE_USER },
		{ F(ANON) | F(SWAPCACHE), LD_PAGE_USER },
		{ F(KSM) | F(LRU), LD_PAGE_USER },
		{ F(HUGE) | F(COMPOUND_HEAD), LD_PAGE_USER },
		{ F(SLAB) | F(ANON) | F(COMPOUND_HEAD), LD_PAGE_SLAB },
		{ F(PGTABLE) | F(MMAP), LD_PAGE_PGTABLE },
		{ F(THP) | F(COMPOUND_HEAD) | F(LRU), LD_PAGE_CACHE },
		{ F(THP) | F(ZERO_PAGE) | F(COMPOUND_HEAD), 0 },
		{ F(OFFLINE), LD_PAGE_ABSENT },
		{ F(NOPAGE), LD_PAGE_ABSENT },
		{ F(HWPOISON) | F(LRU), LD_PAGE_POISON | LD_PAGE_CACHE },
		{ F_RESERVED, LD_PAGE_RESERVED },
		{ F(REFERENCED), 0 },
		/* Cut off a file before it was put on an LRU list. */
		{ F(UPTODATE), LD_PAGE_CACHE },
		{ F(SWAPBACKED) | F(REFERENCED), LD_PAGE_CACHE },
		/* Reported to the hypervisor, which has the same bit. */
		{ F(BUDDY) | F(UPTODATE), LD_PAGE_FREE },
		{ 0, 0 },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		img.flags[0x230 + 2 * i] = rows[i].flags;
	open_image();
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(page_flags_of(0x230 + 2 * i), rows[i].page_flags);
}

static void free_page(u64 pfn)
{
	image_set32(&img, pfn, IMAGE_REFCOUNT, 0);
}

static void listed_page(u64 pfn)
{
	free_page(pfn);
	image_set64(&img, pfn, IMAGE_LRU, 0xffff888012345678ULL);
	image_set64(&img, pfn, IMAGE_LRU + 8, image_struct_page(0x333) + IMAGE_LRU);
}

/* Page frames whose page type only the struct page tells. */
static void test_struct_pages(void **state)
{
	u64 poison[2] = { 0xdead000000000100ULL, 0xdead000000000122ULL };

	(void)state;
	/* A per-CPU list's block of four, then one in use. */
	for (u64 pfn = 0x234; pfn < 0x238; pfn++)
		free_page(pfn);
	listed_page(0x234);
	image_set64(&img, 0x235, IMAGE_LRU, poison[0]);
	image_set64(&img, 0x235, IMAGE_LRU + 8, poison[1]);
	/* A block of four in use, with references to the first only. */
	for (u64 pfn = 0x241; pfn < 0x244; pfn++)
		free_page(pfn);
	image_set64(&img, 0x242, IMAGE_LRU, poison[0]);
	image_set64(&img, 0x242, IMAGE_LRU + 8, poison[1]);
	/* Never on a list since boot. */
	image_set64(&img, 0x243, IMAGE_LRU, image_struct_page(0x243) + IMAGE_LRU);
	image_set64(&img, 0x243, IMAGE_LRU + 8, image_struct_page(0x243) + IMAGE_LRU);
	/* In use without references: it has a type. */
	listed_page(0x250);
	image_set32(&img, 0x250, IMAGE_MAPCOUNT, 0xf8000000);
	/* Caught between lists: page cache, anonymous, zsmalloc. */
	image_set64(&img, 0x260, IMAGE_MAPPING, 0xffff888000123450ULL);
	image_set64(&img, 0x261, IMAGE_MAPPING, 0xffff888000123451ULL);
	image_set64(&img, 0x262, IMAGE_MAPPING, 0xffff888000123452ULL);
	image_set64(&img, 0x263, IMAGE_MAPPING, 0x1234);
	/* The rest of a block that was just taken apart, and of one in use. */
	img.flags[0x270] = F(BUDDY);
	free_page(0x271);
	img.flags[0x272] = F(PGTABLE);
	free_page(0x273);
	/* A free block that ends at a chunk does not make the next page frame free. */
	listed_page(0x3ff);
	free_page(0x400);
	open_image();

	for (u64 pfn = 0x234; pfn < 0x238; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_FREE);
	assert_int_equal(page_flags_of(0x238), 0);
	for (u64 pfn = 0x240; pfn < 0x244; pfn++)
		assert_int_equal(page_flags_of(pfn), 0);
	assert_int_equal(page_flags_of(0x250), 0);
	assert_int_equal(page_flags_of(0x260), LD_PAGE_CACHE);
	assert_int_equal(page_flags_of(0x261), LD_PAGE_USER);
	assert_int_equal(page_flags_of(0x262), LD_PAGE_USER);
	assert_int_equal(page_flags_of(0x263), 0);
	assert_int_equal(page_flags_of(0x271), LD_PAGE_FREE);
	assert_int_equal(page_flags_of(0x273), 0);
	assert_int_equal(page_flags_of(0x3ff), LD_PAGE_FREE);
	assert_int_equal(page_flags_of(0x400), 0);
}

/* A compound page from @head on, of @nr page frames. */
static void compound(u64 head, unsigned int nr, u64 head_flags, u64 tail_flags)
{
	img.flags[head] = head_flags | F(COMPOUND_HEAD);
	for (u64 pfn = head + 1; pfn < head + nr; pfn++) {
		img.flags[pfn] = tail_flags | F(COMPOUND_TAIL);
		free_page(pfn);
		image_set64(&img, pfn, IMAGE_HEAD_OF, image_struct_page(head) + 1);
	}
}

static void test_tails(void **state)
{
	(void)state;
	/* Page cache whose tails say nothing, within and across chunks. */
	compound(0x240, 8, F(LRU) | F_PRIVATE, 0);
	compound(0x400, 1024, F(LRU) | F_PRIVATE, 0);
	/* The kernel's own. In Linux 6.6 to 6.9 the first tail has its order there. */
	compound(0x250, 8, 0, 0);
	img.flags[0x251] |= F(UPTODATE) | F(REFERENCED);
	/* Page cache taken off its list: only the head's struct page knows. */
	compound(0x260, 8, F(REFERENCED), 0);
	image_set64(&img, 0x260, IMAGE_MAPPING, 0xffff888000123450ULL);
	/* The same, with tails that have a mask. */
	compound(0x290, 8, F(REFERENCED), 0);
	image_set64(&img, 0x290, IMAGE_MAPPING, 0xffff888000123450ULL);
	for (u64 pfn = 0x291; pfn < 0x298; pfn++)
		image_set64(&img, pfn, IMAGE_HEAD_OF, ~0x1ffULL | 1);
	/* Cut off its file before it was put on a list. */
	compound(0x2a0, 8, F(UPTODATE), 0);
	/* Poison strikes a hugetlb page as a whole, others page by page. */
	compound(0x270, 8, F(HUGE) | F(HWPOISON), F(HUGE));
	compound(0x280, 8, F(THP) | F(LRU) | F(HWPOISON), F(THP));
	open_image();

	for (u64 pfn = 0x240; pfn < 0x248; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_CACHE | LD_PAGE_PRIVATE);
	assert_int_equal(page_flags_of(0x248), 0);
	for (u64 pfn = 0x400; pfn < 0x800; pfn += 0xff)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_CACHE | LD_PAGE_PRIVATE);
	for (u64 pfn = 0x250; pfn < 0x258; pfn++)
		assert_int_equal(page_flags_of(pfn), 0);
	for (u64 pfn = 0x260; pfn < 0x268; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_CACHE);
	for (u64 pfn = 0x290; pfn < 0x298; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_CACHE);
	for (u64 pfn = 0x2a0; pfn < 0x2a8; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_CACHE);
	for (u64 pfn = 0x270; pfn < 0x278; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_USER | LD_PAGE_POISON);
	assert_int_equal(page_flags_of(0x280), LD_PAGE_CACHE | LD_PAGE_POISON);
	assert_int_equal(page_flags_of(0x281), LD_PAGE_CACHE);
}

static void private_page(u64 pfn, u64 value)
{
	img.flags[pfn] |= F_PRIVATE;
	image_set32(&img, pfn, IMAGE_REFCOUNT, 2);
	image_set64(&img, pfn, IMAGE_PRIVATE, value);
}

/* ZFS marks the pages of its file cache, which are on no LRU list and in no mapping. */
static void test_zfs(void **state)
{
	const u64 mark = 0x2f5abdf11ecac4eULL;

	(void)state;
	private_page(0x234, mark);
	/* Within and across chunks: the mark of the head is that of its tails. */
	compound(0x240, 8, 0, 0);
	private_page(0x240, mark);
	compound(0x3f8, 16, 0, 0);
	private_page(0x3f8, mark);
	/* Another mark, or none: the kernel's. */
	private_page(0x250, mark + 1);
	image_set64(&img, 0x252, IMAGE_PRIVATE, mark);
	compound(0x258, 8, 0, 0);
	private_page(0x258, 0xffff888000123450ULL);
	private_page(0x260, mark);
	image_set32(&img, 0x260, IMAGE_MAPCOUNT, 0xf8000000);
	open_image();

	assert_int_equal(page_flags_of(0x234), LD_PAGE_CACHE | LD_PAGE_PRIVATE);
	for (u64 pfn = 0x240; pfn < 0x248; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_CACHE | LD_PAGE_PRIVATE);
	for (u64 pfn = 0x3f8; pfn < 0x408; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_CACHE | LD_PAGE_PRIVATE);
	assert_int_equal(page_flags_of(0x250), 0);
	assert_int_equal(page_flags_of(0x252), 0);
	for (u64 pfn = 0x258; pfn < 0x260; pfn++)
		assert_int_equal(page_flags_of(pfn), 0);
	assert_int_equal(page_flags_of(0x260), 0);
}

/* A page frame whose struct page cannot be read is treated as absent. */
static void test_no_struct_page(void **state)
{
	char path[64];

	(void)state;
	open_image();
	file_path("kcore", path, sizeof(path));
	assert_int_equal(truncate(path, image_at(&img, image_struct_page(0x480)) - img.kcore), 0);
	assert_int_equal(page_flags_of(0x47f), 0);
	assert_int_equal(page_flags_of(0x480), LD_PAGE_ABSENT);
	assert_int_equal(page_flags_of(0x5ff), LD_PAGE_ABSENT);
}

static void test_levels_without_flags(void **state)
{
	char path[64];

	(void)state;
	image_write(&img, dir);
	file_path("kpageflags", path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_level(2), -ENOENT);
	assert_non_null(strstr(err.text, "kpageflags"));
	err.text[0] = '\0';
	assert_int_equal(open_level(1), 0);
	assert_string_equal(err.text, "");
	assert_int_equal(page_flags_of(0x234), 0);
}

/* Without struct pages the levels that need no page flags still work. */
static void test_no_vmemmap(void **state)
{
	(void)state;
	strcpy(img.vmcoreinfo, "PAGESIZE=4096\nSYMBOL(_stext)=ffffffff81000000\n"
	       "NUMBER(phys_base)=0\n");
	image_set_notes(&img);
	img.flags[0x234] = F(BUDDY);
	image_write(&img, dir);
	assert_int_equal(open_level(16), -EINVAL);
	err.text[0] = '\0';
	assert_int_equal(open_level(0), 0);
	assert_int_equal(page_flags_of(0x234), LD_PAGE_FREE);
	assert_int_equal(page_flags_of(0x235), 0);
}

/* After @change to the image, open must fail with @rc and a message with @text. */
static void expect_refused(void (*change)(void), int rc, const char *text)
{
	struct image saved = img;
	u8 *kcore = malloc(img.kcore_size);

	memcpy(kcore, img.kcore, img.kcore_size);
	change();
	image_write(&img, dir);
	err.text[0] = '\0';
	assert_int_equal(open_level(31), rc);
	if (!strstr(err.text, text))
		print_error("\"%s\" without \"%s\"\n", err.text, text);
	assert_non_null(strstr(err.text, text));
	memcpy(saved.kcore, kcore, saved.kcore_size);
	img = saved;
	free(kcore);
}

static void no_elf(void) { img.kcore[1] = 'X'; }
static void empty(void) { img.kcore_size = 0; }
static void short_head(void) { img.kcore_size = 100; }
static void cut_short(void) { img.kcore_size -= 1; }
static void sections(void) { image_ehdr(&img)->e_shnum = 4; }
static void no_headers(void) { image_ehdr(&img)->e_phnum = 0; }
static void arm(void) { image_ehdr(&img)->e_machine = EM_AARCH64; }
static void wraps(void) { image_phdr(&img, 4)->p_vaddr = -4096ULL; }
static void far_away(void) { image_phdr(&img, 6)->p_paddr = 1ULL << 46; }
static void two_maps(void) { image_phdr(&img, 6)->p_vaddr += 4096; }
static void overlap(void)
{
	image_phdr(&img, 6)->p_vaddr -= 4096;
	image_phdr(&img, 6)->p_paddr -= 4096;
}

static void spread(void)
{
	image_phdr(&img, 6)->p_vaddr += 1ULL << 45;
	image_phdr(&img, 6)->p_paddr += 1ULL << 45;
}

static void short_flags(void)
{
	image_phdr(&img, 6)->p_vaddr += 0x10000000;
	image_phdr(&img, 6)->p_paddr += 0x10000000;
}

static void no_info(void) { image_phdr(&img, 0)->p_type = PT_NULL; }
static void page_size(void) { img.vmcoreinfo[26] = '5'; image_set_notes(&img); }
static void no_sections(void) { memset(image_frame(&img, IMAGE_SECTION_ROOTS), 0, 8); }
static void iomem(void) { strcpy(img.iomem, "1000 - what\n"); }
static void all_crash(void) { strcpy(img.iomem, "0-ffffffff : Crash kernel\n"); }
static void no_cpus(void) { *strstr(img.system, "cpus 3") = '\0'; }
static void many_cpus(void) { strcpy(strstr(img.system, "cpus 3"), "cpus 99999999\n"); }
static void twice(void) { strcat(img.system, "cpus 3\n"); }
static void other_system(void) { img.system[0] = 'x'; }

static void old_unaccepted(void)
{
	strcpy(img.vmstat, "nr_free_pages 9\nnr_unaccepted 1024\nnr_x 1\n");
}

static void other_types(void)
{
	strcat(img.vmcoreinfo, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
	       "LENGTH(zone.free_area)=11\n");
	image_set_notes(&img);
	old_unaccepted();
}

static void no_orders(void)
{
	strcat(img.vmcoreinfo, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	       "LENGTH(zone.free_area)=65\n");
	image_set_notes(&img);
	old_unaccepted();
}

static void no_count(void)
{
	strcpy(img.vmstat, "nr_unaccepted many\n");
}

/* Unaccepted memory that the kernel does not tell from other memory. */
static void test_unaccepted_refused(void **state)
{
	(void)state;
	expect_refused(old_unaccepted, -EOPNOTSUPP, "4 MiB of memory are not accepted");
	expect_refused(other_types, -EOPNOTSUPP, "accept_memory=eager");
	expect_refused(no_orders, -EOPNOTSUPP, "not accepted");
	expect_refused(no_count, -EINVAL, "nr_unaccepted is not a number");
	strcpy(img.vmstat, "nr_free_pages 9\nnr_unaccepted 0\n");
	open_image();
}

/* A block of 1024 page frames that is not accepted: only the first one says so. */
static void expect_unaccepted(const char *types, u32 type)
{
	strcat(img.vmcoreinfo, types);
	strcat(img.vmcoreinfo, "LENGTH(zone.free_area)=11\n");
	image_set_notes(&img);
	old_unaccepted();
	for (u64 pfn = 0x400; pfn < 0x800; pfn++)
		image_set32(&img, pfn, IMAGE_REFCOUNT, 0);
	image_set32(&img, 0x400, IMAGE_MAPCOUNT, type);
	open_image();
	for (u64 pfn = 0x400; pfn < 0x800; pfn++)
		assert_int_equal(page_flags_of(pfn), LD_PAGE_ABSENT);
	assert_int_equal(page_flags_of(0x3ff), 0);
	assert_int_equal(page_flags_of(0x810), 0);
}

static void test_unaccepted(void **state)
{
	(void)state;
	expect_unaccepted("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n", 0xf7000000);
}

static void test_unaccepted_named(void **state)
{
	(void)state;
	expect_unaccepted("NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-117440512\n", 0xf9000005);
}

static void test_refused(void **state)
{
	(void)state;
	expect_refused(no_elf, -EINVAL, "not an ELF file");
	expect_refused(empty, -EINVAL, "masked, as in a container: it is an empty file");
	expect_refused(short_head, -EINVAL, "program headers");
	expect_refused(cut_short, -EINVAL, "cut short");
	expect_refused(sections, -EINVAL, "section headers");
	expect_refused(no_headers, -EINVAL, "program headers");
	expect_refused(arm, -EINVAL, "number is 183; livedump supports x86_64");
	expect_refused(wraps, -EINVAL, "wraps around");
	expect_refused(far_away, -EINVAL, "beyond physical memory");
	expect_refused(two_maps, -EINVAL, "direct map");
	expect_refused(overlap, -EINVAL, "overlap");
	expect_refused(spread, -EINVAL, "kpageflags is shorter");
	expect_refused(short_flags, -EINVAL, "kpageflags is shorter");
	expect_refused(no_info, -EINVAL, "4.19");
	expect_refused(page_size, -EINVAL, "PAGESIZE");
	expect_refused(no_sections, -EINVAL, "struct pages");
	expect_refused(iomem, -EINVAL, "line 1");
	expect_refused(all_crash, -EINVAL, "crash kernel");
	expect_refused(no_cpus, -EINVAL, "no line \"cpus\"");
	expect_refused(many_cpus, -EINVAL, "line 8");
	expect_refused(twice, -EINVAL, "line 9");
	expect_refused(other_system, -EINVAL, "livedump system 1");
}

static void test_files_missing(void **state)
{
	static const char *const names[] = { "system", "iomem", "kpageflags", "kcore" };
	char path[64];

	(void)state;
	image_write(&img, dir);
	for (unsigned int i = 0; i < 4; i++) {
		file_path(names[i], path, sizeof(path));
		assert_int_equal(unlink(path), 0);
		err.text[0] = '\0';
		assert_int_equal(open_level(31), -ENOENT);
		assert_non_null(strstr(err.text, names[i]));
		/* A FIFO, which could block, is refused, too. */
		assert_int_equal(mkfifo(path, 0600), 0);
		err.text[0] = '\0';
		assert_int_equal(open_level(31), -EINVAL);
		assert_non_null(strstr(err.text, "not a regular file"));
	}
}

/* Whether the memory of a crash kernel of @size, "": not known, is said to be in the dump. */
static bool has_crash_kernel(const char *size)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	if (size[0])
		image_write_file(fd, "kexec_crash_size", size, strlen(size));
	else
		unlinkat(fd, "kexec_crash_size", 0);
	close(fd);
	if (src)
		kcore_close(src);
	src = NULL;
	open_image();
	return kcore_has_crash_kernel(src);
}

/* /proc/iomem shows zeros to a process without CAP_SYS_ADMIN. */
static void test_iomem_hidden(void **state)
{
	(void)state;
	assert_false(has_crash_kernel("268435456\n"));
	strcpy(img.iomem, "00000000-00000000 : System RAM\n"
	       "  00000000-00000000 : Crash kernel\n");
	assert_true(has_crash_kernel("268435456\n"));
	assert_int_equal(src->nr_ranges, 2);
	assert_int_equal(src->ranges[1].start, 0x200);
	assert_int_equal(src->ranges[1].end, 0xa80);
	assert_false(has_crash_kernel("0\n"));
	assert_true(has_crash_kernel("?\n"));
	assert_true(has_crash_kernel(""));
	/* Nothing is reserved. */
	strcpy(img.iomem, "00000000-00000000 : System RAM\n");
	assert_false(has_crash_kernel("268435456\n"));
}

/* Blank lines say nothing, wherever they are. */
static void test_iomem_blank(void **state)
{
	static const struct ld_range want[] = { { 1, 0x20 }, { 0x200, 0x800 }, { 0x810, 0xa80 } };

	(void)state;
	strcpy(img.iomem, "\n00001000-0001ffff : System RAM\n  \t\n"
	       "00200000-00a7ffff : System RAM\n\n"
	       "  00800000-0080ffff : Crash kernel\n\n\n");
	open_image();
	assert_int_equal(src->nr_ranges, 3);
	assert_memory_equal(src->ranges, want, sizeof(want));
}

static void remove_line(const char *key)
{
	char *at = strstr(img.vmcoreinfo, key), *next;

	assert_non_null(at);
	next = strchr(at, '\n') + 1;
	memmove(at, next, strlen(next) + 1);
}

/* What Linux 4.19 does not say. */
static void test_old_kernel(void **state)
{
	(void)state;
	remove_line("NUMBER(SECTION_SIZE_BITS)");
	remove_line("NUMBER(MAX_PHYSMEM_BITS)");
	image_set_notes(&img);
	listed_page(0x402);
	open_image();
	assert_int_equal(page_flags_of(0x402), LD_PAGE_FREE);
	assert_int_equal(page_flags_of(0x403), 0);
}

/* A value that is there and makes no sense is not replaced. */
static void damaged_sections(void)
{
	char *at = strstr(img.vmcoreinfo, "NUMBER(SECTION_SIZE_BITS)=27");

	memcpy(at + 26, "x7", 2);
	image_set_notes(&img);
}

static void test_sections_damaged(void **state)
{
	(void)state;
	expect_refused(damaged_sections, -EINVAL, "struct pages");
}

/* The headers get a page longer, or shorter, while the file is open. */
static void move_image(long bytes)
{
	size_t size = img.kcore_size - IMAGE_HEAD;
	u8 *moved = calloc(1, img.kcore_size + 2 * IMAGE_PAGE);
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	memcpy(moved, img.kcore, IMAGE_HEAD);
	memcpy(moved + IMAGE_HEAD + bytes, img.kcore + IMAGE_HEAD, size);
	for (unsigned int i = 1; i <= IMAGE_EXTENTS; i++)
		((Elf64_Phdr *)(moved + sizeof(Elf64_Ehdr)))[i].p_offset += (u64)bytes;
	image_write_file(fd, "kcore", moved, (size_t)((long)img.kcore_size + bytes));
	close(fd);
	free(moved);
}

static void expect_moved(long bytes)
{
	u8 *buf = malloc((size_t)LD_CHUNK * IMAGE_PAGE);
	u64 bad[LD_CHUNK / 64] = { 0 };

	move_image(bytes);
	assert_int_equal(src->ops->read(src, 1, 0x400, 0x180, buf, bad), 0);
	for (unsigned int i = 0; i < 0x180; i++)
		assert_memory_equal(buf + i * IMAGE_PAGE, image_frame(&img, 0x400 + i), IMAGE_PAGE);
	for (unsigned int i = 0; i < LD_CHUNK / 64; i++)
		assert_int_equal(bad[i], 0);
	free(buf);
}

static void test_moved(void **state)
{
	u8 page[IMAGE_PAGE];
	u64 missing = 0;

	(void)state;
	listed_page(0x402);
	open_image();
	expect_moved(IMAGE_PAGE);
	expect_moved(0);
	expect_moved(-(long)IMAGE_PAGE / 2);
	move_image(IMAGE_PAGE);
	assert_int_equal(page_flags_of(0x402), LD_PAGE_FREE);
	assert_int_equal(page_flags_of(0x403), 0);
	/* None of the segments is left. */
	image_phdr(&img, 1)->p_type = PT_NULL;
	for (unsigned int i = 2; i <= IMAGE_EXTENTS; i++)
		image_phdr(&img, i)->p_vaddr += IMAGE_PAGE;
	move_image(0);
	assert_int_equal(src->ops->read(src, 0, 0x400, 1, page, &missing), -EIO);
}

#define TEST(fn)	cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ranges), TEST(test_content), TEST(test_unreadable), TEST(test_calls),
		TEST(test_flags),
		TEST(test_struct_pages), TEST(test_tails), TEST(test_zfs),
		TEST(test_no_struct_page),
		TEST(test_levels_without_flags), TEST(test_no_vmemmap), TEST(test_refused),
		TEST(test_unaccepted_refused), TEST(test_unaccepted), TEST(test_unaccepted_named),
		TEST(test_files_missing), TEST(test_iomem_hidden), TEST(test_iomem_blank),
		TEST(test_old_kernel), TEST(test_moved), TEST(test_sections_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
