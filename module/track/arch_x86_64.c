// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arch_x86_64.c - the tracker on x86-64.
 */
#include <linux/io.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>
#include <linux/sched/signal.h>
#include <linux/stop_machine.h>

#include <asm/cpufeature.h>
#include <asm/msr.h>
#include <asm/processor.h>

#include "arch.h"
#include "module/compat/compat.h"
#include "module/tables/bits.h"

const char *track_arch_find_obstacle(void)
{
	/* The page tables of a PV guest belong to the hypervisor. */
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return "a paravirtualized guest of Xen (PV) cannot be tracked";
	/* It unmaps and remaps free pages in the direct map all the time. */
	if (debug_pagealloc_enabled())
		return "with debug_pagealloc the kernel changes its page tables all the time";
	return NULL;
}

/*
 * A host of SEV-SNP guests has a table of the owners of all 4 KiB of memory (RMP). Before it
 * gives a guest one, it splits the large page of the direct map, and never joins it: a write
 * through a large page with such a part in it is a fault that the kernel does not survive. If
 * it finds it split already, by a dump, it does not know that it must stay so.
 */
#define ARCH_SYSCFG		0xc0010010U
#define ARCH_SYSCFG_SNP		BIT(24)

bool track_arch_keeps_split(void)
{
	u32 low, high;

	return (boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
		boot_cpu_data.x86_vendor == X86_VENDOR_HYGON) &&
	       !rdmsr_safe(ARCH_SYSCFG, &low, &high) && low & ARCH_SYSCFG_SNP;
}

static bool arch_any_online(u64 pfn, u64 end)
{
	/* Part of an online section may be device memory. */
	if (end - pfn <= LD_CHUNK)
		return pfn_to_online_page(pfn);
	for (u64 nr = pfn_to_section_nr(pfn);
	     nr < NR_MEM_SECTIONS && section_nr_to_pfn(nr) < end; nr++)
		if (online_section_nr(nr))
			return true;
	return false;
}

/*
 * When the kernel removes memory, which is offline then, it frees a page table before it
 * clears the entry that points to the table. It does not free tables that map more than
 * 512 GiB, nor tables that map other memory, too.
 */
static bool arch_tables_stay(u64 at, u64 bytes)
{
	u64 last = at + (bytes - 1), each = sizeof(struct page);

	if (bytes > 1ULL << 39)
		return true;
	if (at >= PAGE_OFFSET && last < VMALLOC_START)
		return arch_any_online(PHYS_PFN(at - PAGE_OFFSET),
				       PHYS_PFN(last - PAGE_OFFSET) + 1);
	if (at >= VMEMMAP_START && last < (u64)(vmemmap + section_nr_to_pfn(NR_MEM_SECTIONS)))
		return arch_any_online((at - VMEMMAP_START) / each,
				       (last - VMEMMAP_START) / each + 1);
	return true;
}

static u64 *arch_root_entry(u64 root, unsigned long addr)
{
	return (u64 *)__va(root) + pgd_index(addr);
}

bool track_arch_open(struct track_tables *tables, const struct ld_source *src, u64 root)
{
	/* The kernel half of the root is the same in all address spaces. */
	u64 here = read_cr3_pa(), accessed = _PAGE_ACCESSED | _PAGE_DIRTY;

	tables->paging = src->system.arch->paging;
	tables->paging.levels = pgtable_l5_enabled() ? 5 : 4;
	tables->paging.address = PTE_PFN_MASK;	/* without the bit for encryption */
	tables->pointer = _KERNPG_TABLE;
	tables->stays = arch_tables_stay;
	tables->root = root >> PAGE_SHIFT;
	tables->direct_start = PAGE_OFFSET;
	tables->direct_end = PAGE_OFFSET + (src->max_pfn << PAGE_SHIFT);
	tables->vmalloc_start = VMALLOC_START;
	tables->vmalloc_end = VMALLOC_END;
	tables->memmap_start = VMEMMAP_START;
	tables->memmap_end = (unsigned long)(vmemmap + src->max_pfn);
	tables->memmap_each = sizeof(struct page);
	if (!pfn_valid(tables->root))
		return false;
	for (unsigned int i = PTRS_PER_PGD / 2; i < PTRS_PER_PGD; i++) {
		u64 ours = ((u64 *)__va(root))[i], theirs = ((u64 *)__va(here))[i];

		/*
		 * A new entry may not have been copied to this address space yet. With
		 * page-table isolation each process has its own entry for the LDT.
		 */
		if (ours && theirs && (ours ^ theirs) & ~accessed)
			return false;
	}
	return *arch_root_entry(root, PAGE_OFFSET) & _PAGE_PRESENT &&
	       *arch_root_entry(here, PAGE_OFFSET) & _PAGE_PRESENT;
}

/*
 * The kernel does not export its own function for this. Both ways flush everything,
 * for all address spaces (Intel SDM, volume 3, 4.10.4.1).
 */
