// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_page_flags.c - what page frames are used for, as seen from user space.
 *
 * /proc/kpageflags has a u64 of KPF_ bits per page frame (Linux
 * Documentation/admin-guide/mm/pagemap.rst; include/uapi/linux/
 * kernel-page-flags.h). It knows all but two kinds of pages that hold the
 * data of users:
 *
 * - pages on the per-CPU free lists look like any page the kernel uses;
 * - so do pages of the page cache on their way to or from an LRU list.
 *
 * So for every page frame that it gives no class to, the struct page is asked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kernel-page-flags.h>
#include <string.h>
#include <unistd.h>

#include "kcore_pages.h"

#define KPF(name)	(1ULL << KPF_##name)

/*
 * Not part of the kernel's ABI, so no page frame is dropped because of them:
 * one tells cache with data of a file system attached, which some dump levels
 * keep, the other only gives kept page frames a name.
 */
#define KPF_RESERVED	32
#define KPF_PRIVATE	35

/* Says what the page is for, so that its struct page need not be asked. */
#define FLAGS_TYPE	(LD_PAGE_ABSENT | LD_PAGE_POISON | LD_PAGE_FREE | LD_PAGE_USER | \
			 LD_PAGE_CACHE | LD_PAGE_SLAB | LD_PAGE_PGTABLE)

/*
 * What a head's flags say of its tails too. Kernels before 6.10 report most
 * of these bits for the head alone. A hugetlb page is poisoned as a whole,
 * other compound pages page by page.
 */
#define KPF_FOR_TAILS	(KPF(LRU) | KPF(ANON) | KPF(KSM) | KPF(SWAPCACHE) | KPF(SLAB) | \
			 KPF(HUGE) | KPF(PGTABLE) | KPF(PRIVATE))

/* Low bits of page->mapping, include/linux/page-flags.h of Linux 6.1. */
#define MAPPING_ANON	1ULL
#define MAPPING_MOVABLE	2ULL
#define MAPPING_FLAGS	3ULL

static u32 offset_of(const struct vmcoreinfo *vi, const char *key, u32 size, u32 field)
{
	u64 value;

	if (!vmcoreinfo_num(vi, key, &value) || value > size - field || value % field)
		return NO_FIELD;
	return (u32)value;
}

/*
 * The struct page of pfn 0, by way of the memory section that holds @pfn:
 * section_mem_map is the address of the struct page that pfn 0 would have,
 * plus flags below the size of a page.
 */
static int find_vmemmap(struct kcore_pages *pages, const struct kcore_elf *elf, int fd, u64 pfn,
			const struct vmcoreinfo *vi)
{
	u64 roots, nr_roots, size, offset, bits, section, map, root, per_root;
	unsigned int page_shift = elf->arch->page_shift;
	u64 page_size = 1ULL << page_shift;

	if (!vmcoreinfo_hex(vi, "SYMBOL(mem_section)", &roots) ||
	    !vmcoreinfo_num(vi, "LENGTH(mem_section)", &nr_roots) ||
	    !vmcoreinfo_num(vi, "SIZE(mem_section)", &size) ||
	    !vmcoreinfo_num(vi, "OFFSET(mem_section.section_mem_map)", &offset) ||
	    !vmcoreinfo_num(vi, "NUMBER(SECTION_SIZE_BITS)", &bits))
		return -ENOENT;
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
		error_set(err, "the kernel's VMCOREINFO has no usable size of struct page");
		return -EINVAL;
	}
	pages->kernel_addr_min = elf->arch->kernel_addr_min;
	pages->size = (u32)size;
	pages->refcount = offset_of(&vi, "OFFSET(page._refcount)", pages->size, 4);
	pages->mapcount = offset_of(&vi, "OFFSET(page._mapcount)", pages->size, 4);
	pages->compound_head = offset_of(&vi, "OFFSET(page.compound_head)", pages->size, 8);
	if (pages->compound_head == NO_FIELD)	/* its name since 7.1 */
		pages->compound_head = offset_of(&vi, "OFFSET(page.compound_info)", pages->size, 8);
	pages->lru = offset_of(&vi, "OFFSET(page.lru)", pages->size - 8, 8);
	pages->mapping = offset_of(&vi, "OFFSET(page.mapping)", pages->size, 8);
	if (pages->refcount == NO_FIELD || pages->mapcount == NO_FIELD ||
	    pages->compound_head == NO_FIELD || pages->lru == NO_FIELD) {
		error_set(err, "the kernel's VMCOREINFO does not describe struct page");
		return -EINVAL;
	}
	if (find_vmemmap(pages, elf, fd, pfn, &vi) ||
	    !kcore_elf_find(elf, pages->vmemmap + pfn * pages->size)) {
		error_set(err, "cannot find the kernel's struct pages: the kernel must have CONFIG_SPARSEMEM_VMEMMAP");
		return -EINVAL;
	}
	return 0;
}

