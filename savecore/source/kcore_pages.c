// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_pages.c - read page flags in user space.
 *
 * /proc/kpageflags has a u64 of KPF_ bits per page frame (Linux
 * Documentation/admin-guide/mm/pagemap.rst; include/uapi/linux/
 * kernel-page-flags.h). It cannot tell four kinds of pages from pages that the
 * kernel uses:
 *
 * - pages on the per-CPU free lists;
 * - pages of the page cache on their way to or from an LRU list;
 * - pages of the file cache of ZFS;
 * - pools of compressed user memory.
 *
 * All may hold data of users. So the struct page of every page frame whose
 * page type kpageflags does not tell is read, too.
 *
 * A page of a file is put on an LRU list together with others. Until then an array of a
 * processor refers to it, even if it is cut off the file meanwhile. Then it has no page
 * type, but still the flag UPTODATE or SWAPBACKED.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kernel-page-flags.h>
#include <string.h>
#include <unistd.h>

#include "core/pages/zbud.h"
#include "core/pages/zfs.h"
#include "kcore_pages.h"

#define KPF(name)	(1ULL << KPF_##name)

/*
 * These two bits are not part of the kernel's ABI, so no page frame is dropped
 * because of them alone. PRIVATE marks page cache with data of a file system
 * attached, which some dump levels keep, and pages of ZFS's cache. RESERVED only
 * gives kept page frames a page type.
 */
#define KPF_RESERVED	32
#define KPF_PRIVATE	35

/* Any of these flags tells the page type, so the struct page is not read. */
#define FLAGS_TYPE	(LD_PAGE_ABSENT | LD_PAGE_POISON | LD_PAGE_FREE | LD_PAGE_USER | \
			 LD_PAGE_CACHE | LD_PAGE_SLAB | LD_PAGE_PGTABLE)

/*
 * A page without a page type that has one of these was a file's. In a tail page of Linux
 * 6.6 to 6.9 they tell the size of the compound page: those of its head count. Since 6.17
 * pages of zsmalloc have UPTODATE, and a page type in the struct page.
 */
#define KPF_CUT_OFF	(KPF(UPTODATE) | KPF(SWAPBACKED))

/*
 * Bits of a head page that hold for its tail pages, too. Kernels before 6.10
 * report most of these bits for the head alone. A hugetlb page is poisoned as
 * a whole, other compound pages page by page.
 */
#define KPF_FOR_TAILS	(KPF(LRU) | KPF(ANON) | KPF(KSM) | KPF(SWAPCACHE) | KPF(SLAB) | \
			 KPF(HUGE) | KPF(PGTABLE) | KPF(PRIVATE) | KPF_CUT_OFF)

/*
 * No page of a driver that a program has mapped has any of these flags, and each page
 * of the page cache that a program has mapped has one.
 */
#define KPF_OF_FILES	(KPF(LOCKED) | KPF(UPTODATE) | KPF(LRU) | KPF(WRITEBACK) | \
			 KPF(SWAPBACKED) | KPF(PRIVATE) | KPF(COMPOUND_HEAD) | KPF(COMPOUND_TAIL))

/* Low bits of page->mapping, include/linux/page-flags.h of Linux 6.1. */
#define MAPPING_ANON	1ULL
#define MAPPING_MOVABLE	2ULL
#define MAPPING_FLAGS	3ULL

static u32 kcore_field_offset(const struct vmcoreinfo *vi, const char *key, u32 size, u32 field)
{
	u64 value;

	if (!vmcoreinfo_num(vi, key, &value) || value > size - field || value % field)
		return NO_FIELD;
	return (u32)value;
}

/*
 * Find the address of the struct page of pfn 0 from the memory section that
 * holds @pfn: section_mem_map is that address, plus flags in the bits below
 * the page size.
 */
