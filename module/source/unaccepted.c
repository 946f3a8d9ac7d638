// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * unaccepted.c - memory that a confidential guest (Intel TDX, AMD SEV-SNP) has not
 * accepted from its hypervisor yet.
 *
 * The struct pages do not tell it for certain. Kernels before 6.12 have no page
 * type for such memory. Later ones clear the page type of a block, and their
 * count NR_UNACCEPTED, before they accept the block, which is then a block like
 * any that is just being allocated. So this reads what the kernel itself goes
 * by, the table that the firmware has handed over: a bit for each unit of
 * memory, set until the unit is accepted. The kernel clears a bit after it has
 * accepted the unit, and never sets one. So no lock is needed: memory whose bit
 * was found clear may be read at any time.
 *
 * Where that table cannot be read, dumps are refused: see
 * livedump_unaccepted_check().
 */
#include <linux/efi.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/uaccess.h>
#include <linux/vmstat.h>

#include "module/compat/compat.h"
#include "unaccepted.h"

#ifdef CONFIG_UNACCEPTED_MEMORY
#include <linux/cc_platform.h>

#ifdef LIVEDUMP_HAVE_UNACCEPTED_TABLE
/* The version of the table that the kernel, too, knows. */
#define VERSION		1

static bool unaccepted_have_table(void)
{
	return efi.unaccepted != EFI_INVALID_TABLE_ADDR;
}

/* Copy the head of the table, without the bitmap. False if it cannot be understood. */
static bool unaccepted_get_head(struct efi_unaccepted_memory *head)
{
	return !copy_from_kernel_nofault(head, __va(efi.unaccepted), sizeof(*head)) &&
	       head->version == VERSION && head->unit_size >= PAGE_SIZE;
}

/* A bit that cannot be read counts as set. */
static bool unaccepted_bit(u64 nr)
{
	const struct efi_unaccepted_memory *table = __va(efi.unaccepted);
	unsigned long word;

	if (copy_from_kernel_nofault(&word, &table->bitmap[nr / BITS_PER_LONG], sizeof(word)))
		return true;
	return word & BIT(nr % BITS_PER_LONG);
}

static bool unaccepted_in_table(u64 start, u64 end)
{
	struct efi_unaccepted_memory head;

	if (!unaccepted_have_table())
		return false;
	if (!unaccepted_get_head(&head))
		return true;
	if (end <= head.phys_base)
		return false;
	start = max(start, head.phys_base) - head.phys_base;
	end = end - 1 - head.phys_base;
	for (u64 nr = start / head.unit_size; nr <= end / head.unit_size; nr++)
		if (nr / BITS_PER_BYTE < head.size && unaccepted_bit(nr))
			return true;
	/* Pairs with the kernel, which accepts memory before it clears the bit. */
	smp_rmb();
	return false;
}

static bool unaccepted_is_table_good(void)
{
	struct efi_unaccepted_memory head;

	return unaccepted_have_table() && unaccepted_get_head(&head);
}
#else
/* Other systems than confidential guests have no such memory. */
static bool unaccepted_have_table(void)
{
	return cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
}

static bool unaccepted_is_table_good(void)
{
	return false;
}

static bool unaccepted_in_table(u64 start, u64 end)
{
	return false;
}
#endif

static const char unaccepted_text[] =
	"memory is not accepted yet and cannot be recognized: boot with accept_memory=eager";

/*
 * If the table cannot be read, it is not enough that the kernel counts no
 * unaccepted memory: it may just be accepting the last block. And it may count
 * some without a table that this module knows of.
 */
int livedump_unaccepted_check(const char **why)
{
	if (unaccepted_is_table_good())
		return 0;
	if (!unaccepted_have_table() && !global_zone_page_state(NR_UNACCEPTED))
		return 0;
	*why = unaccepted_text;
	return -EOPNOTSUPP;
}
#else
int livedump_unaccepted_check(const char **why)
{
	return 0;
}

static bool unaccepted_in_table(u64 start, u64 end)
{
	return false;
}
#endif

/* Such memory comes in the largest blocks of the page allocator. */
static bool unaccepted_has_type(u64 pfn)
{
	struct page *page = pfn_to_online_page(round_down(pfn, MAX_ORDER_NR_PAGES));

	return page && livedump_page_unaccepted(page);
}

bool livedump_unaccepted(u64 pfn, unsigned int nr)
{
	return unaccepted_in_table(PFN_PHYS(pfn), PFN_PHYS(pfn + nr)) || unaccepted_has_type(pfn);
}