static u16 flags_from_kpageflags(u64 f)
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
	/* The bits of a slab page that seem to say anonymous mean something else. */
	if (f & KPF(SLAB))
		return page_flags | LD_PAGE_SLAB;
	if (f & (KPF(ANON) | KPF(KSM) | KPF(HUGE)))
		return page_flags | LD_PAGE_USER;
	/* Tails of large folios have THP where they lack LRU. */
	if (f & (KPF(LRU) | KPF(SWAPCACHE)) || (f & KPF(THP) && !(f & KPF(ZERO_PAGE)))) {
		page_flags |= LD_PAGE_CACHE;
		if (f & KPF(PRIVATE))
			page_flags |= LD_PAGE_PRIVATE;
	}
	return page_flags;
}

static u64 field64(const u8 *page, u32 field)
{
	u64 v;

	memcpy(&v, page + field, sizeof(v));
	return v;
}

static u32 field32(const u8 *page, u32 field)
{
	u32 v;

	memcpy(&v, page + field, sizeof(v));
	return v;
}

/*
 * The page frame of the head if @page, that of @self, is a tail's struct page.
 * Such a one has bit 0 set in the word that tells the head's address; newer
 * kernels may have in it the mask that makes the head's address of the tail's
 * (compound_info in include/linux/page-flags.h of Linux 7.2).
 */
static bool head_of(const struct kcore_pages *pages, const u8 *page, u64 self, u64 *pfn)
{
	u64 head = field64(page, pages->compound_head) - 1, low = ~head;

	if (head & 1)
		return false;
	if (!(low & (low + 1)))
		head &= pages->vmemmap + self * pages->size;
	head -= pages->vmemmap;
	*pfn = head / pages->size;
	return head % pages->size == 0;
}

static int read_page(const struct kcore_pages *pages, const struct kcore_elf *elf, int fd,
		     u64 pfn, unsigned int nr, void *buf)
{
	return kcore_elf_vread(elf, fd, pages->vmemmap + pfn * pages->size, buf,
			       (size_t)nr * pages->size);
}

static bool is_list_pointer(const struct kcore_pages *pages, u64 p, u64 self)
{
	return p >= pages->kernel_addr_min && p % 8 == 0 && p != self;
}

/*
 * Whether page frame @pfn, which nobody refers to, is the first of a block
 * on a free list. Removal from a list leaves poison.
 */
static bool is_listed(const struct kcore_pages *pages, const u8 *page, u64 pfn)
{
	u64 self = pages->vmemmap + pfn * pages->size + pages->lru;

	return is_list_pointer(pages, field64(page, pages->lru), self) &&
	       is_list_pointer(pages, field64(page, pages->lru + 8), self);
}

static u16 flags_from_mapping(const struct kcore_pages *pages, const u8 *page)
{
	u64 mapping;

	if (pages->mapping == NO_FIELD)
		return 0;
	mapping = field64(page, pages->mapping);
	if (mapping < pages->kernel_addr_min)
		return 0;
	/* Movable pages of the kernel are zsmalloc's: compressed user memory. */
	return mapping & MAPPING_FLAGS ? LD_PAGE_USER : LD_PAGE_CACHE;
}

/*
 * What the struct page of a page frame without a class, or its head's, says.
 *
 * A block of several page frames has its reference count and its place in a
 * list in the first one, unless it is a compound page, whose tails lead to
 * their head. In the others of a block that is allocated without __GFP_COMP,
 * or is on a per-CPU free list, both are zero or stale, and what was said of
 * the page frame before, @in_free, holds for them. Blocks are aligned to their
 * size and those on per-CPU lists are no larger than a chunk, so one whose
 * first page frame was in an earlier chunk is in use.
 */