static int kcore_find_vmemmap(struct kcore_pages *pages, const struct kcore_elf *elf, int fd,
			      u64 pfn, const struct vmcoreinfo *vi)
{
	u64 roots, nr_roots, size, offset, bits, section, map, root, per_root;
	unsigned int page_shift = elf->arch->page_shift;
	u64 page_size = 1ULL << page_shift;
	size_t len;

	if (!vmcoreinfo_hex(vi, "SYMBOL(mem_section)", &roots) ||
	    !vmcoreinfo_num(vi, "LENGTH(mem_section)", &nr_roots) ||
	    !vmcoreinfo_num(vi, "SIZE(mem_section)", &size) ||
	    !vmcoreinfo_num(vi, "OFFSET(mem_section.section_mem_map)", &offset))
		return -ENOENT;
	/* Kernels before 5.13 do not say, and have only one value for each architecture. */
	if (!vmcoreinfo_find(vi, "NUMBER(SECTION_SIZE_BITS)", &len))
		bits = elf->arch->section_bits;
	else if (!vmcoreinfo_num(vi, "NUMBER(SECTION_SIZE_BITS)", &bits))
		return -EINVAL;
	if (size < sizeof(map) || size > page_size || offset > size - sizeof(map) ||
	    bits <= page_shift || bits > 40)
		return -EINVAL;
	section = pfn >> (bits - page_shift);
	per_root = page_size / size;
	if (section / per_root >= nr_roots ||
	    kcore_elf_vread(elf, fd, roots + section / per_root * sizeof(root), &root,
			    sizeof(root)) ||
	    kcore_elf_vread(elf, fd, root + section % per_root * size + offset, &map, sizeof(map)))
		return -EFAULT;
	pages->vmemmap = map & ~(page_size - 1);
	return 0;
}

int kcore_pages_find(struct kcore_pages *pages, const struct kcore_elf *elf, int fd, u64 pfn,
		     struct error *err)
{
	struct vmcoreinfo vi = { elf->vmcoreinfo, elf->vmcoreinfo_size };
	u64 size;

	if (!vmcoreinfo_num(&vi, "SIZE(page)", &size) || size < 32 || size > STRUCT_PAGE_MAX ||
	    size % 8) {
		error_set_code(err, ERROR_UNSUPPORTED,
			       "VMCOREINFO of the kernel has no usable SIZE(page)");
		return -EINVAL;
	}
	pages->kernel_addr_min = elf->arch->kernel_addr_min;
	pages->size = (u32)size;
	pages->refcount = kcore_field_offset(&vi, "OFFSET(page._refcount)", pages->size, 4);
	pages->mapcount = kcore_field_offset(&vi, "OFFSET(page._mapcount)", pages->size, 4);
	pages->compound_head = kcore_field_offset(&vi, "OFFSET(page.compound_head)", pages->size,
						  8);
	if (pages->compound_head == NO_FIELD)	/* its name since 7.1 */
		pages->compound_head = kcore_field_offset(&vi, "OFFSET(page.compound_info)",
							  pages->size, 8);
	pages->lru = kcore_field_offset(&vi, "OFFSET(page.lru)", pages->size - 8, 8);
	pages->mapping = kcore_field_offset(&vi, "OFFSET(page.mapping)", pages->size, 8);
	pages->private = kcore_field_offset(&vi, "OFFSET(page.private)", pages->size, 8);
	if (pages->refcount == NO_FIELD || pages->mapcount == NO_FIELD ||
	    pages->compound_head == NO_FIELD || pages->lru == NO_FIELD) {
		error_set_code(err, ERROR_UNSUPPORTED,
			       "the kernel's VMCOREINFO does not describe struct page");
		return -EINVAL;
	}
	if (kcore_find_vmemmap(pages, elf, fd, pfn, &vi) ||
	    !kcore_elf_find(elf, pages->vmemmap + pfn * pages->size)) {
		error_set_code(err, ERROR_UNSUPPORTED,
			       "cannot find the kernel's struct pages: the kernel must have CONFIG_SPARSEMEM_VMEMMAP");
		return -EINVAL;
	}
	return 0;
}

