// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory_frames.c - walk the kernel's page tables, page frame by page frame.
 */
#include <errno.h>

#include "core/format/vmcoreinfo.h"
#include "memory_frames.h"

static bool memory_frames_is_ram(const struct ld_source *src, u64 pfn)
{
	for (unsigned int i = 0; i < src->nr_ranges; i++)
		if (pfn >= src->ranges[i].start && pfn < src->ranges[i].end)
			return true;
	return false;
}

static int memory_frames_read(struct memory_frames *mf, u64 pfn, void *page)
{
	return memory_frames_is_ram(mf->src, pfn) ? mf->ops->read(mf->ctx, pfn, page) : -EFAULT;
}

/* The table of @level in page frame @pfn, or NULL if it cannot be read. */
static const u64 *memory_frames_table(struct memory_frames *mf, unsigned int level, u64 pfn)
{
	struct memory_frames_table *table = &mf->tables[level - 1];

	if (table->pfn == pfn + 1)
		return table->entry;
	table->pfn = 0;
	if (memory_frames_read(mf, pfn, table->entry))
		return NULL;
	table->pfn = pfn + 1;
	return table->entry;
}

static int memory_frames_walk(struct memory_frames *mf, u64 addr, u64 *pfn)
{
	const struct ld_system *sys = &mf->src->system;
	const struct ld_arch_paging *paging = &sys->arch->paging;
	unsigned int page_shift = mf->src->page_shift;

	if (addr >= sys->page_offset &&
	    (addr - sys->page_offset) >> page_shift < mf->src->max_pfn) {
		*pfn = (addr - sys->page_offset) >> page_shift;
		return 0;
	}
	*pfn = mf->root;
	for (unsigned int level = mf->levels; level; level--) {
		unsigned int shift = page_shift + (level - 1) * paging->index_bits;
		u64 entry, below = (1ULL << (shift - page_shift)) - 1;
		const u64 *table = memory_frames_table(mf, level, *pfn);

		if (!table)
			return -EFAULT;
		entry = table[addr >> shift & ((1ULL << paging->index_bits) - 1)];
		if (!(entry & paging->present))
			return -EFAULT;
		*pfn = (entry & mf->address) >> page_shift;
		if (level > 1 && entry & paging->large && level <= paging->large_levels) {
			*pfn = (*pfn & ~below) | (addr >> page_shift & below);
			return 0;
		}
	}
	return 0;
}

static void memory_frames_forget(void *ctx)
{
	struct memory_frames *mf = ctx;

	for (unsigned int i = 0; i < MEMORY_FRAMES_LEVELS; i++)
		mf->tables[i].pfn = 0;
}

/* A table that does not lead there may have changed, so it is read again the next time. */
int memory_frames_find(struct memory_frames *mf, u64 addr, u64 *pfn)
{
	int ret = memory_frames_walk(mf, addr, pfn);

	if (ret)
		memory_frames_forget(mf);
	return ret;
}

static int memory_frames_read_page(void *ctx, u64 addr, void *page)
{
	struct memory_frames *mf = ctx;
	u64 pfn;
	int ret = memory_frames_find(mf, addr, &pfn);

	return ret ? ret : memory_frames_read(mf, pfn, page);
}

static const void *memory_frames_find_page(void *ctx, u64 addr)
{
	struct memory_frames *mf = ctx;
	u64 pfn;

	if (memory_frames_find(mf, addr, &pfn) || !memory_frames_is_ram(mf->src, pfn))
		return NULL;
	return mf->ops->find(mf->ctx, pfn);
}

static const struct memory_ops memory_frames_copied = {
	.read_page = memory_frames_read_page,
	.forget = memory_frames_forget,
};

static const struct memory_ops memory_frames_found = {
	.read_page = memory_frames_read_page,
	.find_page = memory_frames_find_page,
	.forget = memory_frames_forget,
};

int memory_frames_open(struct memory_frames *mf, struct memory *m, const struct ld_source *src,
		       const struct memory_frames_ops *ops, void *ctx)
{
	const struct ld_system *sys = &src->system;
	const struct ld_arch_paging *paging = &sys->arch->paging;
	struct vmcoreinfo vi = { (const char *)sys->notes + sys->vmcoreinfo_off,
				 sys->vmcoreinfo_size };
	u64 root, more = 0, encrypted = 0;

	*mf = (struct memory_frames){ .src = src, .ops = ops, .ctx = ctx };
	if (src->page_shift != 12 || 1U << paging->index_bits != MEMORY_PAGE / sizeof(u64) ||
	    !sys->notes || !vmcoreinfo_hex(&vi, "SYMBOL(swapper_pg_dir)", &root))
		return -EOPNOTSUPP;
	vmcoreinfo_num(&vi, "NUMBER(pgtable_l5_enabled)", &more);
	vmcoreinfo_num(&vi, "NUMBER(sme_mask)", &encrypted);
	mf->levels = paging->levels + !!more;
	if (mf->levels > MEMORY_FRAMES_LEVELS)
		return -EOPNOTSUPP;
	mf->address = paging->address & ~encrypted;
	mf->root = (root - paging->image_base + sys->phys_base) >> src->page_shift;
	return memory_open(m, ops->find ? &memory_frames_found : &memory_frames_copied, mf);
}