static u16 flags_from_struct_page(const struct kcore_pages *pages, const u8 *page, u64 pfn,
				  bool *in_free)
{
	/* A page with a type may have no references and be in use all the same. */
	if (field32(page, pages->refcount) || field32(page, pages->mapcount) != UINT32_MAX)
		*in_free = false;
	else if (is_listed(pages, page, pfn))
		*in_free = true;
	return *in_free ? LD_PAGE_FREE : flags_from_mapping(pages, page);
}

/* Complete @page flags of those of the @nr page frames that have no class yet. */
static void ask_pages(const struct kcore_pages *pages, const struct kcore_elf *elf,
		      struct kcore_worker *w, u64 pfn, unsigned int first, unsigned int last,
		      u16 *page_flags)
{
	u8 head[STRUCT_PAGE_MAX];
	u64 head_pfn, have_head = UINT64_MAX;
	bool in_free = first && page_flags[first - 1] & LD_PAGE_FREE, each;

	each = read_page(pages, elf, w->kcore, pfn + first, last - first + 1, w->pages) != 0;
	for (unsigned int i = first; i <= last; i++) {
		u8 *own = w->pages + (size_t)(i - first) * pages->size;
		const u8 *page = own;
		bool tail;

		if (page_flags[i] & FLAGS_TYPE) {
			in_free = page_flags[i] & LD_PAGE_FREE;
			continue;
		}
		if (each && read_page(pages, elf, w->kcore, pfn + i, 1, own)) {
			page_flags[i] |= LD_PAGE_ABSENT;
			continue;
		}
		tail = head_of(pages, page, pfn + i, &head_pfn);
		if (tail && !each && head_pfn >= pfn + first && head_pfn <= pfn + i) {
			page = w->pages + (head_pfn - pfn - first) * pages->size;
		} else if (tail) {
			if (have_head != head_pfn) {
				have_head = UINT64_MAX;
				if (read_page(pages, elf, w->kcore, head_pfn, 1, head))
					continue;
				have_head = head_pfn;
			}
			page = head;
		}
		page_flags[i] |= flags_from_struct_page(pages, page, pfn + i, &in_free);
		if (page_flags[i] & LD_PAGE_CACHE && w->flags[i] & KPF(PRIVATE))
			page_flags[i] |= LD_PAGE_PRIVATE;
	}
}

/* What the tails of the compound page that begins before @pfn inherit. */
static u64 flags_before(const struct kcore_pages *pages, const struct kcore_elf *elf,
			struct kcore_worker *w, u64 pfn)
{
	u64 head, f;

	if (read_page(pages, elf, w->kcore, pfn, 1, w->pages) ||
	    !head_of(pages, w->pages, pfn, &head) || head >= pfn ||
	    pread(w->kpageflags, &f, sizeof(f), (off_t)(head * sizeof(f))) != sizeof(f))
		return 0;
	return f;
}

static u64 flags_for_tails(u64 head)
{
	return head & (head & KPF(HUGE) ? KPF_FOR_TAILS | KPF(HWPOISON) : KPF_FOR_TAILS);
}

int kcore_page_flags(const struct kcore_pages *pages, const struct kcore_elf *elf,
		     struct kcore_worker *w, u64 pfn, unsigned int nr, u16 *page_flags)
{
	unsigned int first = nr, last = 0;
	u64 inherit = 0, last_flags = 0;
	u16 last_page_flags = 0;
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
		inherit = flags_for_tails(flags_before(pages, elf, w, pfn));
	for (unsigned int i = 0; i < nr; i++) {
		u64 f = w->flags[i];

		if (f & KPF(COMPOUND_TAIL))
			f |= inherit;
		else
			inherit = f & KPF(COMPOUND_HEAD) ? flags_for_tails(f) : 0;
		w->flags[i] = f;
		/* Neighbours are mostly alike. */
		page_flags[i] = i && f == last_flags ? last_page_flags : flags_from_kpageflags(f);
		last_flags = f;
		last_page_flags = page_flags[i];
		if (page_flags[i] & FLAGS_TYPE)
			continue;
		if (first == nr)
			first = i;
		last = i;
	}
	if (first < nr && pages->size)
		ask_pages(pages, elf, w, pfn, first, last, page_flags);
	return 0;
}