static u16 kcore_flags_from_kpageflags(u64 f)
{
	u16 page_flags = 0;

	if (f & (KPF(NOPAGE) | KPF(OFFLINE)))
		page_flags |= LD_PAGE_ABSENT;
	if (f & KPF(HWPOISON))
		page_flags |= LD_PAGE_POISON;
	if (f & KPF(BUDDY))
		page_flags |= LD_PAGE_FREE;
	if (f & KPF(PGTABLE))
		page_flags |= LD_PAGE_PGTABLE;
	if (f & KPF(RESERVED))
		page_flags |= LD_PAGE_RESERVED;
	/* In a slab page the bits that would mean anonymous mean something else. */
	if (f & KPF(SLAB))
		return page_flags | LD_PAGE_SLAB;
	if (f & (KPF(ANON) | KPF(KSM) | KPF(HUGE)))
		return page_flags | LD_PAGE_USER;
	/* Tail pages of large folios that lack LRU have THP. */
	if (f & (KPF(LRU) | KPF(SWAPCACHE)) || (f & KPF(THP) && !(f & KPF(ZERO_PAGE)))) {
		page_flags |= LD_PAGE_CACHE;
		if (f & KPF(PRIVATE))
			page_flags |= LD_PAGE_PRIVATE;
	}
	return page_flags;
}

static u64 struct_page_u64(const u8 *page, u32 field)
{
	u64 v;

	memcpy(&v, page + field, sizeof(v));
	return v;
}

static u32 struct_page_u32(const u8 *page, u32 field)
{
	u32 v;

	memcpy(&v, page + field, sizeof(v));
	return v;
}

/*
 * If @page, the struct page of page frame @self, is that of a tail page, store
 * the page frame of its head in *@pfn. A tail page has bit 0 set in the word
 * that tells the head's address. In newer kernels this word may be a mask
 * instead: the tail's address masked by it is the head's address
 * (compound_info in include/linux/page-flags.h of Linux 7.2).
 */
static bool struct_page_find_head(const struct kcore_pages *pages, const u8 *page, u64 self,
				  u64 *pfn)
{
	u64 head = struct_page_u64(page, pages->compound_head) - 1, low = ~head;

	if (head & 1)
		return false;
	if (!(low & (low + 1)))
		head &= pages->vmemmap + self * pages->size;
	head -= pages->vmemmap;
	*pfn = head / pages->size;
	return head % pages->size == 0;
}

static int kcore_read_struct_pages(const struct kcore_pages *pages, const struct kcore_elf *elf,
				   int fd, u64 pfn, unsigned int nr, void *buf)
{
	return kcore_elf_vread(elf, fd, pages->vmemmap + pfn * pages->size, buf,
			       (size_t)nr * pages->size);
}

static bool struct_page_is_list_pointer(const struct kcore_pages *pages, u64 p, u64 self)
{
	return p >= pages->kernel_addr_min && p % 8 == 0 && p != self;
}

/*
 * Whether page frame @pfn, which has no references, is the first of a block
 * on a free list. When the kernel removes a block from a list it poisons the
 * list pointers.
 */
static bool struct_page_is_listed(const struct kcore_pages *pages, const u8 *page, u64 pfn)
{
	u64 self = pages->vmemmap + pfn * pages->size + pages->lru;

	return struct_page_is_list_pointer(pages, struct_page_u64(page, pages->lru), self) &&
	       struct_page_is_list_pointer(pages, struct_page_u64(page, pages->lru + 8), self);
}

static u16 struct_page_mapping_flags(const struct kcore_pages *pages, const u8 *page)
{
	u64 mapping;

	if (pages->mapping == NO_FIELD)
		return 0;
	mapping = struct_page_u64(page, pages->mapping);
	if (mapping < pages->kernel_addr_min)
		return 0;
	/* Movable pages of the kernel belong to zsmalloc: compressed user memory. */
	return mapping & MAPPING_FLAGS ? LD_PAGE_USER : LD_PAGE_CACHE;
}