void track_arch_flush(void)
{
	if (boot_cpu_has(X86_FEATURE_INVPCID)) {
		const struct {
			u64 pcid;
			u64 addr;
		} all = { 0, 0 };

		/* Type 2: all contexts, including global translations. */
		asm volatile("invpcid %[desc], %[type]"
			     : : [desc] "m" (all), [type] "r" (2UL) : "memory");
	} else {
		unsigned long cr4;

		asm volatile("mov %%cr4, %0" : "=r" (cr4) : : "memory");
		asm volatile("mov %0, %%cr4" : : "r" (cr4 ^ X86_CR4_PGE) : "memory");
		asm volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
	}
}

/*
 * With page-table isolation, system call entry writes to the TSS before it switches to the
 * kernel's page tables. The user page tables map the TSS by entries of their own.
 */
void track_arch_add_hidden(struct ld_map *map)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		void *tss = per_cpu_ptr(&cpu_tss_rw, cpu);

		for (size_t at = 0; at < sizeof(cpu_tss_rw); at += PAGE_SIZE) {
			void *addr = tss + at;
			u64 pfn = is_vmalloc_addr(addr) ? vmalloc_to_pfn(addr) :
							  PHYS_PFN(virt_to_phys(addr));

			track_map_change(map, pfn, pfn + 1, true);
		}
	}
}

u64 track_arch_image_end(void)
{
	return MODULES_VADDR;
}

/*
 * The kernel patches its code through a mapping in page tables that it uses for nothing
 * else. They belong to an mm_struct. After each patch the kernel removes the mapping and
 * flushes it. The processor keeps interrupts disabled from the write to the flush. Each
 * flush of an mm_struct is counted (tlb_gen).
 *
 * This mm_struct is created at boot, so its owner is init_task, which owns no other one.
 * The kernel's list of page tables (pgd_list) is sorted by age.
 */
static struct mm_struct *arch_patch_mm;

#ifdef LIVEDUMP_HAVE_ROOTS
/* Few page tables on the list are older than those of the oldest process. */
#define ARCH_ROOTS	1024U

/* A patch of our own, which has to change the count. */
static DEFINE_STATIC_KEY_FALSE(arch_patch_key);

static noinline bool arch_is_patched(void)
{
	return static_branch_unlikely(&arch_patch_key);
}

/* Whether @page is the root of the mm_struct for patching. @copy is a copy of @page. */
static bool arch_is_patch_mm(const struct page *page, struct page *copy, struct mm_struct **mm)
{
	struct task_struct *owner;
	pgd_t *pgd;

	*mm = livedump_root_mm(copy);
	return *mm && virt_addr_valid(*mm) && !get_kernel_nofault(pgd, &(*mm)->pgd) &&
	       virt_addr_valid(pgd) && virt_to_page(pgd) == page &&
	       !get_kernel_nofault(owner, &(*mm)->owner) && owner == &init_task;
}

/*
 * Nothing else runs. A task may have been stopped while it changed the list, but the list
 * can always be followed forwards. In a kernel without this list the pointers may be
 * anything, so memory behind them is read with the nofault functions.
 */
static int arch_find_patch_mm(void *arg)
{
	struct list_head *node, *next, *start = NULL;
	struct mm_struct **found = arg;
	struct task_struct *task;

	for_each_process(task) {
		if (!task->mm)
			continue;
		start = livedump_root_node(virt_to_page(task->mm->pgd));
		break;
	}
	if (!start)
		return 0;
	node = start->next;
	for (unsigned int i = 0; i < ARCH_ROOTS && node != start; i++, node = next) {
		struct page *page = livedump_root_page(node), copy;
		struct mm_struct *mm;

		/* The list head is in the kernel image, not in a struct page. */
		if ((unsigned long)node >= __START_KERNEL_map) {
			if (get_kernel_nofault(next, &node->next))
				return -EFAULT;
			continue;
		}
		if ((unsigned long)node < VMEMMAP_START ||
		    copy_from_kernel_nofault(&copy, page, sizeof(copy)))
			return -EFAULT;
		next = livedump_root_node(&copy)->next;
		if (!arch_is_patch_mm(page, &copy, &mm))
			continue;
		if (*found)
			return -EEXIST;
		*found = mm;
	}
	return 0;
}

static void arch_try_patch_mm(void)
{
	struct mm_struct *mm = NULL;
	u64 before, between;

	if (stop_machine(arch_find_patch_mm, &mm, NULL) || !mm)
		return;
	before = (u64)atomic64_read(&mm->context.tlb_gen);
	static_branch_enable(&arch_patch_key);
	between = (u64)atomic64_read(&mm->context.tlb_gen);
	if (between != before && arch_is_patched())
		arch_patch_mm = mm;
	static_branch_disable(&arch_patch_key);
	if ((u64)atomic64_read(&mm->context.tlb_gen) == between || arch_is_patched())
		arch_patch_mm = NULL;
}

static DEFINE_MUTEX(arch_patch_mutex);
static bool arch_patch_tried;

void track_arch_find_patches(void)
{
	mutex_lock(&arch_patch_mutex);
	if (!arch_patch_tried)
		arch_try_patch_mm();
	arch_patch_tried = true;
	mutex_unlock(&arch_patch_mutex);
}
#else
void track_arch_find_patches(void)
{
}
#endif

bool track_arch_count_patches(u64 *count)
{
	if (!arch_patch_mm)
		return false;
	*count = (u64)atomic64_read(&arch_patch_mm->context.tlb_gen);
	return true;
}