/*
 * Some drivers set the mapping of their own pages when a program maps them: perf does
 * before 6.15, and some that trace and draw. Nobody has read a file into these.
 * @f is the value in kpageflags.
 */
static bool struct_page_is_driver(const struct kcore_pages *pages, const u8 *page, u64 f)
{
	return f & KPF(MMAP) && !(f & KPF_OF_FILES) &&
	       struct_page_u32(page, pages->mapcount) <= INT32_MAX;
}

/* Whether @page, which has no page type, is not free and no tail, is of ZFS's file cache. */
static bool struct_page_is_zfs(const struct kcore_pages *pages, const u8 *page, u64 f)
{
	return f & KPF(PRIVATE) && pages->private != NO_FIELD &&
	       struct_page_u64(page, pages->private) == LD_ZFS_PRIVATE &&
	       struct_page_u32(page, pages->mapcount) == UINT32_MAX;
}

/* The memory in which zbud's pages are looked for. */
struct zbud_kcore {
	struct ld_zbud_memory memory;
	const struct kcore_elf *elf;
	int fd;
};

static bool kcore_read_zbud(const struct ld_zbud_memory *memory, u64 addr, void *buf, size_t len)
{
	const struct zbud_kcore *k = (const struct zbud_kcore *)memory;

	return !kcore_elf_vread(k->elf, k->fd, addr, buf, len);
}

/* @page is the struct page of @pfn, which has no page type and is not a tail. */
static bool kcore_is_zbud(const struct kcore_pages *pages, const struct kcore_elf *elf, int fd,
			  const u8 *page, u64 pfn)
{
	const struct kcore_pools *pools = &pages->pools;
	const struct zbud_kcore k = {
		.memory = {
			.start = pools->direct_start,
			.end = pools->direct_end,
			.page_size = 1ULL << elf->arch->page_shift,
			.read = kcore_read_zbud,
		},
		.elf = elf,
		.fd = fd,
	};

	return pools->direct_start && struct_page_u32(page, pages->refcount) == 1 &&
	       struct_page_u32(page, pages->mapcount) == UINT32_MAX &&
	       (pages->mapping == NO_FIELD || !struct_page_u64(page, pages->mapping)) &&
	       (pages->private == NO_FIELD || !struct_page_u64(page, pages->private)) &&
	       ld_is_zbud(&k.memory, k.memory.start + (pfn << elf->arch->page_shift));
}

/*
 * The page flags of a page frame from its struct page, or from its head's.
 *
 * A block of several page frames has its reference count and its list pointers
 * in the struct page of its first page frame. In a compound page the tail pages
 * lead to it. In other blocks, allocated without __GFP_COMP or on a per-CPU
 * free list, the fields of all other page frames are zero or stale: such a page
 * frame is free if the one before it is, which @in_free says. Blocks are
 * aligned to their size, and blocks on per-CPU lists are no larger than a
 * chunk. So a block that begins in an earlier chunk is in use.
 */
static u16 struct_page_flags(const struct kcore_pages *pages, const u8 *page, u64 pfn,
			     bool *in_free)
{
	/* A page may be in use without references if mapcount holds a kernel page type. */
	if (struct_page_u32(page, pages->refcount) ||
	    struct_page_u32(page, pages->mapcount) != UINT32_MAX)
		*in_free = false;
	else if (struct_page_is_listed(pages, page, pfn))
		*in_free = true;
	/* The other bytes of the type may have data. */
	if (pages->pools.zsmalloc &&
	    struct_page_u32(page, pages->mapcount) >> 24 == pages->pools.zsmalloc)
		return LD_PAGE_USER;
	return *in_free ? LD_PAGE_FREE : struct_page_mapping_flags(pages, page);
}

/*
 * Complete @page_flags of page frames @pfn + @first to @pfn + @last whose page
 * type is not known yet.
 */
static void kcore_flags_from_struct_pages(const struct kcore_pages *pages,
					  const struct kcore_elf *elf, struct kcore_worker *w,
					  u64 pfn, unsigned int first, unsigned int last,
					  u16 *page_flags)
{
	u8 head[STRUCT_PAGE_MAX];
	u64 head_pfn, have_head = UINT64_MAX;
	bool in_free = first && page_flags[first - 1] & LD_PAGE_FREE, each;

	each = kcore_read_struct_pages(pages, elf, w->kcore, pfn + first, last - first + 1,
				       w->pages) != 0;
	for (unsigned int i = first; i <= last; i++) {
		u8 *own = w->pages + (size_t)(i - first) * pages->size;
		const u8 *page = own;
		bool tail;

		if (page_flags[i] & FLAGS_TYPE) {
			in_free = page_flags[i] & LD_PAGE_FREE;
			continue;
		}
		if (each && kcore_read_struct_pages(pages, elf, w->kcore, pfn + i, 1, own)) {
			page_flags[i] |= LD_PAGE_ABSENT;
			continue;
		}
		tail = struct_page_find_head(pages, page, pfn + i, &head_pfn);
		if (tail && !each && head_pfn >= pfn + first && head_pfn <= pfn + i) {
			page = w->pages + (head_pfn - pfn - first) * pages->size;
		} else if (tail) {
			if (have_head != head_pfn) {
				have_head = UINT64_MAX;
				if (kcore_read_struct_pages(pages, elf, w->kcore, head_pfn, 1,
							    head))
					continue;
				have_head = head_pfn;
			}
			page = head;
		}
		page_flags[i] |= struct_page_flags(pages, page, pfn + i, &in_free);
		if (page_flags[i] & LD_PAGE_CACHE &&
		    struct_page_is_driver(pages, page, w->flags[i]))
			page_flags[i] &= (u16)~LD_PAGE_CACHE;
		if (!page_flags[i] && (w->flags[i] & KPF_CUT_OFF ||
				       struct_page_is_zfs(pages, page, w->flags[i])))
			page_flags[i] = LD_PAGE_CACHE;
		if (page_flags[i] & LD_PAGE_CACHE && w->flags[i] & KPF(PRIVATE))
			page_flags[i] |= LD_PAGE_PRIVATE;
		if (!page_flags[i] && !tail && !(w->flags[i] & KPF(COMPOUND_HEAD)) &&
		    kcore_is_zbud(pages, elf, w->kcore, page, pfn + i))
			page_flags[i] = LD_PAGE_USER;
	}
}

/* The kpageflags of the head of the compound page that @pfn is a tail of, or 0. */
static u64 kcore_read_head_flags(const struct kcore_pages *pages, const struct kcore_elf *elf,
				 struct kcore_worker *w, u64 pfn)
{
	u64 head, f;

	if (kcore_read_struct_pages(pages, elf, w->kcore, pfn, 1, w->pages) ||
	    !struct_page_find_head(pages, w->pages, pfn, &head) || head >= pfn ||
	    pread(w->kpageflags, &f, sizeof(f), (off_t)(head * sizeof(f))) != sizeof(f))
		return 0;
	return f;
}

static u64 kcore_tail_flags(u64 head)
{
	return head & (head & KPF(HUGE) ? KPF_FOR_TAILS | KPF(HWPOISON) : KPF_FOR_TAILS);
}

/* Only the first page frame of a block has the page type. */
static bool kcore_is_unaccepted(const struct kcore_pages *pages, const struct kcore_elf *elf,
				struct kcore_worker *w, u64 first)
{
	return !kcore_read_struct_pages(pages, elf, w->kcore, first, 1, w->pages) &&
	       (struct_page_u32(w->pages, pages->mapcount) ^ pages->unaccepted) >> 24 == 0;
}

/*
 * Page frames that the system has not accepted from the hypervisor are as good
 * as not there. A block that is just being accepted has lost its page type, but
 * /proc/kcore knows it until the end.
 */
static void kcore_set_unaccepted(const struct kcore_pages *pages, const struct kcore_elf *elf,
				 struct kcore_worker *w, u64 pfn, unsigned int nr, u16 *page_flags)
{
	for (unsigned int i = 0, run; i < nr; i += run) {
		u64 first = (pfn + i) & ~(u64)(pages->block - 1);

		run = pages->block - (unsigned int)(pfn + i - first);
		if (run > nr - i)
			run = nr - i;
		if (!kcore_is_unaccepted(pages, elf, w, first))
			continue;
		for (unsigned int k = 0; k < run; k++)
			page_flags[i + k] = LD_PAGE_ABSENT;
	}
}

static void kcore_fill(u16 *page_flags, u16 value, unsigned int nr)
{
	const u64 four = value * 0x0001000100010001ULL;

	for (; nr >= 4; nr -= 4, page_flags += 4)
		memcpy(page_flags, &four, sizeof(four));
	while (nr--)
		*page_flags++ = value;
}

/* One past the last of the values from @i on that are the same. Neighbours mostly are alike. */
static unsigned int kcore_same_flags(const u64 *flags, unsigned int i, unsigned int nr)
{
	u64 f = flags[i];

	while (i + 4 <= nr && !((flags[i] ^ f) | (flags[i + 1] ^ f) | (flags[i + 2] ^ f) |
				(flags[i + 3] ^ f)))
		i += 4;
	while (i < nr && flags[i] == f)
		i++;
	return i;
}

/*
 * The page flags of page frames @i .. @run - 1, which have the same kpageflags. To these
 * are added those of their head, which *@inherit has.
 */
static u16 kcore_complete_flags(u64 *flags, unsigned int i, unsigned int run, u64 *inherit)
{
	u64 f = flags[i];

	if (f & KPF(COMPOUND_TAIL))
		f = (f & ~KPF_CUT_OFF) | *inherit;
	else
		*inherit = f & KPF(COMPOUND_HEAD) ? kcore_tail_flags(f) : 0;
	if (f != flags[i])
		for (unsigned int k = i; k < run; k++)
			flags[k] = f;
	return kcore_flags_from_kpageflags(f);
}

int kcore_page_flags(const struct kcore_pages *pages, const struct kcore_elf *elf,
		     struct kcore_worker *w, u64 pfn, unsigned int nr, u16 *page_flags)
{
	unsigned int first = nr, last = 0;
	u64 inherit = 0;
	ssize_t n;

	if (w->kpageflags < 0) {
		memset(page_flags, 0, nr * sizeof(*page_flags));
		return 0;
	}
	do {
		n = pread(w->kpageflags, w->flags, nr * sizeof(u64), (off_t)(pfn * sizeof(u64)));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if ((size_t)n != nr * sizeof(u64))
		return -EIO;

	if (w->flags[0] & KPF(COMPOUND_TAIL) && pages->size)
		inherit = kcore_tail_flags(kcore_read_head_flags(pages, elf, w, pfn));
	for (unsigned int i = 0, run; i < nr; i = run) {
		run = kcore_same_flags(w->flags, i, nr);
		page_flags[i] = kcore_complete_flags(w->flags, i, run, &inherit);
		kcore_fill(page_flags + i, page_flags[i], run - i);
		if (page_flags[i] & FLAGS_TYPE)
			continue;
		if (first == nr)
			first = i;
		last = run - 1;
	}
	w->memory_read = pages->size && (first < nr || pages->unaccepted ||
					 w->flags[0] & KPF(COMPOUND_TAIL));
	if (first < nr && pages->size)
		kcore_flags_from_struct_pages(pages, elf, w, pfn, first, last, page_flags);
	if (pages->unaccepted && pages->size)
		kcore_set_unaccepted(pages, elf, w, pfn, nr, page_flags);
	return 0;
}
